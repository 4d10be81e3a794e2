/**
 * One stream of a multiplexed session: a {@link Channel} that shares its rendezvous with others.
 *
 * Out: what is to be sent stays with its writer until the peer's window and the session's buffer have room for it, a
 * slice at a time. In: payload goes to the reader as it arrives. When the reader has had enough, payload is kept here,
 * up to the window that the peer was given; window is given back as the reader takes it. So a reader that stalls holds
 * up its own stream alone. An end closes one direction, a reset both; what arrives after a reset is dropped.
 *
 * Source: docs/protocol.md, "Extensions".
 * @module
 */
import {
  bareFrame,
  type Close,
  CloseCode,
  MAX_MULTIPLEX_DATA_BYTES,
  MULTIPLEX_HEADER_BYTES,
  MultiplexFrame,
  RelayError,
  windowFrame,
  writeMultiplexHeader,
} from '@hybridge/protocol';
import type { Channel, WriteCallback } from '../channel.js';
import type { SocketAddresses } from '../socket-addresses.js';
import { HeldPayload } from './held-payload.js';
import type { SessionOutput, Slicer } from './output.js';
import { ReceiveWindow, type WindowHost } from './receive-window.js';
import type { Scratch } from './scratch.js';

/** What a stream needs from its session. */
export interface StreamHost extends WindowHost {
  readonly output: SessionOutput;
  readonly scratch: Scratch;
  readonly addresses: SocketAddresses;
  setKeepAlive(enable?: boolean, initialDelayMs?: number): void;
  /** The stream keeps the process alive from now on, or no longer. */
  hold(): void;
  release(): void;
  /** The stream was given payload in this read, and its reader may keep it. */
  touched(stream: MultiplexStream): void;
  /** Nothing more comes from or goes to the stream. */
  over(stream: MultiplexStream): void;
}

/** What a stream that ended says of its end: as a connection whose Close frame was in order. */
const ENDED: Close = { code: CloseCode.normal, reason: '' };

/** Ours: of several streams with much to send each gets this much in its turn. */
const SLICE_BYTES = MAX_MULTIPLEX_DATA_BYTES / 2;

/** As much as a busy connection reads at once. */
const BATCH_BYTES = 256 * 1024;

/** Marks a reader that takes payload at once, or copies it. */
const KEEPS_NOTHING = (): boolean => true;

const NO_PIECES: readonly Uint8Array[] = [];

/** One stream; made by its session. */
export class MultiplexStream implements Channel, Slicer {
  onData: (payload: Buffer) => boolean = () => true;
  onReadEnd: () => boolean = KEEPS_NOTHING;
  onEnd: (close: Close) => void = () => undefined;
  onCut: (cause: RelayError) => void = () => undefined;
  onDrain: () => void = () => undefined;
  onClose: () => void = () => undefined;

  readonly id: number;
  readonly #host: StreamHost;
  bytesRead = 0;
  bytesWritten = 0;
  #isRef = true;

  /** What the peer may still be sent. */
  #credit: number;
  /** What is being sent: pieces, of which the one at `#index` has gone up to `#from`. */
  #pieces: readonly Uint8Array[] = NO_PIECES;
  #index = 0;
  #from = 0;
  #pending = 0;
  #done: WriteCallback | undefined;
  /** The write was `sendInPlace`, and has answered `false`. */
  #lent = false;
  #ending: 'no' | 'wanted' | 'sent' = 'no';
  #endDone: WriteCallback | undefined;

  readonly #window: ReceiveWindow;
  /** Payload that the reader did not want yet. */
  readonly #held = new HeldPayload();
  #wanted = false;
  #delivering = false;
  #touched = false;
  #peerEnded: 'no' | 'received' | 'told' = 'no';
  #over = false;
  #started = false;
  /** Why it was cut when nobody listened yet. */
  #cutBefore: RelayError | undefined;

  /**
   * @param credit - what the peer gave as window.
   * @param window - what the peer was given; taken from the host's budget, to which it goes back.
   * @param givenAt - when, by the host's clock.
   */
  constructor(id: number, host: StreamHost, credit: number, window: number, givenAt: number) {
    this.id = id;
    this.#host = host;
    this.#credit = credit;
    this.#window = new ReceiveWindow(host, window, givenAt);
    host.hold();
  }

  get addresses(): SocketAddresses {
    return this.#host.addresses;
  }

  get queuedBytes(): number {
    return this.#pending;
  }

