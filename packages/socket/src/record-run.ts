/**
 * Puts the records of a TLS connection that arrive in one turn of the event loop together.
 *
 * Node hands over each record, 16 KiB, on its own. Passed on one by one, each costs a frame, a mask by words, a write and,
 * over TLS, an encryption of its own; together they are masked, encrypted and written at once, in one of the large
 * buffers. A full record is followed by more; one that is not full ends the run, so nothing small ever waits.
 * @module
 */
import { type BufferPool, HEADROOM_BYTES } from './buffer-pool.js';

/** A TLS record has 16,384 bytes of plain text at most; some senders leave a little of it free. Source: RFC 8446, 5.1. */
const FULL_RECORD_BYTES = 16_000;

/** Ours; measured. Node sends about 160 KiB of what it has encrypted at a time; more would take another turn. */
const RUN_BYTES = 128 * 1024;

/** A run of records, in a buffer of the pool from the first one on. */
export class RecordRun {
  readonly #pool: BufferPool;
  #buffer: Buffer | undefined;
  #end = HEADROOM_BYTES;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Whether a run begins with this chunk, rather than it being passed on as it is. */
  static beginsWith(chunk: Uint8Array): boolean {
    return chunk.length >= FULL_RECORD_BYTES;
  }

  /** No record has been added since the last was taken. */
  get isEmpty(): boolean {
    return this.#buffer === undefined;
  }

  /** Appends a copy of a chunk. @returns whether more may follow in this turn; if not, the run is to be taken now. */
  add(chunk: Uint8Array): boolean {
    this.#buffer ??= this.#pool.take();
    if (this.#end + chunk.length > this.#buffer.length) this.#buffer = this.#larger(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
    return chunk.length >= FULL_RECORD_BYTES && this.#end < HEADROOM_BYTES + RUN_BYTES;
  }

  /** Ends the run, which lies behind the headroom. Whoever has the buffer last gives it back to the pool. */
  take(): { readonly buffer: Buffer; readonly end: number } {
    const run = { buffer: this.#buffer!, end: this.#end };
    this.#buffer = undefined;
    this.#end = HEADROOM_BYTES;
    return run;
  }

  /** For a chunk that no Node hands over: 64 KiB is the most that it reads by itself. */
  #larger(more: number): Buffer {
    const larger = Buffer.concat([this.#buffer!.subarray(0, this.#end), Buffer.allocUnsafe(more)]);
    this.#pool.give(this.#buffer!);
    return larger;
  }
}
