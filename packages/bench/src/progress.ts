/**
 * How long a run will still take: what its cases say they take, corrected by how long they have taken so far.
 * @module
 */
import type { GroupPlan } from './plan.js';

/** The time left; as a string, what to put behind a line of progress. */
export class TimeLeft {
  #expected = 0;
  #expectedOfDone = 0;
  #takenByDone = 0;
  readonly #now: () => number;

  /** @param now - milliseconds of a clock that never goes back. */
  constructor(plans: readonly GroupPlan[], now: () => number = () => performance.now()) {
    this.#now = now;
    for (const { subjects, rounds, fresh, cases } of plans) {
      const measurements = subjects.length * (rounds + (fresh === true ? 0 : 1));
      for (const { seconds } of cases) this.#expected += seconds * measurements;
    }
  }

  /** Notes that a measurement begins. @returns what to call at its end. */
  begin(seconds: number): () => void {
    const start = this.#now();
    return () => {
      this.#expectedOfDone += seconds;
      this.#takenByDone += (this.#now() - start) / 1000;
    };
  }

  /** Seconds, or `undefined` as long as nothing is known. */
  get seconds(): number | undefined {
    if (this.#expectedOfDone === 0) return undefined;
    const slowness = this.#takenByDone / this.#expectedOfDone;
    return Math.max(0, this.#expected - this.#expectedOfDone) * slowness;
  }

  toString(): string {
    const { seconds } = this;
    if (seconds === undefined) return '';
    return seconds < 90 ? ` (${Math.ceil(seconds)} s left)` : ` (${Math.ceil(seconds / 60)} min left)`;
  }
}
