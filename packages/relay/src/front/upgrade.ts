/**
 * What becomes of a WebSocket handshake: read, authorize, then listen or connect.
 *
 * Every way out but success is a refusal with a status line. A handshake that succeeds leaves this module: a control
 * channel goes to the registry, a sender waits in the rendezvous table. Who comes to a rendezvous address is known by
 * its secret, and is for `rendezvous-handshakes.ts`.
 *
 * Source: docs/protocol.md, sections 1 to 3.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Refusal, refusals } from '@hybridge/protocol';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import { WebSocketServer } from 'ws';
import { operationOf as authorizationOperationOf, type Grant, rightOf } from '../authorization/authorize.js';
import type { Authorizer } from '../authorization/authorizer.js';
import { findCredential } from '../authorization/credential.js';
import type { Directory, HybridConnection } from '../directory/directory.js';
import type { ControlChannelRules } from '../listeners/control-channel.js';
import type { ListenLimiter } from '../listeners/listen-limiter.js';
import type { ListenerRegistry } from '../listeners/listener-registry.js';
import type { Meter } from '../metrics/meter.js';
import { WaitingSender } from '../tunnels/waiting-sender.js';
import type { Load } from '../workers/messages.js';
import { about, baseOf, type Handshake, readHandshake, trackingOf } from './handshake.js';
import { refuse } from './refuse.js';
import { RendezvousHandshakes, type RendezvousHandshakesOptions } from './rendezvous-handshakes.js';

/** How much more the WebSocket library takes than is allowed, so that ours is the answer to a message that is too long. */
const PAYLOAD_MARGIN = 2;

/** How long a control channel that is being closed waits for the listener's Close frame. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The parts of the relay that handshakes lead to. */
export interface UpgradeOptions extends RendezvousHandshakesOptions {
  readonly directory: Directory;
  readonly listeners: ListenerRegistry;
  readonly meter: Meter;
  readonly publicUrl: string | undefined;
  /** What other workers have in a namespace, by its name. */
  readonly elsewhere: (namespace: string) => Load;
  readonly authorizer: Authorizer;
  readonly limiter: ListenLimiter;
  readonly channels: ControlChannelRules;
}

/** Handles the handshakes of one relay. */
export class Upgrade {
  readonly #options: UpgradeOptions;
  readonly #webSockets: WebSocketServer;
  readonly #rendezvous: RendezvousHandshakes;
  #closing = false;

  constructor(options: UpgradeOptions) {
    this.#options = options;
    this.#rendezvous = new RendezvousHandshakes(options);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: PAYLOAD_MARGIN * Math.max(options.channels.messageBytes, options.channels.bodyBytes),
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
    if (target.action === 'request') return this.#rendezvous.request(handshake);
    if (this.#closing) return shuttingDown;
    if (target.action === 'accept') return this.#rendezvous.accept(handshake);

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
    const { request, socket, head, host, target, trackingId } = handshake;
    const { path, appQuery } = target;
    const question = { hybridConnection, host, path, appQuery, claim: 'Listen' } as const;
    const check = (token: string | undefined) => this.#options.authorizer.authorize({ ...question, token });
    const answer = await check(findCredential(target.token, request.headers)?.token);
    if (!answer.granted) return answer.refusal;
    const changed = this.#changedSince(hybridConnection);
    if (changed !== undefined) return changed;

    const place = await this.#options.listeners.take({
      hybridConnection,
      clientId: target.id,
      trackingId,
      base: baseOf(handshake, this.#options.secure),
      remoteAddress: formatEndpoint(remoteEndpoint(socket)),
      grant: answer.grant,
      authorize: check,
      rules: this.#options.channels,
      logger: this.#options.journal.log,
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
      const { path, appQuery } = handshake.target;
      const answered = this.#options.authorizer.authorize({
        hybridConnection,
        host: handshake.host,
        path,
        appQuery,
        claim: 'Send',
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
      const { policy, key } = rightOf(grant);
      journal.record('sender-connecting', {
        ...about(handshake),
        operationName: 'NewSenderRegistering',
        rendezvousId: sender.offer.id,
        remoteAddress: formatEndpoint(remoteEndpoint(handshake.socket)),
        policy,
        key,
      });
    }
    await rendezvous.wait(sender);
    return undefined;
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

const shuttingDown = refusals.busy('the relay is shutting down');

const tooOften = refusals.busy('this listener connects too often');

/** Azure Relay's word for a refusal. Source: docs/protocol.md, section 9.3. */
function operationOf(refusal: Refusal): string {
  const { code } = refusal;
  if (code === 'ListenerTimeout') return 'ListenerAcceptingConnectionTimeout';
  if (code === 'ListenerRejected') return 'ListenerRejectedConnection';
  return authorizationOperationOf(refusal);
}
