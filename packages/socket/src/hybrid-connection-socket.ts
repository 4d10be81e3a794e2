/**
 * A relayed connection that behaves like a `net.Socket`.
 *
 * It is there at once and opens in the background; what is written before that is held back, in order.
 * App to wire: the channel calls back once the kernel has taken the frames, and that completes `_write`.
 * Wire to app: when `push` returns false the channel stops reading, and TCP slows the far side down.
 * A Close frame ends one direction only (docs/protocol.md, section 3.7): the other stays open until its own.
 * A connection that was cut is an error, `ECONNRESET`, and never an end.
 *
 * Where it differs from `net.Socket` on purpose: `destroy()` before everything was ended is seen by the far side as a
 * failure, not as an end; and a destroyed one cannot be connected again.
 * @module
 */
import type net from 'node:net';
import { addAbortSignal, Duplex } from 'node:stream';
import { sendBounded } from './bounded-send.js';
import type { Channel, WriteCallback } from './channel.js';
import { IdleTimeout } from './idle-timeout.js';
import { letGo, linger } from './linger.js';
import { NO_ADDRESSES, type SocketAddresses } from './socket-addresses.js';
import { connectionReset, endedByOtherParty, spliced, writeFailed } from './socket-errors.js';
import { kTakeChannel, type TakenChannel } from './taken-channel.js';

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

/** The members of `net.Socket` besides a stream's own, held to its types by the compiler; `this` may be any stream. */
export type NetSocketFace = {
  readonly [Member in
    | 'address'
    | 'autoSelectFamilyAttemptedAddresses'
    | 'bufferSize'
    | 'bytesRead'
    | 'bytesWritten'
    | 'connect'
    | 'connecting'
    | 'destroySoon'
    | 'localAddress'
    | 'localFamily'
    | 'localPort'
    | 'pending'
    | 'readyState'
    | 'ref'
    | 'remoteAddress'
    | 'remoteFamily'
    | 'remotePort'
    | 'resetAndDestroy'
    | 'setKeepAlive'
    | 'setNoDelay'
    | 'setTimeout'
    | 'timeout'
    | 'unref']: net.Socket[Member] extends (...args: infer Args) => net.Socket
    ? (...args: Args) => Duplex
    : net.Socket[Member];
};

type State =
  | { readonly name: 'opening'; readonly abort: AbortController }
  | { readonly name: 'open'; readonly channel: Channel; started: boolean }
  | { readonly name: 'taken'; readonly channel: Channel; readonly taken: TakenChannel }
  /** With the channel that it had, for its counters. */
  | { readonly name: 'closed'; readonly channel: Channel | undefined };

/**
 * One relayed connection, as either end sees it.
 *
 * Emits what `net.Socket` emits: 'connect' and 'ready' when it is open, 'close' with `hadError`, 'timeout'.
 */
