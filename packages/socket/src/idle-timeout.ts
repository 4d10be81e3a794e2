/**
 * The idle timer behind `setTimeout` of a socket: it tells, and never closes anything.
 *
 * One timer, refreshed by each piece of data in either direction, and never a reason for the process to stay. After it
 * has fired it rests until the next data, as the timer of `net.Socket` does.
 *
 * Source: the documentation of Node, `socket.setTimeout(timeout[, callback])`.
 * @module
 */

/** Node fires a timer with a longer delay at once, with a warning. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Watches for silence. */
export class IdleTimeout {
  readonly #onIdle: () => void;
  readonly #progress: () => number;
  #ms: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #seen = 0;

  /**
   * @param onIdle - called when nothing has moved for the time that was set.
   * @param progress - a number that changes when bytes move without {@link IdleTimeout.touch} being called: a long
   * write under way, or a connection that is moved below the streams.
   */
  constructor(onIdle: () => void, progress: () => number) {
    this.#onIdle = onIdle;
    this.#progress = progress;
  }

  /** What was set last, in milliseconds; `undefined` before that. */
  get ms(): number | undefined {
    return this.#ms;
  }

  /**
   * Starts over with another time; 0 switches it off.
   * @throws TypeError or RangeError when it is not a length of time, with the codes that Node gives them.
   */
  set(ms: number): void {
    if (typeof ms !== 'number') {
      throw coded(new TypeError('The timeout must be a number of milliseconds'), 'ERR_INVALID_ARG_TYPE');
    }
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      throw coded(
        new RangeError('The timeout must be a number of milliseconds, 0 or more'),
        'ERR_OUT_OF_RANGE',
      );
    }
    this.clear();
    this.#ms = ms;
    if (ms === 0) return;
    this.#seen = this.#progress();
    this.#timer = setTimeout(() => this.#fire(), Math.min(ms, LONGEST_DELAY_MS)).unref();
  }

  /** Something moved. */
  touch(): void {
    this.#timer?.refresh();
  }

  /** Stops for good, keeping {@link IdleTimeout.ms}. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #fire(): void {
    const now = this.#progress();
    if (now === this.#seen) {
      this.#onIdle();
    } else {
      this.#seen = now;
      this.touch();
    }
  }
}

function coded<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}
