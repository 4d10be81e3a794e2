/**
 * Whether a listener comes when it is called.
 *
 * One that was called twice in a row and did not dial in time is passed over for a while, longer each time, so that a
 * dead one whose control channel still answers pings does not cost one sender after the other its patience. After the
 * while it is called once, as a trial; when it comes it is as good as any.
 *
 * Source: docs/protocol.md, section 2.8 (a listener that keeps not answering may be blocked).
 * @module
 */

/** Missed calls in a row from which on a listener is passed over. One alone may be bad luck. */
const MISSES = 2;

/** For how long at first; it doubles with each further miss. */
const FIRST_PAUSE_MS = 30_000;

/** And for how long at most. */
const LONGEST_PAUSE_MS = 300_000;

/** The record of one listener. */
export class Punctuality {
  readonly #now: () => number;
  #misses = 0;
  #passedOverUntil = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How often in a row it did not come. */
  get misses(): number {
    return this.#misses;
  }

  /** Until when it is called only if there is nobody else. */
  get passedOverUntil(): Date | undefined {
    return this.isPassedOver ? new Date(this.#passedOverUntil) : undefined;
  }

  /** It is to be called only if there is nobody else. */
  get isPassedOver(): boolean {
    return this.#misses >= MISSES && this.#now() < this.#passedOverUntil;
  }

  /** It was called. One whose pause is over is on trial: nobody else is to call it until this is decided. */
  called(): void {
    if (this.#misses >= MISSES) this.#pause();
  }

  /** It came. */
  came(): void {
    this.#misses = 0;
  }

  /** It did not come in time. @returns whether it is passed over from now on, and was not before. */
  missed(): boolean {
    const before = this.isPassedOver;
    this.#misses += 1;
    if (this.#misses >= MISSES && !before) this.#pause();
    return this.isPassedOver && !before;
  }

  #pause(): void {
    const ms = FIRST_PAUSE_MS * 2 ** Math.min(this.#misses - MISSES, 8);
    this.#passedOverUntil = this.#now() + Math.min(ms, LONGEST_PAUSE_MS);
  }
}