export class HybridConnectionSocket extends Duplex implements NetSocketFace {
  readonly #open: OpenChannel;
  #state: State = { name: 'opening', abort: new AbortController() };
  /** Completes `_construct`, until which the stream holds back writes, `_final` and `_destroy`. */
  #constructed: WriteCallback | undefined;
  readonly #idle = new IdleTimeout(
    () => this.emit('timeout'),
    () => this.#progress(),
  );
  #addresses: SocketAddresses = NO_ADDRESSES;
  /** Set before the connection is open, and then passed on to it. */
  #referenced = true;
  #keepAlive: Parameters<net.Socket['setKeepAlive']> | undefined;
  /** The far side has closed its direction. */
  #peerEnded = false;
  /** Of the write under way, what the channel has been given. */
  #bytesInFlight = 0;
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
    if (this.#channel !== undefined) {
      process.nextTick(() => {
        if (this.#channel !== undefined) this.emit('connect');
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

  /** Emits 'timeout' after `ms` milliseconds with no data in either direction; 0 switches that off. Closes nothing. */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.destroyed) return this;
    this.#idle.set(ms);
    if (callback === undefined) return this;
    return ms === 0 ? this.removeListener('timeout', callback) : this.once('timeout', callback);
  }

  /** What `setTimeout` was given, in milliseconds. */
  get timeout(): number | undefined {
    return this.#idle.ms;
  }

  /** Does nothing: no part of a relayed connection ever delays small writes. */
  setNoDelay(_noDelay?: boolean): this {
    return this;
  }

  /** Sets TCP keep-alive on the connection to the relay; the relay is pinged besides. */
  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.#keepAlive = [enable, initialDelay];
    this.#channel?.setKeepAlive(enable, initialDelay);
    return this;
  }

  /** Lets the process stay alive for this connection, which is how it begins. */
  ref(): this {
    this.#referenced = true;
    this.#channel?.ref();
    return this;
  }

  /** Lets the process end in spite of this connection; before it is open, from when it is. */
  unref(): this {
    this.#referenced = false;
    this.#channel?.unref();
    return this;
  }

  /** The local end of the connection to the relay; empty before it is open. */
  address(): net.AddressInfo | Record<string, never> {
    return this.#addresses.bound;
  }

  /** The relay's address; `undefined` before the connection is open. */
  get remoteAddress(): string | undefined {
    return this.#addresses.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#addresses.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.#addresses.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this.#addresses.localAddress;
  }

  get localPort(): number | undefined {
    return this.#addresses.localPort;
  }

  get localFamily(): string | undefined {
    return this.#addresses.localFamily;
  }

  /** The relay's addresses that were tried, when its name has several. */
  get autoSelectFamilyAttemptedAddresses(): string[] {
    return [...this.#addresses.attempted];
  }

  /** Payload bytes received. */
  get bytesRead(): number {
    return this.#anyChannel?.bytesRead ?? 0;
  }

  /** Payload bytes sent, or held back to be sent. */
  get bytesWritten(): number {
    return (this.#anyChannel?.bytesWritten ?? 0) + this.writableLength - this.#bytesInFlight;
  }

  /** The same as `writableLength`, under the name it had in old versions of Node. */
  get bufferSize(): number {
    return this.writableLength;
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
        if (this.#state.name === 'taken') this.#state = { name: 'closed', channel };
        this.destroy(error);
      },
    };
    this.#state = { name: 'taken', channel, taken };
    const chunks: Buffer[] = [];
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) chunks.push(chunk);
    if (this.#referenced) channel.ref();
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
    this.#state = { name: 'closed', channel: this.#anyChannel };
    this.#idle.clear();
    if (state.name === 'open') this.#leave(state.channel, error);
    if (state.name === 'taken') state.taken.onDestroy(error);
    done(error);
    process.nextTick(() => this.emit('close', error !== null));
  }

  get #channel(): Channel | undefined {
    return this.#state.name === 'open' || this.#state.name === 'taken' ? this.#state.channel : undefined;
  }

  get #anyChannel(): Channel | undefined {
    return this.#state.name === 'opening' ? undefined : this.#state.channel;
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
    this.#addresses = channel.addresses;
    if (!this.#referenced) channel.unref();
    if (this.#keepAlive !== undefined) channel.setKeepAlive(...this.#keepAlive);
    channel.onData = (payload) => this.#onData(payload);
    channel.onEnd = () => this.#onEnd();
    channel.onCut = (cause) => this.destroy(connectionReset(cause));
    this.#idle.touch();

    this.#completeConstruct();
    this.emit('connect');
    this.emit('ready');
    // A listener may have destroyed the socket, or taken the channel.
    if (this.#state !== state) return;
    state.started = true;
    channel.start();
  }

  #onData(payload: Buffer): boolean {
    this.#idle.touch();
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

  #onEnd(): void {
    this.#peerEnded = true;
    this.push(null);
    // As net does: a socket that nobody reads from, and that holds nothing to be read, still ends.
    this.read(0);
  }

  #send(pieces: readonly Uint8Array[], done: WriteCallback): void {
    const channel = this.#channel;
    if (channel === undefined) {
      done(writeFailed(new Error('The connection is closed')));
      return;
    }
    sendBounded(
      pieces,
      (batch, next) => {
        for (const piece of batch) this.#bytesInFlight += piece.length;
        this.#idle.touch();
        channel.sendAll(batch, next);
      },
      (error) => {
        this.#bytesInFlight = 0;
        this.#idle.touch();
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

  /** Changes as soon as bytes have moved, also those of a long write, and those that are moved below the streams. */
  #progress(): number {
    const channel = this.#channel;
    if (channel === undefined) return 0;
    return channel.bytesRead + channel.bytesWritten - channel.queuedBytes;
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
