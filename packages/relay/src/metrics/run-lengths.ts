/**
 * A row of numbers, one a step, of which most are the same as the one before.
 *
 * Only changes are kept: what rests costs nothing, however long.
 * @module
 */

/** A row. Steps are whole numbers, and only grow. */
export class RunLengths {
  readonly #starts: number[] = [];
  readonly #values: number[] = [];

  /** How many numbers are kept. */
  get size(): number {
    return this.#starts.length;
  }

  /** From this step on it is this number. @returns how many more numbers are kept than before */
  set(step: number, value: number): number {
    const last = this.#starts.length - 1;
    if (last >= 0 && this.#values[last] === value) return 0;
    if (last < 0 && value === 0) return 0;
    this.#starts.push(step);
    this.#values.push(value);
    return 1;
  }

  /** The number at a step; 0 before the first. */
  at(step: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! <= step) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.#values[low - 1]!;
  }

  /** Forgets what was before a step. @returns how many fewer numbers are kept */
  forgetBefore(step: number): number {
    let gone = 0;
    while (gone + 1 < this.#starts.length && this.#starts[gone + 1]! <= step) gone += 1;
    if (gone > 0) {
      this.#starts.splice(0, gone);
      this.#values.splice(0, gone);
    }
    // A single nought says no more than nothing.
    if (this.#values.length === 1 && this.#values[0] === 0) {
      this.#starts.length = 0;
      this.#values.length = 0;
      gone += 1;
    }
    return gone;
  }
}
