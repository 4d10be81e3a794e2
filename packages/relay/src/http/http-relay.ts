/**
 * What becomes of a sender's HTTP request: read, authorize, then find a listener for it.
 *
 * Every way out but a listener's answer is a refusal. A request that is let in lives on as an exchange, which is on offer
 * to listeners from here on.
 *
 * Source: docs/protocol.md, sections 1.3, 1.5 and 4.
 * @module
 */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  CloseCode,
  type HttpTarget,
  httpRefusals,
  type Refusal,
  refusals,
  relayedRequestHeaders,
  rendezvousId,
  requestAddressPath,
} from '@hybridge/protocol';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import { Conduit, Heartbeat } from '@hybridge/socket';
import type { Authorization, Grant } from '../authorization/authorize.js';
import type { Authorizer } from '../authorization/authorizer.js';
import { type Credential, findCredential } from '../authorization/credential.js';
import type { Directory, HybridConnection, Namespace } from '../directory/directory.js';
import { trackingIdFor } from '../front/tracking.js';
import type { Journal } from '../journal.js';
import type { Meter } from '../metrics/meter.js';
import { resolveBase } from '../tunnels/rendezvous-base.js';
import { newSecret } from '../tunnels/secrets.js';
import type { Leg } from '../tunnels/tunnel-table.js';
import type { ExchangeOffers } from './exchange-offers.js';
import type { ExchangeTable } from './exchange-table.js';
import { refusalOperationOf, tellAnswering, tellEnded, tellReceived } from './http-events.js';
import { HttpExchange, type HttpExchangeEnd, type HttpTimeouts, type ReadBody } from './http-exchange.js';
import { HttpRendezvous, type HttpRendezvousEvents } from './http-rendezvous.js';
import { hasBody, readInlineBody } from './inline-body.js';
import { readTarget } from './read-target.js';
import { dropRest, refuseHttp } from './refuse-http.js';
import { SenderSockets } from './sender-sockets.js';

/** The parts of the relay that requests lead to. */
export interface HttpRelayOptions {
  readonly directory: Directory;
  readonly authorizer: Authorizer;
  readonly exchanges: ExchangeTable;
  readonly offers: ExchangeOffers;
  readonly journal: Journal;
  readonly meter: Meter;
  readonly publicUrl: string | undefined;
  /** Ends the ids of requests: says which worker has them. */
  readonly idSuffix: string;
  readonly timeouts: HttpTimeouts;
  readonly pingIntervalMs: number;
  /** Senders of WebSockets that are joined or wait. */
  connectionsIn(namespace: Namespace): number;
  readonly now: () => number;
}

/** One request, read. */
interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `undefined`: it could not be read. */
  readonly target: HttpTarget | undefined;
  readonly trackingId: string;
  readonly startedAt: number;
  /** Known from the moment that it is found. */
  hybridConnection?: HybridConnection;
}

/** One request that is let in. */
interface Admitted {
  readonly asked: Asked;
  readonly target: HttpTarget;
  readonly hybridConnection: HybridConnection;
  readonly credential: Credential | undefined;
  /** `undefined`: none is needed. */
  readonly grant: Grant | undefined;
  /** The sender wants to be told before it sends the body. */
  readonly awaitsContinue: boolean;
}

/** Carries HTTP requests. */
export class HttpRelay {
  readonly #options: HttpRelayOptions;
  readonly #senders = new SenderSockets();
  readonly #heartbeat: Heartbeat;
  #closing = false;

  constructor(options: HttpRelayOptions) {
    this.#options = options;
    this.#heartbeat = Heartbeat.every(options.pingIntervalMs);
  }

  /** From now on every request is refused: the relay shuts down. */
  close(): void {
    this.#closing = true;
  }

  /**
   * Takes a request. Never throws.
   * @param awaitsContinue - the sender wants to be told before it sends the body
   */
  handle(request: IncomingMessage, response: ServerResponse, awaitsContinue = false): void {
    const startedAt = this.#options.now();
    const { target, refusal } = readTarget(request);
    const asked: Asked = { request, response, target, trackingId: trackingIdFor(target?.id), startedAt };
    if (target === undefined) {
      this.#refuse(asked, refusal);
      return;
    }
    try {
      this.#authorize(asked, target, awaitsContinue)?.catch((error: unknown) => this.#failed(asked, error));
    } catch (error) {
      this.#failed(asked, error);
    }
  }

