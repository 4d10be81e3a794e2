/**
 * Reads a TLS connection for a conduit: each record lands in the buffer that all idle connections share, instead of one of
 * its own, and full ones that arrive together are put together.
 *
 * Node hands over records that it has read already although nobody wants them now. Those are given to the socket, which
 * keeps them, in order and before its end, until it is resumed; then they come as 'data' events. A socket that cannot be
 * read into a buffer of ours has nothing but those. docs/decisions/0053 says what this is for.
 * @module
 */
import type net from 'node:net';
import { HEADROOM_BYTES, sharedPool as pool } from './buffer-pool.js';
import { landing } from './read-buffer.js';
import { RecordRun } from './record-run.js';
import { type OnRead, readInto } from './take-over.js';

/** Whose bytes they are. */
export interface RecordOwner {
  /** Bytes are wanted now. */
  readonly isReading: boolean;
  /**
   * Takes bytes in `bytes[start..end)`, lent.
   * @returns `false` when they stay lent, and the socket has been paused.
   */
  deliver(bytes: Buffer, start: number, end: number): boolean;
  /** Is to give this to the pool when what was delivered last is free. */
  keep(buffer: Buffer): void;
  /**
   * Whether to read on in this turn of the event loop.
   * @param bytes - how many have just been read, if there may be more of them; 0 if not.
   */
  mayReadOn(bytes: number): boolean;
}

/** The reading side of one connection. */
export class RecordReader {
  readonly #socket: net.Socket;
  readonly #owner: RecordOwner;
  /** What has arrived in this turn of the event loop. */
  #run: RecordRun | undefined;

  /** @param socket - open, or still connecting; not being read. */
  constructor(socket: net.Socket, owner: RecordOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on('data', (bytes: Buffer) => {
      if (!this.#onChunk(bytes, false)) socket.pause();
    });
    if (socket.connecting) socket.once('secureConnect', () => this.#readInto());
    else this.#readInto();
  }

  /** Delivers what has arrived, unless nobody wants it. */
  deliver(): void {
    if (this.#run === undefined || this.#run.isEmpty || !this.#owner.isReading) return;
    const { buffer, end } = this.#run.take();
    if (this.#owner.deliver(buffer, HEADROOM_BYTES, end)) pool.give(buffer);
    else this.#owner.keep(buffer);
  }

  /** Forgets what has arrived. */
  drop(): void {
    if (this.#run !== undefined && !this.#run.isEmpty) pool.give(this.#run.take().buffer);
  }

  #readInto(): void {
    const onRead: OnRead = {
      buffer: () => landing,
      callback: (bytesRead) => {
        const record = landing.subarray(0, bytesRead);
        if (this.#owner.isReading && this.#socket.readableLength === 0) return this.#onChunk(record, true);
        this.#socket.push(Buffer.from(record));
        return false;
      },
    };
    readInto(this.#socket, onRead);
  }

  /**
   * A record, or what a 'data' event brought.
   * @param isShared - whether the bytes lie in the landing buffer; otherwise they are this connection's alone.
   * @returns whether to read on.
   */
  #onChunk(bytes: Buffer, isShared: boolean): boolean {
    const begins = this.#run === undefined || this.#run.isEmpty;
    if (begins && !RecordRun.beginsWith(bytes)) {
      const isFree = isShared ? this.#deliverCopy(bytes) : this.#owner.deliver(bytes, 0, bytes.length);
      return isFree && this.#owner.mayReadOn(0);
    }
    this.#run ??= new RecordRun(pool);
    if (begins) setImmediate(deliverRun, this);
    if (this.#run.add(bytes)) return true;
    this.deliver();
    return this.#owner.isReading && this.#owner.mayReadOn(bytes.length);
  }

  /** Small ones are delivered from the one buffer that copies of all connections go into. */
  #deliverCopy(bytes: Buffer): boolean {
    const copy = pool.copyOf(bytes, bytes.length);
    const isFree = this.#owner.deliver(copy, HEADROOM_BYTES, HEADROOM_BYTES + bytes.length);
    if (!isFree) this.#owner.keep(pool.keepCopy());
    return isFree;
  }
}

/** One function for all connections, so that an idle one does not keep closures. */
function deliverRun(reader: RecordReader): void {
  reader.deliver();
}
