/**
 * A TCP, TLS or pipe connection as bytes that are lent, not given.
 *
 * In: the sink is called with each read and may change the bytes where they lie. What it wants to keep it copies. When
 * it answers `false` the bytes stay lent, and nothing more is read, until `resume()`; TCP then slows the peer down.
 * Out: `write` says whether the kernel has taken everything; if not, `onDrain` follows once it has. So one buffer a
 * direction is all that a connection ever holds.
 *
 * This is the lowest layer of the byte path; frames are in `data-channel.ts`, and in the relay's bridge. How TLS is read
 * is in `record-reader.ts`.
 * @module
 */
import type net from 'node:net';
import { HEADROOM_BYTES, sharedPool as pool } from './buffer-pool.js';
import { type ConduitConnectOptions, connectPlain, connectSecure } from './connect-socket.js';
import { endSocket } from './end-socket.js';
import { isHiddenReset } from './hidden-reset.js';
import { ReadTurns } from './read-budget.js';
import { ReadBuffer } from './read-buffer.js';
import { type RecordOwner, RecordReader } from './record-reader.js';
import { resetSocket } from './reset-socket.js';
import { connectionReset } from './socket-errors.js';
import { type OnRead, takeOver, unread } from './take-over.js';

/** Who hears what a conduit does. Nothing here may throw. */
export interface ConduitSink {
  /**
   * Bytes arrived in `bytes[start..end)`, lent: they, and whatever stands before `start`, may be overwritten.
   * @returns `false` to keep the bytes lent and stop reading until `resume()`.
   */
  onBytes(bytes: Buffer, start: number, end: number): boolean;
  /** The kernel has taken all that was written, after a `write` that answered `false`. */
  onDrain(): void;
  /** The peer sends no more (FIN). All that it sent before has been handed over. */
  onEnd(): void;
  /** The connection is gone; nothing follows. `error` says why when it was not closed in order. */
  onClose(error: Error | undefined): void;
}

/** All connections of a process take turns. */
const turns = new ReadTurns();

/** A connection that was taken over: from here on only the conduit touches its socket's reading and writing. */
export class Conduit implements RecordOwner {
  /** Set before `start()`; may be exchanged between two calls of it. */
  sink!: ConduitSink;
  #socket!: net.Socket;
  #head: Buffer | undefined;
  /** `undefined` for TLS, and for a socket that can only read by 'data' events. */
  #buffer: ReadBuffer | undefined = new ReadBuffer(pool);
  /** Bytes read in this turn of the event loop, as far as there may be more. */
  #readInARow = 0;
  /** Bytes are lent to the sink, or its user wants nothing: no reading. */
  #held = false;
  /** Of one without a buffer. */
  #records: RecordReader | undefined;
  /** The copy or run that is lent, to be given back to the pool. */
  #lent: Buffer | undefined;
  #started = false;
  #closed = false;
  #blocked = false;
  /** Bytes that went past the stream's queue, as long as the kernel has not taken them. */
  #direct = 0;
  #endsAfterDirect = false;
  /** The FIN is here, and was not told yet. */
  #endToTell = false;
  #error: Error | undefined;
  /** One function for all writes of a kind, so that a write allocates no closure. */
  readonly #onDirect = (error?: Error | null): void => {
    this.#direct = 0;
    if (error) this.#socket.destroy(error);
    else if (this.#endsAfterDirect) endSocket(this.#socket);
    this.#checkDrained();
  };
  /** Made with the first write that is queued; most connections never have one. */
  #onQueued: (() => void) | undefined;

  private constructor() {}

