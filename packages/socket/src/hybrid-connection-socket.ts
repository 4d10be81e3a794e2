/**
 * A relayed connection that behaves like a `net.Socket`.
 *
 * It is there at once and opens in the background; what is written before that is held back, in order.
 * App to wire: the channel calls back once the kernel has taken the frames, and that completes `_write`.
 * Wire to app: when `push` returns false the channel stops reading, and TCP slows the far side down.
 * A Close frame ends one direction only (docs/protocol.md, section 3.7): the other stays open until its own.
 * A connection that was cut is an error, `ECONNRESET`, and never an end.
 *
 * What it only tells of its connection, as `net.Socket` does, is in `net-socket-face.ts`.
 *
 * Where it differs from `net.Socket` on purpose: `destroy()` before everything was ended is seen by the far side as a
 * failure, not as an end; and a destroyed one cannot be connected again.
 * @module
 */
import type net from 'node:net';
import { addAbortSignal } from 'node:stream';
import { sendBounded } from './bounded-send.js';
import type { Channel, WriteCallback } from './channel.js';
import { letGo, linger } from './linger.js';
import { CarriedStream, kCarriage, type NetSocketFace } from './net-socket-face.js';
import { connectionReset, endedByOtherParty, spliced, writeFailed } from './socket-errors.js';
import { kTakeChannel, type TakenChannel } from './taken-channel.js';

export type { NetSocketFace } from './net-socket-face.js';
export { kTakeChannel } from './taken-channel.js';

/** How the stream behaves. */
export interface HybridConnectionSocketOptions {
  /**
   * Whether this side stays writable after the far side has ended.
   * @defaultValue false, as for `net.Socket`
   */
  readonly allowHalfOpen?: boolean;
  /** Destroys the socket with an `AbortError` when it is aborted, opening or open. */
  readonly signal?: AbortSignal;
}

/** Opens a channel; must give up, and leave nothing open, when `signal` is aborted. */
export type OpenChannel = (signal: AbortSignal) => Promise<Channel>;

type State =
  | { readonly name: 'opening'; readonly abort: AbortController }
  | { readonly name: 'open'; readonly channel: Channel; started: boolean }
  | { readonly name: 'taken'; readonly channel: Channel; readonly taken: TakenChannel }
  | { readonly name: 'closed' };

/**
 * One relayed connection, as either end sees it.
 *
 * Emits what `net.Socket` emits: 'connect' and 'ready' when it is open, 'close' with `hadError`, 'timeout'.
 */
export class HybridConnectionSocket extends CarriedStream implements NetSocketFace {
  readonly #open: OpenChannel;
  #state: State = { name: 'opening', abort: new AbortController() };
  /** Completes `_construct`, until which the stream holds back writes, `_final` and `_destroy`. */
  #constructed: WriteCallback | undefined;
  /** The far side has closed its direction. */
  #peerEnded = false;
  #onFlushed: (() => void) | undefined;

  /**
   * @param open - called once, in the next turn; what it rejects with becomes the 'error' as it is.
   * @param options - how the stream behaves.
   */
  constructor(open: OpenChannel, options: HybridConnectionSocketOptions = {}) {
    // Not emitClose: 'close' of a socket says whether there was an error.
    super({ allowHalfOpen: options.allowHalfOpen ?? false, autoDestroy: true, emitClose: false });
    this.#open = open;
    if (options.signal !== undefined) addAbortSignal(options.signal, this);
  }

  /** Whether it is still being opened. */
  get connecting(): boolean {
    return this.#state.name === 'opening' && !this.destroyed;
  }

  /** Whether there is no connection: not yet, or no longer. */
  get pending(): boolean {
    return this.#state.name === 'opening' || this.#state.name === 'closed';
  }

