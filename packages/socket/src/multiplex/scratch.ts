/**
 * Where received bytes are copied to for a reader that writes them on from there.
 *
 * What a session reads belongs to many streams, so it cannot stay lent until the slowest of them has written its part.
 * It is copied here, and when all have been quick, which is the rule, the same memory serves for the next read.
 * @module
 */

/** As much as a busy connection reads at once. */
const BLOCK_BYTES = 256 * 1024;

/** A block that waits for the next session to need one; more than one is rarely used in a turn of the event loop. */
let spare: Buffer | undefined;

/** The copies of one read. */
export class Scratch {
  #block: Buffer | undefined;
  #at = 0;

  /** A copy of `bytes[start..end)`. */
  copy(bytes: Buffer, start: number, end: number): Buffer {
    const length = end - start;
    if (this.#block !== undefined && this.#at + length > BLOCK_BYTES) this.#block = undefined;
    if (this.#block === undefined) {
      this.#block = spare ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      spare = undefined;
      this.#at = 0;
    }
    const stop = this.#at + length;
    bytes.copy(this.#block, this.#at, start, end);
    const copied = this.#block.subarray(this.#at, stop);
    this.#at = stop;
    return copied;
  }

  /** The read is over. @param free - whether nobody uses the copies any more; else they are left to the garbage collector. */
  done(free: boolean): void {
    if (free) spare ??= this.#block;
    this.#block = undefined;
  }
}
