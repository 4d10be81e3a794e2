/**
 * One sender that asks for a stream of a multiplexed session, and the listener's answer to it.
 *
 * To whoever decides it is an incoming connection like any other. Path, query and headers are those of the session's
 * rendezvous: what the relay has checked there holds for every stream in it.
 *
 * Source: docs/protocol.md, "Extensions".
 * @module
 */
import { ACCEPT_TIMEOUT_MS, rejectStatus } from '@hybridge/protocol';
import {
  type Channel,
  HybridConnectionSocket,
  type OpeningChannel,
  type StreamOffer,
} from '@hybridge/socket';
import type { Timer } from './clock.js';
import { checkOffered, checkUndecided } from './decisions.js';
import type {
  Accepted,
  AcceptOptions,
  IncomingConnection,
  IncomingConnectionContext,
} from './incoming-connection.js';

/** What an incoming stream needs from its listener. */
export type IncomingStreamContext = Pick<
  IncomingConnectionContext,
  'allowHalfOpen' | 'clock' | 'onSettle' | 'onAccept' | 'onAcceptChannel' | 'onClosed' | 'onExpire'
>;

/** As the relay says it of a connection that nobody took in time. */
const EXPIRED = 'None of the connected listeners accepted the connection within the allowed timeout.';

/** A stream on its way from the sender's asking to a decision. */
export class IncomingStream implements IncomingConnection {
  readonly id: string;
  readonly #offer: StreamOffer;
  readonly #rendezvous: IncomingConnection;
  readonly #context: IncomingStreamContext;
  readonly #timer: Timer;
  #state: IncomingConnection['state'] = 'waiting';
  #socket: HybridConnectionSocket | undefined;

  /** @param rendezvous - of the session. */
  constructor(offer: StreamOffer, rendezvous: IncomingConnection, context: IncomingStreamContext) {
    this.#offer = offer;
    this.#rendezvous = rendezvous;
    this.#context = context;
    this.id = offer.trackingId || rendezvous.id;
    this.#timer = context.clock.setTimer(() => this.#expire(), ACCEPT_TIMEOUT_MS);
    this.#timer.unref();
    offer.onWithdrawn = () => this.#onWithdrawn();
  }

  get rendezvousId(): string {
    return this.#rendezvous.id;
  }

  get address() {
    return this.#rendezvous.address;
  }

  get path() {
    return this.#rendezvous.path;
  }

  get query() {
    return this.#rendezvous.query;
  }

  get headers() {
    return this.#rendezvous.headers;
  }

  get protocols() {
    return this.#rendezvous.protocols;
  }

  get remoteEndpoint() {
    return this.#rendezvous.remoteEndpoint;
  }

  get state(): IncomingConnection['state'] {
    return this.#state;
  }

  /** What it became, once accepted. */
  get socket(): HybridConnectionSocket | undefined {
    return this.#socket;
  }

  accept(options: AcceptOptions = {}): HybridConnectionSocket {
    const { allowHalfOpen = this.#context.allowHalfOpen } = options;
    const channel = this.#take(options);
    const open = async () => {
      if (channel === undefined) throw gone(this.id);
      return channel;
    };
    const socket = new HybridConnectionSocket(open, { allowHalfOpen });
    this.#socket = socket;
    this.#context.onAccept(socket);
    return socket;
  }

  acceptChannel(options: Pick<AcceptOptions, 'protocol'> = {}): OpeningChannel {
    const channel = this.#take(options);
    const accepted: Accepted = { destroy: () => channel?.abort() };
    const onClosed = () => this.#context.onClosed(accepted);
    this.#context.onAcceptChannel(accepted);
    if (channel !== undefined) return { opened: Promise.resolve(channel), abort: () => {}, onClosed };
    onClosed();
    return { opened: Promise.reject(gone(this.id)), abort: () => {} };
  }

  reject(status: number, description: string): void {
    this.#settle('rejected');
    const reason = description || 'Rejected by user code';
    this.#offer.reject({ untried: false, status: rejectStatus(status), reason });
  }

  /** The handler has had its say. */
  handled(): void {
    // Otherwise it counts until somebody decides.
    if (this.#state !== 'waiting') this.#timer.cancel();
    this.#offer.settle();
  }

  #take({ protocol }: Pick<AcceptOptions, 'protocol'>): Channel | undefined {
    if (protocol !== undefined) checkOffered(protocol, this);
    this.#settle('accepted');
    return this.#offer.accept();
  }

  #settle(state: 'accepted' | 'rejected'): void {
    checkUndecided(this);
    this.#state = state;
    this.#timer.cancel();
    this.#context.onSettle();
  }

  /** The sender has left. Until the handler knows, or its time is over, the stream still counts. */
  #onWithdrawn(): void {
    this.#state = 'expired';
    this.#context.onSettle();
  }

  #expire(): void {
    if (this.#state === 'waiting') {
      this.#state = 'expired';
      this.#context.onSettle();
      this.#context.onExpire();
    }
    this.#offer.reject({ untried: false, status: 504, reason: EXPIRED });
  }
}

function gone(id: string): Error {
  const error = new Error(`The sender of connection ${id} has left`);
  return Object.assign(error, { code: 'ECONNRESET', syscall: 'connect' });
}
