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
import { type Refusal, refusals } from '@hybridge/protocol';
import { WebSocketServer } from 'ws';
import { type AuthorizationRequest, authorize, type Grant } from './authorize.js';
import { findCredential } from './credential.js';
import type { Directory, HybridConnection } from './directory.js';
import { about, type Handshake, readHandshake, trackingOf } from './handshake.js';
import type { Journal } from './journal.js';
import type { ListenerRegistry } from './listener-registry.js';
import { refuse } from './refuse.js';
import { formatEndpoint, remoteEndpoint } from './remote-address.js';
import type { RendezvousTable } from './rendezvous-table.js';
import { offeredProtocols, switchingProtocols } from './switching-protocols.js';
import type { TunnelTable } from './tunnel-table.js';
import { WaitingSender } from './waiting-sender.js';

/** Longest message taken on a control channel. Above the 64 KiB of the protocol, so that ours is the answer to more. */
const MAX_PAYLOAD_BYTES = 131_072;

/** How long a control channel that is being closed waits for the listener's Close frame. */
const CLOSE_TIMEOUT_MS = 2_000;

/** The parts of the relay that handshakes lead to. */
export interface UpgradeOptions {
  readonly directory: Directory;
  readonly listeners: ListenerRegistry;
  readonly rendezvous: RendezvousTable<WaitingSender>;
  readonly tunnels: TunnelTable;
  readonly journal: Journal;
  readonly publicUrl: string | undefined;
  readonly secure: boolean;
  readonly maxConnections: number;
  readonly maxPending: number;
  readonly tokenGraceMs: number;
  readonly backlogBytes: number;
  readonly silentBeats: number;
  readonly now: () => number;
}

/** Handles the handshakes of one relay. */
export class Upgrade {
  readonly #options: UpgradeOptions;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // Pongs are ours to send: a listener that pings and does not read must not make memory grow.
    autoPong: false,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  #closing = false;

  constructor(options: UpgradeOptions) {
    this.#options = options;
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
    if (this.#closing) return refusals.busy('the relay is shutting down');
    switch (target.action) {
      case 'accept':
        return this.#accept(handshake);
      case 'request':
        return refusals.badRequest('this relay does not carry HTTP requests yet');
      default:
        break;
    }

    const namespace = this.#options.directory.forHost(handshake.host);
    const match = namespace?.match(target.path);
    const isListener = target.action === 'listen';
    if (namespace === undefined || match === undefined || (isListener && match.suffix !== '')) {
      return refusals.endpointDoesNotExist(target.path);
    }
    handshake.namespace = namespace;
    handshake.hybridConnection = match.entity;
    return isListener ? this.#listen(handshake, match.entity) : this.#connect(handshake, match.entity);
  }

  async #listen(handshake: Handshake, hybridConnection: HybridConnection): Promise<Refusal | undefined> {
    const { request, socket, head, target, host, trackingId } = handshake;
    const question = this.#question(handshake, hybridConnection, 'Listen');
    const check = (token: string | undefined) => authorize({ ...question, token, now: this.#options.now() });
    const answer = check(findCredential(target.token, request.headers)?.token);
    if (!answer.granted) return answer.refusal;

    const place = await this.#options.listeners.take({
      hybridConnection,
      clientId: target.id,
      trackingId,
      base: `${this.#options.secure ? 'wss' : 'ws'}://${host}`,
      remoteAddress: formatEndpoint(remoteEndpoint(socket)),
      grant: answer.grant,
      authorize: check,
      graceMs: question.graceMs,
      backlogBytes: this.#options.backlogBytes,
      silentBeats: this.#options.silentBeats,
      now: this.#options.now,
    });
    if (place === undefined) return refusals.tooManyListeners(hybridConnection.name);
    let filled = false;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      filled = true;
      place.fill(webSocket);
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
      const answer = authorize({
        ...this.#question(handshake, hybridConnection, 'Send'),
        token: credential?.token,
        now: this.#options.now(),
      });
      if (!answer.granted) return answer.refusal;
      grant = answer.grant;
    }

    const { namespace } = hybridConnection;
    const pending = rendezvous.countIn(namespace);
    if (pending >= this.#options.maxPending) {
      return refusals.busy('too many senders wait for a listener');
    }
    if (pending + tunnels.countIn(namespace) >= this.#options.maxConnections) {
      return refusals.busy('QuotaExceeded: the namespace has too many connections');
    }

    const sender = new WaitingSender({
      handshake,
      hybridConnection,
      publicUrl: this.#options.publicUrl,
      // Where senders need no token, what stands in Authorization is not for the relay.
      dropAuthorization: grant !== undefined && credential?.inAuthorization === true,
      onGone: (gone) => rendezvous.cancel(gone),
      onRefused: (refusal) => this.#refuse(handshake, refusal),
    });
    journal.record('sender-connecting', {
      ...about(handshake),
      operationName: 'NewSenderRegistering',
      rendezvousId: sender.offer.id,
      remoteAddress: formatEndpoint(remoteEndpoint(handshake.socket)),
      policy: grant?.rule.name,
    });
    await rendezvous.wait(sender);
    return undefined;
  }

  /** A listener dials a rendezvous address, to meet the sender there or to send it away. */
  #accept(handshake: Handshake): Refusal | undefined {
    const { request, socket, head, target } = handshake;
    const secret = target.rendezvous;
    if (secret === undefined) {
      return refusals.badRequest('the rendezvous address lacks its last part');
    }
    const sender = this.#options.rendezvous.meet(secret);
    if (sender === undefined) return refusals.rendezvousGone();
    handshake.hybridConnection = sender.hybridConnection;
    handshake.namespace = sender.hybridConnection.namespace;
    if (target.reject !== undefined) {
      const { status, description } = target.reject;
      sender.onRefused(refusals.rejectedByListener(status, description));
      refuse(socket, refusals.rejectDelivered(), trackingOf(handshake, this.#options.now()));
      return undefined;
    }

    const chosen = offeredProtocols(request.headers['sec-websocket-protocol'])?.[0];
    socket.write(switchingProtocols(request.headers['sec-websocket-key']!, chosen));
    const listener = { socket, head };
    this.#options.tunnels.join(sender.hybridConnection, sender.trackingId, sender.accept(chosen), listener);
    return undefined;
  }

  /** What the two kinds of authorization have in common. */
  #question(
    { host, target }: Handshake,
    hybridConnection: HybridConnection,
    claim: 'Listen' | 'Send',
  ): Omit<AuthorizationRequest, 'token' | 'now'> {
    const { path, appQuery } = target;
    return { hybridConnection, host, path, appQuery, claim, graceMs: this.#options.tokenGraceMs };
  }

  #refuse(handshake: Handshake, refusal: Refusal): void {
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

/** Azure Relay's word for a refusal. Source: docs/protocol.md, section 9.3. */
function operationOf({ status, code }: Refusal): string {
  if (code === 'ListenerTimeout') return 'ListenerAcceptingConnectionTimeout';
  if (code === 'ListenerRejected') return 'ListenerRejectedConnection';
  if (status === 401) return 'InvalidSasToken';
  if (code === 'Forbidden') return 'AuthorizationFailed';
  return 'ProcessingRequestFailed';
}
