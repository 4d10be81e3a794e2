/**
 * What becomes of a WebSocket handshake: read, authorize, then listen, connect or accept.
 *
 * Every way out but success is a refusal with a status line. A handshake that succeeds leaves this module: a control
 * channel goes to the registry, a sender waits in the rendezvous table, a listener's rendezvous ends that wait.
 *
 * Source: docs/protocol.md, sections 1 to 3.
 * @module
 */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { parseTargetFailure, type Refusal, refusals } from '@hybridge/protocol';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import { WebSocketServer } from 'ws';
import { operationOf as authorizationOperationOf, type Grant, rightOf } from '../authorization/authorize.js';
import type { AuthorizationQuestion, Authorizer } from '../authorization/authorizer.js';
import { findCredential } from '../authorization/credential.js';
import type { Directory, HybridConnection } from '../directory/directory.js';
import type { HttpRelay } from '../http/http-relay.js';
import type { Journal } from '../journal.js';
import type { ListenLimiter } from '../listeners/listen-limiter.js';
import type { ListenerRegistry } from '../listeners/listener-registry.js';
import type { Meter } from '../metrics/meter.js';
import type { RendezvousTable } from '../tunnels/rendezvous-table.js';
import type { TunnelTable } from '../tunnels/tunnel-table.js';
import { WaitingSender } from '../tunnels/waiting-sender.js';
import type { Load } from '../workers/messages.js';
import { about, type Handshake, readHandshake, trackingOf } from './handshake.js';
import { refuse } from './refuse.js';
import { offeredProtocols, switchingProtocols } from './switching-protocols.js';

/** How much more the WebSocket library takes than is allowed, so that ours is the answer to a message that is too long. */
const PAYLOAD_MARGIN = 2;

/** How long a control channel that is being closed waits for the listener's Close frame. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The parts of the relay that handshakes lead to. */
export interface UpgradeOptions {
  readonly directory: Directory;
  readonly listeners: ListenerRegistry;
  readonly rendezvous: RendezvousTable<WaitingSender>;
  readonly tunnels: TunnelTable;
  readonly http: HttpRelay;
  readonly journal: Journal;
  readonly meter: Meter;
  readonly publicUrl: string | undefined;
  /** What other workers have in a namespace, by its name. */
  readonly elsewhere: (namespace: string) => Load;
  readonly secure: boolean;
  readonly authorizer: Authorizer;
  readonly limiter: ListenLimiter;
  readonly tokenGraceMs: number;
  readonly recycleMs: number;
  readonly messageBytes: number;
  readonly bodyBytes: number;
  readonly backlogBytes: number;
  readonly silentBeats: number;
  readonly now: () => number;
}

/** Handles the handshakes of one relay. */
export class Upgrade {
  readonly #options: UpgradeOptions;
  readonly #webSockets: WebSocketServer;
  #closing = false;

