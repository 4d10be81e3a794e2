/**
 * Payload that a stream's reader has not wanted yet.
 *
 * It is kept in blocks and not piece by piece: a peer that sends one byte at a time would otherwise cost a hundred times
 * its window.
 * @module
 */

/** The size of a block that small pieces are joined in; the first ones are smaller. */
const BLOCK_BYTES = 16 * 1024;

/** Payload, first in, first out. */
export class HeldPayload {
  #blocks: Buffer[] = [];
  /** What of the last block is payload; the rest is room for more. */
  #used = 0;

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** Keeps a copy of `bytes[start..end)`. */
  push(bytes: Buffer, start: number, end: number): void {
    const last = this.#blocks.at(-1);
    const fitting = last === undefined ? 0 : bytes.copy(last, this.#used, start, end);
    this.#used += fitting;
    const rest = end - start - fitting;
    if (rest === 0) return;
    const block = Buffer.allocUnsafeSlow(Math.max(rest, Math.min(BLOCK_BYTES, 2 * (last?.length ?? 0))));
    this.#used = bytes.copy(block, 0, start + fitting, end);
    this.#blocks.push(block);
  }

  /** The next of it, which is the caller's from then on; `undefined` when there is none. */
  take(): Buffer | undefined {
    const block = this.#blocks.shift();
    return this.isEmpty ? block?.subarray(0, this.#used) : block;
  }

  clear(): void {
    this.#blocks = [];
  }
}
