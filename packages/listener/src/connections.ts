/**
 * The connections of one listener: from the relay's announcement through the decision to whoever takes them, and
 * until the last is gone.
 *
 * They know nothing of the control channel, and outlive it. What goes wrong with one touches no other.
 * @module
 */
import { type Accept, RelayError } from '@hybridge/protocol';
import type { HybridConnectionSocket, StreamOffer } from '@hybridge/socket';
import { Arrivals } from './arrivals.js';
import { deferred } from './deferred.js';
import { dialRendezvous } from './dial-rendezvous.js';
import { type Accepted, type IncomingConnection, PendingConnection } from './incoming-connection.js';
import { IncomingStream } from './incoming-stream.js';
import type { ResolvedOptions } from './options.js';
import { ListenerSessions } from './sessions.js';

/** An open connection, and what its sender asked for. */
export type Arrival = [socket: HybridConnectionSocket, request: IncomingConnection];

/** What the connections need from their listener. */
export interface ConnectionsContext {
  readonly options: ResolvedOptions;
  /** Offers an open connection to event listeners. @returns whether there was one. */
  readonly emit: (...arrival: Arrival) => boolean;
  readonly warn: (problem: Error) => void;
}

/** Either is an incoming connection: it has a rendezvous of its own, or it is a stream of a session. */
type Pending = PendingConnection | IncomingStream;

/** What the .NET listener answers in this case. Source: docs/protocol.md, section 3.3. */
const HANDLER_THREW =
  "The Listener's custom AcceptHandler threw an exception. See Listener logs for details.";

/** All connections of one listener. */
export class Connections {
  /** Open connections that no event listener took. */
  readonly arrivals = new Arrivals<Arrival>();
  readonly #context: ConnectionsContext;
  /** Waiting for a decision. */
  readonly #undecided = new Set<Pending>();
  /** Accepted here, and not open yet. */
  readonly #opening = new Set<Pending>();
  /** Rejected, and the relay is being told. */
  readonly #rejecting = new Set<PendingConnection>();
  /** Accepted, with whatever cuts them. */
  readonly #accepted = new Set<Accepted>();
  readonly #sessions: ListenerSessions;
  readonly #drained = deferred<void>();
  #stopped = false;

