/**
 * One attempt at a time, and what comes after it: each new attempt ends the one before, with whatever that still waits for.
 *
 * It keeps the pace as well: attempts that fail come at random within a span that doubles each time, so that a relay that is back is
 * not met by all at once.
 * @module
 */

/** The pace of asking, in milliseconds, as that of a listener. */
const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 2_500;

/** The attempts of one forwarder. */
export class Attempts {
  #current = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;

  /** Which one this is: 1 at first, and again after one that succeeded. */
  get number(): number {
    return this.#failures + 1;
  }

  /** Ends the attempt before, and what was to come next. @returns what ends this one */
  begin(): AbortSignal {
    clearTimeout(this.#timer);
    this.#current.abort();
    this.#current = new AbortController();
    return this.#current.signal;
  }

  /** Calls back later, unless another attempt begins or something else is to come next. @returns when */
  next(delayMs: number, callback: () => void): Date {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, delayMs);
    return new Date(Date.now() + delayMs);
  }

  /** This one failed. @returns how long to wait for the next, in milliseconds */
  failed(): number {
    const delayMs = Math.random() * Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
    this.#failures += 1;
    return delayMs;
  }

  /** This one reached the relay, or whoever runs this manager wants to begin anew. */
  succeeded(): void {
    this.#failures = 0;
  }
}
