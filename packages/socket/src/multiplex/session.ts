/**
 * What both ends of a multiplexed session have in common: the streams that are open, and the connection below them.
 *
 * The session has a channel of its own and lives as long. When that breaks, or the peer says what it may not, every
 * stream is cut. It keeps the process alive while one of its streams does. Who opens streams and who takes them is in
 * `session-opener.ts` and `session-taker.ts`.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0057.
 * @module
 */
import { MultiplexParser, type MultiplexRefusal, RelayError } from '@hybridge/protocol';
import type { Channel } from '../channel.js';
import type { SocketAddresses } from '../socket-addresses.js';
import { SessionOutput } from './output.js';
import { RoundTrip } from './round-trip.js';
import { Scratch } from './scratch.js';
import { MultiplexStream, type StreamHost } from './stream.js';
import { type SharedBudget, WindowBudget } from './window-budget.js';

/** What one of the two ends does with the frames that only the other one sends. They may throw `ERR_RELAY_PROTOCOL`. */
export interface SessionRole {
  onHello(maxStreams: number): void;
  onOpen(stream: number, windowBytes: number, trackingId: string): void;
  onAccept(stream: number, windowBytes: number): void;
  onReject(stream: number, refusal: MultiplexRefusal): void;
  onLeave(): void;
  /** A frame is about a stream that is not open. @returns whether that can be: it was opened once. */
  onUnknown(stream: number, isReset: boolean): boolean;
  /** A stream is over. */
  onStreamOver(): void;
  /** The peer ends the session in order. */
  onSessionEnd(): void;
  /** The session is over. `cause` says why when that was not in order. Called once. */
  onSessionClose(cause: RelayError | undefined): void;
}

/** A session, as either end has it. */
export class MultiplexSession implements StreamHost {
  readonly output: SessionOutput;
  readonly scratch = new Scratch();
  readonly budget: WindowBudget;
  readonly roundTrip = new RoundTrip();
  readonly addresses: SocketAddresses;
  readonly #channel: Channel;
  readonly #role: SessionRole;
  readonly #parser: MultiplexParser;
  readonly #streams = new Map<number, MultiplexStream>();
  /** Streams that were given payload in the present read, and may keep it. */
  #touched: MultiplexStream[] = [];
  /** Who keeps the process alive. */
  #holds = 0;
  #ended = false;
  #closed = false;

  /**
   * @param channel - open and not started; from here on it belongs to the session.
   * @param budget - shared with other sessions.
   */
  constructor(channel: Channel, role: SessionRole, budget?: SharedBudget) {
    this.budget = new WindowBudget(budget);
    this.#channel = channel;
    this.#role = role;
    this.addresses = channel.addresses;
    this.output = new SessionOutput(channel);
    this.#parser = new MultiplexParser({
      onHello: (maxStreams) => role.onHello(maxStreams),
      onOpen: (stream, windowBytes, trackingId) => role.onOpen(stream, windowBytes, trackingId),
      onAccept: (stream, windowBytes) => role.onAccept(stream, windowBytes),
      onReject: (stream, refusal) => role.onReject(stream, refusal),
      onData: (stream, bytes, start, end) => this.#find(stream, false)?.receive(bytes, start, end),
      onWindow: (stream, bytes) => this.#find(stream, false)?.receiveWindow(bytes),
      onEnd: (stream) => this.#find(stream, false)?.receiveEnd(),
      onReset: (stream) => this.#find(stream, true)?.cut(cutByPeer()),
      onLeave: () => role.onLeave(),
    });
    channel.onData = (payload) => this.#receive(payload);
    channel.onReadEnd = () => this.#readEnd();
    channel.onDrain = () => this.output.onDrain();
    channel.onEnd = () => this.#role.onSessionEnd();
    channel.onCut = (cause) => this.#close(cause);
    channel.onClose = () => this.#close(undefined);
    channel.unref();
  }

  /** Begins to hear the peer. */
  start(): void {
    this.#channel.start();
  }

  /** How many streams are open. */
  get size(): number {
    return this.#streams.size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** A stream that both ends have agreed on. @param givenAt - when the peer was given the window. */
  add(id: number, credit: number, window: number, givenAt: number): MultiplexStream {
    const stream = new MultiplexStream(id, this, credit, window, givenAt);
    this.#streams.set(id, stream);
    return stream;
  }

  has(id: number): boolean {
    return this.#streams.has(id);
  }

  /** Closes this end in order, once everything is sent; with open streams it would cut them. */
  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    // Not now: this may be the last stream's end, whose frame is just being written.
    process.nextTick(() => {
      this.output.flush();
      this.#channel.end();
    });
  }

  /** Cuts the session and all streams in it. */
  fail(cause: RelayError): void {
    if (this.#closed) return;
    this.#channel.abort();
    this.#close(cause);
  }

  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1) this.#channel.ref();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#channel.unref();
  }

  setKeepAlive(enable?: boolean, initialDelayMs?: number): void {
    this.#channel.setKeepAlive(enable, initialDelayMs);
  }

  touched(stream: MultiplexStream): void {
    this.#touched.push(stream);
  }

  over(stream: MultiplexStream): void {
    this.#streams.delete(stream.id);
    this.#role.onStreamOver();
  }

  #find(id: number, isReset: boolean): MultiplexStream | undefined {
    const stream = this.#streams.get(id);
    if (stream === undefined && !this.#role.onUnknown(id, isReset)) {
      throw new RelayError(
        'ERR_RELAY_PROTOCOL',
        `The peer does not keep to the multiplex protocol: nobody opened stream ${id}`,
      );
    }
    return stream;
  }

  /** Streams keep what their readers do not want, so the session always reads on. */
  #receive(payload: Buffer): boolean {
    if (this.#closed) return true;
    try {
      this.#parser.parse(payload, 0, payload.length);
    } catch (error) {
      this.fail(error instanceof RelayError ? error : failed(error));
    }
    return true;
  }

  #readEnd(): boolean {
    if (this.#touched.length === 0) return true;
    const touched = this.#touched;
    this.#touched = [];
    let isFree = true;
    for (const stream of touched) isFree = stream.readEnd() && isFree;
    this.scratch.done(isFree);
    return true;
  }

  #close(cause: RelayError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.output.close();
    const reason = cause ?? new RelayError('ERR_RELAY_CUT', 'The multiplexed session was closed');
    for (const stream of [...this.#streams.values()]) stream.cut(reason);
    this.#role.onSessionClose(cause);
  }
}

function failed(cause: unknown): RelayError {
  return new RelayError('ERR_RELAY_CUT', 'The multiplexed session failed', { cause });
}

function cutByPeer(): RelayError {
  return new RelayError('ERR_RELAY_CUT', 'The relayed connection was cut');
}