  /**
   * Takes over an open socket, accepted or dialled, with the bytes that were already read from it.
   * The socket object must not be used afterwards: {@link Conduit.socket} is the live one.
   */
  static adopt(socket: net.Socket, head?: Uint8Array): Conduit {
    const conduit = new Conduit();
    socket.pause();
    const early = [...(head === undefined || head.length === 0 ? [] : [head]), ...unread(socket)];
    if (early.length > 0) conduit.#head = Buffer.concat([Buffer.allocUnsafe(HEADROOM_BYTES), ...early]);
    const taken = takeOver(socket, conduit.#onRead());
    if (taken !== undefined) taken.pause();
    else conduit.#buffer = undefined;
    conduit.#attach(taken ?? socket);
    // Of one that was not taken over, an 'end' is not emitted twice.
    if (taken === undefined && socket.readableEnded) conduit.socketEnded();
    return conduit;
  }

  /** Dials. 'connect', or 'secureConnect' with TLS, is emitted by {@link Conduit.socket}; a failure comes by `onClose`. */
  static connect(options: ConduitConnectOptions): Conduit {
    const conduit = new Conduit();
    const { tls } = options;
    if (tls !== undefined) conduit.#buffer = undefined;
    conduit.#attach(
      tls === undefined ? connectPlain(options, conduit.#onRead()) : connectSecure({ ...options, tls }),
    );
    return conduit;
  }

  /** The live socket: for its addresses, options and timers; never for its data. */
  get socket(): net.Socket {
    return this.#socket;
  }

  /** Not everything that was written has been taken by the kernel. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** What was written and the kernel has not taken, in bytes. */
  get queuedBytes(): number {
    return this.#socket.writableLength + this.#direct;
  }

  /** Reading is stopped, because the sink holds the bytes of the last read. */
  get held(): boolean {
    return this.#held;
  }

  /** Begins to read, with the bytes that were there before. */
  start(): void {
    this.#started = true;
    this.#held = false;
    // Who had the sink before may have kept its last bytes, and has done with them.
    this.#reclaim();
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined && !this.sink.onBytes(head, HEADROOM_BYTES, head.length)) this.#held = true;
    if (!this.#held) this.#readOn();
  }

  /** Reads on after the sink answered `false`; the bytes that it had are no longer lent. */
  resume(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#reclaim();
    if (this.#started && !this.#socket.destroyed) this.#readOn();
  }

  /**
   * Writes; the bytes must stay as they are until the kernel has them.
   * @returns `true` when it has them already; `false` when `onDrain` will say so.
   */
  write(bytes: Uint8Array): boolean {
    // Nothing to write is nothing to wait for, and would be told as if what follows it were written.
    if (bytes.length > 0 && this.#mayWriteDirectly()) {
      this.#direct = bytes.length;
      // What `write` of a stream comes to in the end, without what it does for those who queue, wait and cork: half of
      // what a small message costs here (docs/decisions/0063).
      this.#socket._write(bytes, 'buffer' as BufferEncoding, this.#onDirect);
    } else {
      this.#queue(bytes);
    }
    return this.#noteWritten();
  }

  /** Writes several pieces with one system call. */
  writeAll(pieces: readonly Uint8Array[]): boolean {
    const last = pieces.length - 1;
    if (last < 0) return !this.#blocked;
    if (last === 0) return this.write(pieces[0]!);
    this.#socket.cork();
    for (let i = 0; i < last; i += 1) this.#socket.write(pieces[i]!);
    this.#queue(pieces[last]!);
    this.#socket.uncork();
    return this.#noteWritten();
  }

  /** Writes. `done` is called once the kernel has the bytes, and until then they stay as they are; or with what prevented that. */
  send(bytes: Uint8Array, done: (error?: Error | null) => void): void {
    if (!this.#blocked) {
      this.#socket.write(bytes, done);
      return;
    }
    // An `onDrain` that is due waits for these, too, so they have to tell it.
    this.#socket.write(bytes, (error) => {
      done(error);
      this.#checkDrained();
    });
  }

  /** Sends what is queued, then FIN. Reading goes on. */
  end(): void {
    // A FIN that waits behind bytes of which the stream does not know could not be overtaken by a reset.
    if (this.#direct > 0) this.#endsAfterDirect = true;
    else endSocket(this.#socket);
  }

  /** Closes at once; the peer sees an end, or a reset when it was still sending. */
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#records?.drop();
    this.#socket.destroy();
  }

  /** Closes at once so that the peer sees a failure: RST where the transport has it. */
  reset(error?: Error): void {
    this.#error ??= error;
    this.#records?.drop();
    resetSocket(this.#socket);
  }

  /** Nothing is queued before, and the stream has nothing to say about it. */
  #mayWriteDirectly(): boolean {
    const socket = this.#socket;
    return (
      this.#buffer !== undefined &&
      this.queuedBytes === 0 &&
      !socket.writableEnded &&
      !socket.connecting &&
      !socket.destroyed
    );
  }

  #queue(bytes: Uint8Array): void {
    this.#onQueued ??= () => this.#checkDrained();
    this.#socket.write(bytes, this.#onQueued);
  }

  #checkDrained(): void {
    if (!this.#blocked || this.queuedBytes > 0) return;
    this.#blocked = false;
    this.sink.onDrain();
  }

