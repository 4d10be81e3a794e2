/**
 * The buffer that a connection's next read goes into.
 *
 * All idle connections share one *landing* buffer: a read of theirs is copied out at once, so that an idle connection
 * owns no memory at all. A connection that fills the landing buffer is busy, and gets a larger buffer of its own, which
 * it gives back at its first read that would have fitted the landing buffer again. In a busy connection's buffer bytes
 * are changed and written out where they lie.
 *
 * Why not a fixed buffer for each: allocating one for every read halves the throughput, and keeping one for every
 * connection costs 64 KiB and more where 15 are allowed (docs/decisions/0002).
 * @module
 */

/** Room before the bytes of every read, for the header of a frame that is put before them. */
export const HEADROOM_BYTES = 16;

/** Large enough that an interactive connection never leaves it; libuv reads this much at a time by default. */
const LANDING_BYTES = 64 * 1024;

/** Measured: 64 KiB give 1.15 times the throughput of plain pipes, 128 KiB 1.25, 256 KiB 1.4, more adds little. */
const BUSY_BYTES = 256 * 1024;

/** How many large buffers wait for the next busy connection; the rest is left to the garbage collector. */
const SPARE_BUFFERS = 16;

const landing = Buffer.allocUnsafeSlow(LANDING_BYTES);
const spare: Buffer[] = [];

/** Chooses, for one connection, the buffer of each read. */
export class ReadBuffer {
  /** With its headroom; `undefined` while the landing buffer is used. */
  #own: Buffer | undefined;
  #view: Uint8Array = landing;

  /** The bytes that the next read may fill. */
  next(): Uint8Array {
    return this.#view;
  }

  /** The bytes of a read of `bytesRead` bytes, from offset {@link HEADROOM_BYTES} on; the room before them is free. */
  filled(bytesRead: number): Buffer {
    if (this.#own !== undefined) return this.#own;
    const copy = Buffer.allocUnsafe(HEADROOM_BYTES + bytesRead);
    landing.copy(copy, HEADROOM_BYTES, 0, bytesRead);
    return copy;
  }

  /**
   * Chooses the buffer of the next read by the size of the last.
   * @param lent - whether somebody still uses the bytes of that read, so that they must not go to another connection.
   */
  adapt(bytesRead: number, lent: boolean): void {
    if (this.#own === undefined) {
      if (bytesRead === LANDING_BYTES)
        this.#use(spare.pop() ?? Buffer.allocUnsafeSlow(HEADROOM_BYTES + BUSY_BYTES));
    } else if (bytesRead < LANDING_BYTES && !lent) {
      this.release(false);
    }
  }

  /** Gives back what is held. */
  release(lent: boolean): void {
    if (this.#own !== undefined && !lent && spare.length < SPARE_BUFFERS) spare.push(this.#own);
    this.#own = undefined;
    this.#view = landing;
  }

  #use(buffer: Buffer): void {
    this.#own = buffer;
    this.#view = buffer.subarray(HEADROOM_BYTES);
  }
}