  constructor(options: UpgradeOptions) {
    this.#options = options;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: PAYLOAD_MARGIN * Math.max(options.messageBytes, options.bodyBytes),
      closeTimeout: CLOSE_TIMEOUT_MS,
      // Pongs are ours to send: a listener that pings and does not read must not make memory grow.
      autoPong: false,
    } as ConstructorParameters<typeof WebSocketServer>[0]);
  }

  /** From now on every handshake is refused: the relay shuts down. */
  close(): void {
    this.#closing = true;
  }

  /** Takes a connection that asks to become a WebSocket. Never throws. */
  handle(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // A connection that breaks now is noticed by its 'close'; without this the process would end.
    socket.on('error', (error) =>
      this.#options.journal.log.debug('A connection broke', { error: error.message }),
    );
    const { handshake, refusal } = readHandshake(request, socket, head);
    if (refusal !== undefined) {
      this.#refuse(handshake, refusal);
      return;
    }
    this.#dispatch(handshake).then(
      (refusal) => {
        if (refusal !== undefined) this.#refuse(handshake, refusal);
      },
      (error: unknown) => {
        this.#options.journal.log.error('A handshake failed', { error, trackingId: handshake.trackingId });
        this.#refuse(handshake, refusals.internal());
      },
    );
  }

  /** @returns the refusal, unless the connection was taken. */
  async #dispatch(handshake: Handshake): Promise<Refusal | undefined> {
    const { target } = handshake;
    // A request that is under way while the relay shuts down is still answered.
    if (target.action === 'request') return this.#request(handshake);
    if (this.#closing) return shuttingDown;
    if (target.action === 'accept') return this.#accept(handshake);

    const isListener = target.action === 'listen';
    if (isListener && !this.#isAdmitted(handshake)) return tooOften;
    const namespace = this.#options.directory.forHost(handshake.host);
    const match = namespace?.match(target.path);
    if (namespace === undefined || match === undefined || (isListener && match.suffix !== '')) {
      return refusals.endpointDoesNotExist(target.path);
    }
    handshake.namespace = namespace;
    handshake.hybridConnection = match.entity;
    return isListener ? this.#listen(handshake, match.entity) : this.#connect(handshake, match.entity);
  }

  async #listen(handshake: Handshake, hybridConnection: HybridConnection): Promise<Refusal | undefined> {
    const { request, socket, head, target, trackingId } = handshake;
    const question = this.#question(handshake, hybridConnection, 'Listen');
    const check = (token: string | undefined) => this.#options.authorizer.authorize({ ...question, token });
    const answer = await check(findCredential(target.token, request.headers)?.token);
    if (!answer.granted) return answer.refusal;
    const changed = this.#changedSince(hybridConnection);
    if (changed !== undefined) return changed;

    const place = await this.#options.listeners.take({
      hybridConnection,
      clientId: target.id,
      trackingId,
      base: this.#baseOf(handshake),
      remoteAddress: formatEndpoint(remoteEndpoint(socket)),
      grant: answer.grant,
      authorize: check,
      graceMs: this.#options.tokenGraceMs,
      recycleMs: this.#options.recycleMs,
      messageBytes: this.#options.messageBytes,
      bodyBytes: this.#options.bodyBytes,
      logger: this.#options.journal.log,
      backlogBytes: this.#options.backlogBytes,
      silentBeats: this.#options.silentBeats,
      now: this.#options.now,
    });
    if (place === undefined) return refusals.tooManyListeners(hybridConnection.name);
    this.#options.meter.keyUse.used(hybridConnection, answer.grant);
    let filled = false;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      filled = true;
      place.fill(webSocket, socket);
    });
    // The callback comes at once, or not at all when the connection is gone already.
    if (!filled) place.giveUp();
    return undefined;
  }

  async #connect(handshake: Handshake, hybridConnection: HybridConnection): Promise<Refusal | undefined> {
    const { journal, rendezvous, tunnels } = this.#options;
    const credential = findCredential(handshake.target.token, handshake.request.headers);
    let grant: Grant | undefined;
    if (hybridConnection.requiresClientAuthorization) {
      const answered = this.#options.authorizer.authorize({
        ...this.#question(handshake, hybridConnection, 'Send'),
        token: credential?.token,
      });
      // Not to wait where nothing has to be waited for: each time costs a sender, and all that came with it, a moment.
      const answer = answered instanceof Promise ? await answered : answered;
      if (!answer.granted) return answer.refusal;
      const changed = this.#changedSince(hybridConnection);
      if (changed !== undefined) return changed;
      grant = answer.grant;
      this.#options.meter.keyUse.used(hybridConnection, grant, remoteEndpoint(handshake.socket).address);
    }
    if (handshake.socket.destroyed) return undefined;

    const { namespace } = hybridConnection;
    const elsewhere = this.#options.elsewhere(namespace.name);
    const pending = rendezvous.countIn(namespace) + elsewhere.pending;
    if (pending >= namespace.limits.pending) {
      return refusals.busy('too many senders wait for a listener');
    }
    if (pending + tunnels.countIn(namespace) + elsewhere.connections >= namespace.limits.connections) {
      return refusals.busy('QuotaExceeded: the namespace has too many connections');
    }

    const sender = new WaitingSender({
      handshake,
      hybridConnection,
      grant,
      publicUrl: this.#options.publicUrl,
      // Where senders need no token, what stands in Authorization is not for the relay.
      dropAuthorization: grant !== undefined && credential?.inAuthorization === true,
      onGone: (gone) => rendezvous.cancel(gone),
      onRefused: (refusal) => this.#refuse(handshake, refusal),
    });
    if (journal.hears('sender-connecting')) {
      journal.record('sender-connecting', {
        ...about(handshake),
        operationName: 'NewSenderRegistering',
        rendezvousId: sender.offer.id,
        remoteAddress: formatEndpoint(remoteEndpoint(handshake.socket)),
        ...rightOf(grant),
      });
    }
    await rendezvous.wait(sender);
    return undefined;
  }

  /** A listener dials a rendezvous address, to meet the sender there or to send it away. */
  #accept(handshake: Handshake): Refusal | undefined {
    const { request, socket, head, target } = handshake;
    const { rendezvous, tunnels } = this.#options;
    const secret = target.rendezvous;
    if (secret === undefined) {
      return refusals.badRequest('the rendezvous address lacks its last part');
    }
    const sender = rendezvous.find(secret);
    if (sender === undefined) return refusals.rendezvousGone();
    handshake.hybridConnection = sender.hybridConnection;
    handshake.namespace = sender.hybridConnection.namespace;
    if (target.reject !== undefined) {
      this.#reject(handshake, sender, secret, target.reject);
      refuse(socket, refusals.rejectDelivered(), trackingOf(handshake, this.#options.now()));
      return undefined;
    }
    const listenerId = rendezvous.listenerOf(secret);
    if (this.#options.journal.hears('listener-accepting')) {
      this.#options.journal.record('listener-accepting', {
        ...this.#aboutAccept(handshake, sender, secret),
        operationName: 'ListenerAcceptingConnection',
      });
    }
    rendezvous.meet(secret);

    const chosen = offeredProtocols(request.headers['sec-websocket-protocol'])?.[0];
    socket.write(switchingProtocols(request.headers['sec-websocket-key']!, chosen), 'latin1');
    const { hybridConnection, trackingId, grant } = sender;
    tunnels.join({ hybridConnection, trackingId, grant, listenerId }, sender.accept(chosen), {
      socket,
      head,
    });
    return undefined;
  }

  /** A listener dials the address of an HTTP request. Only one that no relay can have made is refused. */
  #request(handshake: Handshake): Refusal | undefined {
    const { request, socket, head, target } = handshake;
    const secret = target.rendezvous;
    if (secret === undefined) return refusals.badRequest('the rendezvous address lacks its last part');
    if (!SECRET.test(secret)) return refusals.rendezvousGone();
    const chosen = offeredProtocols(request.headers['sec-websocket-protocol'])?.[0];
    socket.write(switchingProtocols(request.headers['sec-websocket-key']!, chosen), 'latin1');
    this.#options.http.meet(target.id, secret, { socket, head }, this.#baseOf(handshake));
    return undefined;
  }

  /** What addresses begin with for whoever came this way. */
  #baseOf({ host }: Handshake): string {
    return `${this.#options.secure ? 'wss' : 'ws'}://${host}`;
  }

  /** A target that cannot be reached from one listener may be reached from the next; any other no is the answer. */
  #reject(
    handshake: Handshake,
    sender: WaitingSender,
    secret: string,
    { status, description }: { status: number; description: string },
  ): void {
    const { rendezvous, journal } = this.#options;
    const refusal = refusals.rejectedByListener(status, description);
    if (parseTargetFailure(status, refusal.reason) === undefined) {
      rendezvous.meet(secret)?.onRefused(refusal);
      return;
    }
    journal.record('listener-declined', {
      ...this.#aboutAccept(handshake, sender, secret),
      operationName: 'ListenerRejectedConnection',
      status: refusal.status,
      reason: refusal.reason,
    });
    void rendezvous.declined(secret, refusal);
  }

  #aboutAccept({ socket }: Handshake, { hybridConnection, trackingId }: WaitingSender, secret: string) {
    return {
      namespace: hybridConnection.namespace.name,
      hybridConnection: hybridConnection.name,
      trackingId,
      listenerId: this.#options.rendezvous.listenerOf(secret),
      remoteAddress: formatEndpoint(remoteEndpoint(socket)),
    };
  }

  #isAdmitted({ socket, target }: Handshake): boolean {
    const { address } = remoteEndpoint(socket);
    return this.#options.limiter.admits({ address, clientId: target.id, path: target.path });
  }

  /** What may have happened while a token was checked. */
  #changedSince(hybridConnection: HybridConnection): Refusal | undefined {
    if (this.#closing) return shuttingDown;
    const { name, namespace } = hybridConnection;
    return namespace.get(name) === hybridConnection ? undefined : refusals.endpointDoesNotExist(name);
  }

  /** What the two kinds of authorization have in common. */
  #question(
    { host, target }: Handshake,
    hybridConnection: HybridConnection,
    claim: 'Listen' | 'Send',
  ): Omit<AuthorizationQuestion, 'token'> {
    const { path, appQuery } = target;
    return { hybridConnection, host, path, appQuery, claim };
  }

  #refuse(handshake: Handshake, refusal: Refusal): void {
    const { action } = handshake.target;
    const side = action === 'listen' ? 'listener' : action === 'connect' ? 'sender' : undefined;
    this.#options.meter.counters.refused(handshake.hybridConnection, side, action, refusal);
    this.#options.journal.record('refused', {
      ...about(handshake),
      operationName: operationOf(refusal),
      action: handshake.target.action,
      status: refusal.status,
      code: refusal.code,
      reason: refusal.reason,
      remoteAddress: formatEndpoint(remoteEndpoint(handshake.socket)),
    });
    refuse(handshake.socket, refusal, trackingOf(handshake, this.#options.now()));
  }
}

/** 16 bytes in base64url. */
const SECRET = /^[\w-]{22}$/;

const shuttingDown = refusals.busy('the relay is shutting down');

const tooOften = refusals.busy('this listener connects too often');

/** Azure Relay's word for a refusal. Source: docs/protocol.md, section 9.3. */
function operationOf(refusal: Refusal): string {
  const { code } = refusal;
  if (code === 'ListenerTimeout') return 'ListenerAcceptingConnectionTimeout';
  if (code === 'ListenerRejected') return 'ListenerRejectedConnection';
  return authorizationOperationOf(refusal);
}