  /**
   * A listener dialled the rendezvous address of a request; its 101 is written. Where nobody waits for it any more, it
   * is told so on the open connection, since one client cannot bear to be refused.
   * Source: docs/protocol.md, section 4.4, rule (d).
   */
  meet(id: string | undefined, secret: string, { socket, head }: Leg, base: string): void {
    const conduit = Conduit.adopt(socket, head);
    const exchange = this.#options.exchanges.find(id, secret);
    if (exchange === undefined) {
      const rendezvous = new HttpRendezvous(conduit, id ?? '', NOBODY);
      rendezvous.start();
      rendezvous.abandon(CloseCode.goingAway, 'The request is over.');
      return;
    }
    const rendezvous = exchange.meet(conduit, resolveBase(this.#options.publicUrl, base));
    const slot = this.#heartbeat.join(rendezvous);
    conduit.socket.once('close', () => this.#heartbeat.leave(rendezvous, slot));
  }

  /**
   * Lets a request in, or refuses it. This and what follows is done at once where that is possible, which is most often:
   * a promise is for tokens that others check, for bodies, and for listeners that other relays have.
   */
  #authorize(asked: Asked, target: HttpTarget, awaitsContinue: boolean): Promise<void> | undefined {
    const { request } = asked;
    if (this.#closing) return this.#refuse(asked, shuttingDown);
    const host = request.headers.host ?? '';
    const hybridConnection = this.#options.directory.forHost(host)?.match(target.path)?.entity;
    if (hybridConnection === undefined) {
      return this.#refuse(asked, refusals.endpointDoesNotExist(target.path));
    }
    asked.hybridConnection = hybridConnection;
    const credential = findCredential(target.token, request.headers);
    if (!hybridConnection.requiresClientAuthorization) {
      return this.#relay({ asked, target, hybridConnection, credential, awaitsContinue, grant: undefined });
    }
    const { path, appQuery } = target;
    const token = credential?.token;
    const answer = this.#options.authorizer.authorize({
      hybridConnection,
      host,
      path,
      appQuery,
      claim: 'Send',
      token,
    });
    const decided = (decision: Authorization): Promise<void> | undefined => {
      if (!decision.granted) return this.#refuse(asked, decision.refusal);
      const { grant } = decision;
      this.#options.meter.keyUse.used(hybridConnection, grant, remoteEndpoint(request.socket).address);
      return this.#relay({ asked, target, hybridConnection, credential, awaitsContinue, grant });
    };
    return answer instanceof Promise ? answer.then(decided) : decided(answer);
  }

  #relay(admitted: Admitted): Promise<void> | undefined {
    const { asked, hybridConnection, awaitsContinue } = admitted;
    const { exchanges, connectionsIn, timeouts } = this.#options;
    const { namespace } = hybridConnection;
    if (connectionsIn(namespace) + exchanges.countIn(namespace) >= namespace.limits.connections) {
      return this.#refuse(asked, refusals.busy('QuotaExceeded: the namespace has too many connections'));
    }
    if (!hasBody(asked.request)) return this.#offer(admitted, NO_BODY);
    if (awaitsContinue) asked.response.writeContinue();
    return readInlineBody(asked.request, timeouts.bodyIdleMs).then((body) => {
      if (body.type === 'gone') return undefined;
      if (body.type === 'late') return this.#refuse(asked, httpRefusals.requestTimeout());
      return this.#offer(admitted, body);
    });
  }