  constructor(context: ConnectionsContext) {
    this.#context = context;
    this.#sessions = new ListenerSessions({
      options: context.options.multiplex,
      onOffer: (offer, rendezvous) => this.#decide(this.#stream(offer, rendezvous)),
      onClosed: () => this.#checkDrained(),
      warn: context.warn,
    });
  }

  /** A sender waits at the relay. */
  receive(message: Accept): void {
    let connection: PendingConnection;
    try {
      connection = this.#pending(message);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      this.#context.warn(error);
      return;
    }
    if (!this.#stopped && this.#sessions.takes(connection)) void this.#sessions.open(connection);
    else this.#decide(connection);
  }

  #decide(connection: Pending): void {
    this.#undecided.add(connection);
    if (this.#stopped) connection.reject(503, 'The listener is closing');
    else if (this.#waiting > this.#context.options.maxPending) {
      connection.reject(503, 'The listener has more connections waiting than it may');
    } else void this.#admit(connection);
  }

  /**
   * Takes no more connections, and rejects those that wait.
   * @param error - what iterators are told, when they did not end in order
   * @returns a promise for the end of the last connection
   */
  stop(error?: Error): Promise<void> {
    this.#stopped = true;
    for (const connection of this.#undecided) connection.reject(503, 'The listener is closing');
    for (const [socket] of this.arrivals.end(error)) socket.destroy();
    this.#sessions.leave();
    this.#checkDrained();
    return this.#drained.promise;
  }

  /** Cuts everything that is still open. */
  abort(): void {
    for (const accepted of this.#accepted) accepted.destroy();
    for (const connection of this.#rejecting) connection.abort();
    this.#sessions.abort();
  }

  get #waiting(): number {
    return this.#undecided.size + this.#opening.size + this.arrivals.size;
  }

  async #admit(connection: Pending): Promise<void> {
    const isAdmitted = await this.#isAdmitted(connection);
    connection.handled();
    // A stream's sender may have left since: its open and its reset can come in one read.
    if (isAdmitted && connection.state === 'waiting') await this.#deliver(connection);
  }

  /** Asks the handler. A connection that it has settled itself is not admitted: it is the handler's. */
  async #isAdmitted(connection: Pending): Promise<boolean> {
    const { acceptHandler } = this.#context.options;
    if (acceptHandler === undefined) return connection.state === 'waiting';
    let verdict: unknown;
    try {
      verdict = await acceptHandler(connection);
    } catch (error) {
      this.#handlerThrew(connection, error);
      return false;
    }
    if (connection.state !== 'waiting') return false;
    if (verdict === false) connection.reject(400, 'Rejected by user code');
    return verdict !== false;
  }

  #handlerThrew(connection: Pending, cause: unknown): void {
    if (connection.state === 'waiting') {
      connection.reject(502, `${HANDLER_THREW} TrackingId:${connection.id}`);
    }
    connection.socket?.destroy();
    this.#context.warn(
      new Error(`The acceptHandler threw for the incoming connection ${connection.id}`, { cause }),
    );
  }

  async #deliver(connection: Pending): Promise<void> {
    this.#opening.add(connection);
    const socket = connection.accept();
    await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', resolve));
    this.#opening.delete(connection);
    if (socket.destroyed || this.#context.emit(socket, connection)) return;
    if (this.#stopped) return void socket.destroy();
    const arrival: Arrival = [socket, connection];
    this.arrivals.add(arrival);
    socket.once('close', () => this.arrivals.remove(arrival));
  }

  #pending(message: Accept): PendingConnection {
    const { options, warn } = this.#context;
    const connection: PendingConnection = new PendingConnection(message, {
      entityPath: options.address.path,
      allowHalfOpen: options.allowHalfOpen,
      clock: options.clock,
      dial: (address) => dialRendezvous(address, options),
      onSettle: () => this.#undecided.delete(connection),
      ...this.#ends,
      onReject: () => this.#rejecting.add(connection),
      onRejected: () => {
        this.#rejecting.delete(connection);
        this.#checkDrained();
      },
      onExpire: () => this.#expired(message.id),
      onProblem: warn,
    });
    return connection;
  }

  #stream(offer: StreamOffer, rendezvous: PendingConnection): IncomingStream {
    const { allowHalfOpen, clock } = this.#context.options;
    const stream: IncomingStream = new IncomingStream(offer, rendezvous, {
      allowHalfOpen,
      clock,
      onSettle: () => this.#undecided.delete(stream),
      ...this.#ends,
      onExpire: () => this.#expired(stream.id),
    });
    return stream;
  }

  readonly #ends = {
    onAccept: (socket: HybridConnectionSocket) => this.#track(socket),
    onAcceptChannel: (channel: Accepted) => void this.#accepted.add(channel),
    onClosed: (channel: Accepted) => this.#closed(channel),
  };

  #expired(id: string): void {
    this.#context.warn(new RelayError('ERR_RELAY_TIMEOUT', `Nobody decided about connection ${id} in time`));
  }

  #track(socket: HybridConnectionSocket): void {
    this.#accepted.add(socket);
    socket.on('error', (error) => {
      // Where nobody else listens for it, Node would end the process for the failure of one connection.
      if (socket.listenerCount('error') === 1) this.#context.warn(error);
    });
    socket.once('close', () => this.#closed(socket));
  }

  #closed(accepted: Accepted): void {
    this.#accepted.delete(accepted);
    this.#checkDrained();
  }

  #checkDrained(): void {
    const left = this.#accepted.size + this.#rejecting.size + this.#sessions.size;
    if (this.#stopped && left === 0) this.#drained.resolve();
  }
}
