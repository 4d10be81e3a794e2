/**
 * The buffer that a connection's next read goes into.
 *
 * All idle connections share one *landing* buffer: a read of theirs is copied out at once, so that an idle connection
 * owns no memory at all. A connection of which a read brings much is busy, and gets a large buffer of its own, until one
 * brings little. In a busy connection's buffer bytes are changed and written out where they lie. The copies of what
 * landed all go into one buffer, too; only a connection whose copy is still lent after the call keeps that one.
 *
 * Why not a fixed buffer for each: allocating one for every read halves the throughput, and keeping one for every
 * connection costs 64 KiB and more where 15 are allowed (docs/decisions/0002).
 * @module
 */
import { type BufferPool, HEADROOM_BYTES, LANDING_BYTES } from './buffer-pool.js';

/** A connection of which a read brings as much is busy, */
const BUSY_FROM_BYTES = 32 * 1024;

/** until one brings less than this: reads of bulk data vary, and moving to and fro would be all that it does. */
const IDLE_BELOW_BYTES = 8 * 1024;

/** Where reads of all idle connections land, to be copied out before anybody else reads. */
export const landing = Buffer.allocUnsafeSlow(LANDING_BYTES);

/** Chooses, for one connection, the buffer of each read. */
export class ReadBuffer {
  /** With its headroom; `undefined` while the landing buffer is used. */
  #own: Buffer | undefined;
  #view: Uint8Array = landing;
  readonly #pool: BufferPool;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** The bytes that the next read may fill. */
  next(): Uint8Array {
    return this.#view;
  }

  /** The bytes of a read of `bytesRead` bytes, from offset {@link HEADROOM_BYTES} on; the room before them is free. */
  filled(bytesRead: number): Buffer {
    return this.#own ?? this.#pool.copyOf(landing, bytesRead);
  }

  /** What {@link ReadBuffer.filled} returned is a copy, which the next read of any connection overwrites. */
  get isCopied(): boolean {
    return this.#own === undefined;
  }

  /** Whether a read of as many bytes filled the buffer, so that there is more to be read. */
  isFull(bytesRead: number): boolean {
    return bytesRead === this.#view.length;
  }

  /**
   * Chooses the buffer of the next read by the size of the last.
   * @param lent - whether somebody still uses the bytes of that read, so that they must not go to another connection.
   */
  adapt(bytesRead: number, lent: boolean): void {
    if (this.#own === undefined) {
      if (bytesRead >= BUSY_FROM_BYTES) this.#use(this.#pool.take());
    } else if (bytesRead < IDLE_BELOW_BYTES && !lent) {
      this.release();
    }
  }

  /** Gives back what is held. Nobody may be using it any more. */
  release(): void {
    if (this.#own !== undefined) this.#pool.give(this.#own);
    this.#own = undefined;
    this.#view = landing;
  }

  #use(buffer: Buffer): void {
    this.#own = buffer;
    this.#view = buffer.subarray(HEADROOM_BYTES);
  }
}