  #offer(admitted: Admitted, body: ReadBody): Promise<void> | undefined {
    const changed = this.#changedSince(admitted.hybridConnection);
    if (changed !== undefined) return this.#refuse(admitted.asked, changed);
    return this.#options.offers.ask(this.#begin(admitted, body));
  }

  #begin({ asked, target, hybridConnection, credential, grant }: Admitted, body: ReadBody): HttpExchange {
    const { request, response, trackingId } = asked;
    const { exchanges, journal, timeouts } = this.#options;
    const given = rendezvousId(target.id, target.id === undefined ? () => trackingId : randomUUID);
    let id = given + this.#options.idSuffix;
    // A sender may use one id for all of its requests; listeners answer by it, so it names one request here.
    if (exchanges.has(id)) id = randomUUID() + this.#options.idSuffix;
    const secret = newSecret();
    const exchange = new HttpExchange(
      {
        message: {
          id,
          requestTarget: target.requestTarget,
          method: request.method ?? 'GET',
          remoteEndpoint: remoteEndpoint(request.socket),
          requestHeaders: relayedRequestHeaders(request.rawHeaders, {
            namespaceHost: hybridConnection.namespace.name,
            // Where senders need no token, what stands in Authorization is not for the relay.
            dropAuthorization: grant !== undefined && credential?.inAuthorization === true,
          }),
          body: body.type === 'part' || body.bytes !== undefined,
        },
        secret,
        addressPath: requestAddressPath({ path: hybridConnection.name, id, secret }),
        hybridConnection,
        trackingId,
        request,
        response,
        timeouts,
        onRefused: (refusal, refused) => this.#refuse(asked, refusal, refused),
        onAnswering: (status, answered) => tellAnswering(journal, status, answered),
        onEnd: (end, ended) => this.#onEnd(end, ended, asked, grant),
      },
      body,
    );
    exchanges.add(exchange);
    this.#options.meter.counters.requestBegun(hybridConnection);
    tellReceived(journal, exchange, grant);
    this.#senders.watch(request.socket, exchange);
    return exchange;
  }

  /** The connection of a sender is of no use any more. */
  abandon(socket: Socket): void {
    this.#senders.abandon(socket);
  }

  #onEnd(
    end: HttpExchangeEnd,
    exchange: HttpExchange,
    { request, startedAt }: Asked,
    grant: Grant | undefined,
  ): void {
    const { exchanges, journal, now } = this.#options;
    exchanges.remove(exchange);
    this.#senders.forget(request.socket, exchange);
    // What a listener did not wait for would stand between this request and the connection's next one.
    if (end.failure === undefined && exchange.isPointer && !request.readableEnded) dropRest(request, nothing);
    const { hybridConnection } = exchange.options;
    const isAnswered = end.status !== undefined;
    this.#options.meter.counters.requestEnded(
      hybridConnection,
      isAnswered,
      end.requestBytes,
      end.responseBytes,
    );
    tellEnded(journal, exchange, grant, end, now() - startedAt);
  }

  /** What may have happened while a token was checked and a body read. */
  #changedSince(hybridConnection: HybridConnection): Refusal | undefined {
    if (this.#closing) return shuttingDown;
    const { name, namespace } = hybridConnection;
    return namespace.get(name) === hybridConnection ? undefined : refusals.endpointDoesNotExist(name);
  }

  #failed(asked: Asked, error: unknown): void {
    this.#options.journal.log.error('A request failed', { error, trackingId: asked.trackingId });
    this.#refuse(asked, refusals.internal());
  }

  #refuse(
    { request, response, target, trackingId, hybridConnection }: Asked,
    refusal: Refusal,
    exchange?: HttpExchange,
  ): undefined {
    const { journal, now, directory, meter } = this.#options;
    meter.counters.refused(hybridConnection, 'sender', 'http', refusal);
    const { host = '' } = request.headers;
    const namespace = hybridConnection?.namespace ?? directory.forHost(host);
    journal.record('refused', {
      namespace: hybridConnection?.namespace.name,
      hybridConnection: hybridConnection?.name,
      trackingId,
      operationName: refusalOperationOf(refusal, exchange),
      action: 'http',
      status: refusal.status,
      code: refusal.code,
      reason: refusal.reason,
      remoteAddress: formatEndpoint(remoteEndpoint(request.socket)),
    });
    refuseHttp(request, response, refusal, {
      trackingId,
      systemTracker: `sb://${namespace?.name ?? host}/${hybridConnection?.name ?? target?.path ?? ''}`,
      timestamp: new Date(now()),
    });
  }
}

const NO_BODY = { type: 'whole', bytes: undefined } as const;

const shuttingDown = refusals.busy('the relay is shutting down');

/** Hears what a listener says that came too late. */
const NOBODY: HttpRendezvousEvents = {
  onResponse: nothing,
  onBody: () => true,
  onBodyEnd: nothing,
  onDrain: nothing,
  onFailed: nothing,
};

function nothing(): void {}