  /** What can be done with it now. */
  get readyState(): net.SocketReadyState {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  /**
   * Connects nothing: a relayed connection opens by itself. For drivers that call it on any socket and then wait for
   * 'connect', the event is repeated when the socket is open already.
   */
  connect(...args: unknown[]): this {
    const listener = args.find((arg) => typeof arg === 'function');
    if (listener !== undefined) this.once('connect', listener as () => void);
    if (this[kCarriage].channel !== undefined) {
      process.nextTick(() => {
        if (this[kCarriage].channel !== undefined) this.emit('connect');
      });
    }
    return this;
  }

  /**
   * Writes as `net.Socket` does. After both sides have ended it fails with `EPIPE`.
   * @returns `false` when more should wait for 'drain'
   */
  override write(chunk: unknown, callback?: WriteCallback): boolean;
  override write(chunk: unknown, encoding?: BufferEncoding, callback?: WriteCallback): boolean;
  override write(
    chunk: unknown,
    encoding?: BufferEncoding | WriteCallback,
    callback?: WriteCallback,
  ): boolean {
    const ended = this.readableEnded && this.writableEnded && !this.allowHalfOpen;
    if (!ended && this.#state.name !== 'taken')
      return super.write(chunk, encoding as BufferEncoding, callback);
    const error = ended ? endedByOtherParty() : spliced();
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(done, error);
    this.destroy(error);
    return false;
  }

  /** Ends this side and destroys the socket once everything written has been sent. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Destroys it at once; the far side sees a reset even if this side had ended. */
  resetAndDestroy(): this {
    if (this.#state.name === 'open') this.#state.channel.abort();
    return this.destroy();
  }

  override destroy(error?: Error): this {
    super.destroy(error);
    // The stream waits for `_construct` before it calls `_destroy`: opening must not delay that.
    if (this.#state.name === 'opening') {
      this.#state.abort.abort();
      this.#completeConstruct();
    }
    return this;
  }

  /** @internal For `splice()`. `undefined` unless open, readable and writable, with nobody else reading. */
  [kTakeChannel](): TakenChannel | undefined {
    const state = this.#state;
    if (state.name !== 'open' || this.destroyed || this.writableEnded) return undefined;
    // What was read is missing; an end that came without a byte is not.
    if (this.readableEnded && state.channel.bytesRead > 0) return undefined;
    if (this.readableEncoding !== null || this.listenerCount('data') + this.listenerCount('readable') > 0) {
      return undefined;
    }
    const { channel, started } = state;
    // From here on an end of reading must not end the writing.
    this.allowHalfOpen = true;
    this.pause();
    letGo(channel);
    const taken: TakenChannel = {
      channel,
      started,
      chunks: [],
      ended: this.#peerEnded,
      flushed: (callback) => {
        this.#onFlushed = callback;
        this.#checkFlushed();
      },
      onDestroy: () => channel.abort(),
      release: (error) => {
        if (this.#state.name === 'taken') this.#close();
        this.destroy(error);
      },
    };
    this.#state = { name: 'taken', channel, taken };
    const chunks: Buffer[] = [];
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) chunks.push(chunk);
    this[kCarriage].restoreRef();
    return Object.assign(taken, { chunks });
  }

  override _construct(done: WriteCallback): void {
    if (this.#state.name !== 'opening' || this.destroyed) {
      done();
      return;
    }
    this.#constructed = done;
    // Out of the promise before any event: what a listener throws must not become an unhandled rejection.
    this.#open(this.#state.abort.signal).then(
      (channel) => process.nextTick(() => this.#onOpen(channel)),
      (error: Error) => process.nextTick(() => this.#completeConstruct(error)),
    );
  }

  override _read(): void {
    if (this.#state.name === 'open') this.#state.channel.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: WriteCallback): void {
    this.#send([chunk], done);
  }

  override _writev(chunks: ReadonlyArray<{ chunk: Uint8Array }>, done: WriteCallback): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: WriteCallback): void {
    if (this.#state.name === 'open') {
      this.#state.channel.end((error) => done(error ? writeFailed(error) : null));
    } else {
      done();
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const state = this.#state;
    this.#close();
    this[kCarriage].idle.clear();
    if (state.name === 'open') this.#leave(state.channel, error);
    if (state.name === 'taken') state.taken.onDestroy(error);
    done(error);
    process.nextTick(() => this.emit('close', error !== null));
  }

  #close(): void {
    this.#state = { name: 'closed' };
    this[kCarriage].close();
  }

  #completeConstruct(error?: Error): void {
    const done = this.#constructed;
    this.#constructed = undefined;
    done?.(error);
  }

  #onOpen(channel: Channel): void {
    if (this.#state.name !== 'opening' || this.destroyed) {
      letGo(channel);
      channel.abort();
      return;
    }
    const state = { name: 'open' as const, channel, started: false };
    this.#state = state;
    this[kCarriage].open(channel);
    channel.onData = (payload) => this.#onData(payload);
    channel.onEnd = () => this.#onEnd();
    channel.onCut = (cause) => this.#onCut(connectionReset(cause));

    this.#completeConstruct();
    this.emit('connect');
    this.emit('ready');
    // A listener may have destroyed the socket, or taken the channel.
    if (this.#state !== state) return;
    state.started = true;
    channel.start();
  }

  #onData(payload: Buffer): boolean {
    this[kCarriage].idle.touch();
    try {
      return this.push(Buffer.from(payload));
    } catch (error) {
      // A 'data' listener threw. That is its own failure and not the connection's, so it must not pass the channel.
      process.nextTick(() => {
        throw error;
      });
      return true;
    }
  }

  /**
   * In a turn of its own: data and end may come in one read, and of a `net.Socket` they come in two. Promises that hang on the
   * last data, and what they listen for, are there before 'end' and 'close'.
   */
  #onEnd(): void {
    this.#peerEnded = true;
    setImmediate(() => {
      if (this.destroyed || this.#state.name !== 'open') return;
      this.push(null);
      // As net does: a socket that nobody reads from, and that holds nothing to be read, still ends.
      this.read(0);
    });
  }

  /** Not before an end that came earlier. */
  #onCut(error: Error): void {
    if (this.#peerEnded) setImmediate(() => this.destroy(error));
    else this.destroy(error);
  }

  #send(pieces: readonly Uint8Array[], done: WriteCallback): void {
    const carriage = this[kCarriage];
    const { channel } = carriage;
    if (channel === undefined) {
      done(writeFailed(new Error('The connection is closed')));
      return;
    }
    sendBounded(
      pieces,
      (batch, next) => {
        for (const piece of batch) carriage.bytesInFlight += piece.length;
        carriage.idle.touch();
        channel.sendAll(batch, next);
      },
      (error) => {
        carriage.bytesInFlight = 0;
        carriage.idle.touch();
        done(error ? writeFailed(error) : null);
        this.#checkFlushed();
      },
    );
  }

  #checkFlushed(): void {
    const callback = this.#onFlushed;
    if (callback === undefined || this.writableLength > 0) return;
    this.#onFlushed = undefined;
    callback();
  }

  #leave(channel: Channel, error: Error | null): void {
    if (error === null && this.writableFinished) {
      if (this.#peerEnded) letGo(channel);
      else linger(channel);
      return;
    }
    letGo(channel);
    channel.abort();
  }
}