  start(): void {
    this.#started = true;
    const cause = this.#cutBefore;
    if (cause === undefined) this.resume();
    else process.nextTick(() => this.#tellCut(cause));
  }

  resume(): void {
    this.#wanted = true;
    if (!this.#delivering) this.#deliverHeld();
  }

  /** One write at a time: the next may come once `done` was called. */
  sendAll(pieces: readonly Uint8Array[], done: WriteCallback): void {
    if (!this.#mayWrite(done)) return;
    let length = 0;
    for (const piece of pieces) length += piece.length;
    this.#done = done;
    this.#write(pieces, length);
    if (length === 0) this.#written();
  }

  sendInPlace(bytes: Buffer, start: number, end: number): boolean {
    if (this.#over || this.#ending !== 'no') return true;
    this.#write([bytes.subarray(start, end)], end - start);
    this.#lent = this.#pending > 0;
    return !this.#lent;
  }

  end(done: WriteCallback = () => undefined): void {
    if (!this.#mayWrite(done)) return;
    this.#ending = 'wanted';
    this.#endDone = done;
    this.#host.output.ready(this);
  }

  abort(): void {
    if (this.#cutBefore !== undefined && !this.#started) {
      this.#started = true;
      this.#tellClose();
    }
    if (this.#over) return;
    this.#host.output.frame(bareFrame(MultiplexFrame.reset, this.id));
    this.#finish();
    this.#tellClose();
  }

  ref(): void {
    if (this.#isRef) return;
    this.#isRef = true;
    if (!this.#over) this.#host.hold();
  }

  unref(): void {
    if (!this.#isRef) return;
    this.#isRef = false;
    if (!this.#over) this.#host.release();
  }

  setKeepAlive(enable?: boolean, initialDelayMs?: number): void {
    this.#host.setKeepAlive(enable, initialDelayMs);
  }

  /** @internal The session's turn for this stream. */
  fill(target: Buffer, at: number, end: number): number {
    let to = at;
    const length = Math.min(this.#pending, this.#credit, SLICE_BYTES, end - at - MULTIPLEX_HEADER_BYTES);
    if (length > 0) {
      to = writeMultiplexHeader(target, at, MultiplexFrame.data, this.id, length);
      to = this.#copy(target, to, length);
      this.#credit -= length;
      this.#pending -= length;
      if (this.#pending === 0) this.#written();
    }
    if (this.#ending === 'wanted' && this.#pending === 0 && end - to >= MULTIPLEX_HEADER_BYTES) {
      to = writeMultiplexHeader(target, to, MultiplexFrame.end, this.id, 0);
      this.#ended();
    }
    return to;
  }

  /** @internal */
  get hasMore(): boolean {
    return (this.#pending > 0 && this.#credit > 0) || (this.#ending === 'wanted' && this.#pending === 0);
  }

  /** @internal Payload arrived, lent for the call. @throws RelayError `ERR_RELAY_PROTOCOL` beyond window or end. */
  receive(bytes: Buffer, start: number, end: number): void {
    if (!this.#window.receive(end - start)) throw broken(this.id, 'it sends more than its window');
    if (this.#peerEnded !== 'no') throw broken(this.id, 'it sends after its end');
    if (!this.#wanted || this.#delivering || !this.#held.isEmpty) {
      this.#held.push(bytes, start, end);
    } else if (this.onReadEnd === KEEPS_NOTHING) {
      this.#deliver(bytes.subarray(start, end));
    } else {
      if (!this.#touched) this.#host.touched(this);
      this.#touched = true;
      this.#deliver(this.#host.scratch.copy(bytes, start, end));
    }
  }

  /** @internal The read is over in which payload came. @returns whether the reader is done with it. */
  readEnd(): boolean {
    this.#touched = false;
    if (this.#over) return true;
    const isFree = this.onReadEnd();
    if (!isFree) this.#wanted = false;
    return isFree;
  }

  /** @internal How far the peer is, is known better than when it was given a window. */
  widen(): void {
    const bytes = this.#window.widen();
    if (bytes > 0) this.#host.output.frame(windowFrame(this.id, bytes));
  }

  /** @internal The peer takes so many bytes more. @throws RelayError `ERR_RELAY_PROTOCOL` */
  receiveWindow(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit >= 2 ** 31) throw broken(this.id, 'it gives a window above 2 GiB');
    if (this.#pending > 0) this.#host.output.ready(this);
  }

  /** @internal The peer has closed its direction. @throws RelayError `ERR_RELAY_PROTOCOL` the second time. */
  receiveEnd(): void {
    if (this.#peerEnded !== 'no') throw broken(this.id, 'it ends twice');
    this.#peerEnded = 'received';
    if (this.#held.isEmpty && !this.#delivering && this.#wanted) this.#tellEnd();
  }

  /** @internal The peer, or the connection underneath, has cut the stream. */
  cut(cause: RelayError): void {
    if (this.#over) return;
    this.#finish();
    if (this.#started) this.#tellCut(cause);
    else this.#cutBefore = cause;
  }

  #write(pieces: readonly Uint8Array[], length: number): void {
    this.#pieces = pieces;
    this.#index = 0;
    this.#from = 0;
    this.#pending = length;
    this.bytesWritten += length;
    if (this.hasMore) this.#host.output.ready(this);
  }

  #copy(target: Buffer, at: number, length: number): number {
    const stop = at + length;
    for (let to = at; to < stop; ) {
      const piece = this.#pieces[this.#index]!;
      const part = Math.min(piece.length - this.#from, stop - to);
      const isWhole = this.#from === 0 && part === piece.length;
      target.set(isWhole ? piece : piece.subarray(this.#from, this.#from + part), to);
      to += part;
      this.#from += part;
      if (this.#from < piece.length) break;
      this.#index += 1;
      this.#from = 0;
    }
    return stop;
  }

  #written(): void {
    this.#pieces = NO_PIECES;
    const done = this.#done;
    this.#done = undefined;
    // Not before its caller has returned: a long write would otherwise be one deep recursion.
    if (done !== undefined) process.nextTick(done);
    if (!this.#lent) return;
    this.#lent = false;
    this.onDrain();
  }

  #mayWrite(done: WriteCallback): boolean {
    if (!this.#over && this.#ending === 'no') return true;
    process.nextTick(done, closed());
    return false;
  }

  #ended(): void {
    this.#ending = 'sent';
    process.nextTick(this.#endDone!);
    this.#endDone = undefined;
    this.#checkOver();
  }

  #deliver(payload: Buffer): void {
    this.bytesRead += payload.length;
    const mayGive = this.#window.take(payload.length);
    if (!this.onData(payload)) this.#wanted = false;
    if (mayGive) this.#giveWindow();
  }

  #deliverHeld(): void {
    while (this.#wanted && !this.#held.isEmpty) {
      this.#deliverBatch();
      if (this.#over) return;
      this.readEnd();
    }
    if (this.#wanted && this.#peerEnded === 'received') this.#tellEnd();
  }

  /** No more at once than a read gives: a reader that writes it on may have to hold it. */
  #deliverBatch(): void {
    this.#delivering = true;
    for (let bytes = 0; this.#wanted && bytes < BATCH_BYTES; ) {
      const block = this.#held.take();
      if (block === undefined) break;
      bytes += block.length;
      this.#deliver(block);
    }
    this.#delivering = false;
  }

  #giveWindow(): void {
    if (this.#over || this.#peerEnded !== 'no') return;
    const bytes = this.#window.give();
    if (bytes > 0) this.#host.output.frame(windowFrame(this.id, bytes));
  }

  #tellEnd(): void {
    // What came before the end in the same read has to be written before it, too.
    if (this.#touched) this.readEnd();
    this.#peerEnded = 'told';
    this.onEnd(ENDED);
    this.#checkOver();
  }

  #checkOver(): void {
    if (!this.#over && this.#ending === 'sent' && this.#peerEnded === 'told') {
      this.#finish();
      this.#tellClose();
    }
  }

  #tellCut(cause: RelayError): void {
    this.onCut(cause);
    this.#tellClose();
  }

  #tellClose(): void {
    process.nextTick(tellClose, this);
  }

  #finish(): void {
    this.#over = true;
    this.#ending = 'sent';
    if (this.#done !== undefined) process.nextTick(this.#done, closed());
    if (this.#endDone !== undefined) process.nextTick(this.#endDone, closed());
    this.#done = undefined;
    this.#endDone = undefined;
    this.#pieces = NO_PIECES;
    this.#pending = 0;
    // What was lent is free: nobody reads it any more. Not told at once, but when all know that the stream is over.
    if (this.#lent) process.nextTick(tellDrain, this);
    this.#lent = false;
    this.#held.clear();
    const host = this.#host;
    host.output.forget(this);
    this.#window.close();
    if (this.#isRef) host.release();
    host.over(this);
  }
}

function tellClose(stream: Channel): void {
  stream.onClose();
}

function tellDrain(stream: Channel): void {
  stream.onDrain();
}

function closed(): RelayError {
  return new RelayError('ERR_RELAY_CLOSED', 'This direction of the relayed connection is closed');
}

function broken(stream: number, what: string): RelayError {
  return new RelayError(
    'ERR_RELAY_PROTOCOL',
    `The peer does not keep to the multiplex protocol: ${what} (stream ${stream})`,
  );
}