  #noteWritten(): boolean {
    if (this.queuedBytes === 0) return true;
    this.#blocked = true;
    return false;
  }

  #onRead(): OnRead {
    const buffer = this.#buffer!;
    return {
      buffer: () => buffer.next(),
      callback: (bytesRead) => {
        const bytes = buffer.filled(bytesRead);
        this.#held = !this.sink.onBytes(bytes, HEADROOM_BYTES, HEADROOM_BYTES + bytesRead);
        if (this.#held && buffer.isCopied) this.#lent = pool.keepCopy();
        const more = buffer.isFull(bytesRead);
        buffer.adapt(bytesRead, this.#held);
        if (this.#held) return false;
        return this.mayReadOn(more ? bytesRead : 0);
      },
    };
  }

  #attach(socket: net.Socket): void {
    this.#socket = socket;
    socket.allowHalfOpen = true;
    (socket as ConduitSocket)[kConduit] = this;
    // Not `once`: each of the two comes once, and hanging on it for that would weigh more than the listener.
    socket.on('error', onSocketError).on('end', onSocketEnd).on('close', onSocketClose);
    if (this.#buffer !== undefined) return;
    this.#records = new RecordReader(socket, this);
  }

  /** @internal */
  socketFailed(error: Error): void {
    this.#error ??= error;
  }

  /** @internal */
  socketClosed(): void {
    this.#closed = true;
    turns.leave(this);
    this.#records?.deliver();
    if (!this.#held) this.#reclaim();
    if (this.#error === undefined) this.#tellEnd();
    this.sink.onClose(this.#error);
  }

  /** @internal */
  socketEnded(): void {
    if (isHiddenReset(this.#socket)) {
      this.#socket.destroy(connectionReset(undefined));
      return;
    }
    this.#endToTell = true;
    this.#records?.deliver();
    if (this.#started && !this.#held) this.#tellEnd();
  }

  #readOn(): void {
    this.#socket.resume();
    this.#tellEnd();
  }

  /** A socket that reads by 'data' events hears of a FIN also while it is paused, before the sink has had the bytes. */
  #tellEnd(): void {
    if (!this.#endToTell) return;
    this.#endToTell = false;
    this.sink.onEnd();
  }

  /**
   * @internal Whether to read on in this turn of the event loop. If not, reading goes on in the next.
   * @param bytes - how many have just been read, if there may be more of them; 0 if not.
   */
  mayReadOn(bytes: number): boolean {
    this.#readInARow = bytes === 0 ? 0 : this.#readInARow + bytes;
    if (turns.mayReadOn(this, this.#readInARow)) return true;
    this.#readInARow = 0;
    setImmediate(readInNextTurn, this);
    return false;
  }

  /** @internal */
  nextTurn(): void {
    if (!this.#held && !this.#socket.destroyed) this.#socket.resume();
  }

  /** Takes back what was lent, as far as it is not needed any more. */
  #reclaim(): void {
    if (this.#closed) this.#buffer?.release();
    if (this.#lent !== undefined) pool.give(this.#lent);
    this.#lent = undefined;
  }

  /** @internal For the reader of records: bytes are wanted now. */
  get isReading(): boolean {
    return this.#started && !this.#held;
  }

  /** @internal For the reader of records. */
  deliver(bytes: Buffer, start: number, end: number): boolean {
    if (this.sink.onBytes(bytes, start, end)) return true;
    this.#held = true;
    this.#socket.pause();
    return false;
  }

  /** @internal For the reader of records. */
  keep(buffer: Buffer): void {
    this.#lent = buffer;
  }
}

/** By which a socket knows its conduit, so that all sockets share their listeners. */
const kConduit: unique symbol = Symbol('conduit');

interface ConduitSocket extends net.Socket {
  [kConduit]: Conduit;
}

/*
 * One function each for all connections: closures, and what `once` hangs on them, would be a seventh of what an idle one weighs.
 */

function onSocketError(this: net.Socket, error: Error): void {
  (this as ConduitSocket)[kConduit].socketFailed(error);
}

function onSocketEnd(this: net.Socket): void {
  (this as ConduitSocket)[kConduit].socketEnded();
}

function onSocketClose(this: net.Socket): void {
  (this as ConduitSocket)[kConduit].socketClosed();
}

function readInNextTurn(conduit: Conduit): void {
  conduit.nextTurn();
}
