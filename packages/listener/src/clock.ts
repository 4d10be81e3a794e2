/**
 * Time and chance, as the listener uses them. They are passed in, so that tests neither wait nor guess.
 * @module
 */

/** A timer that has been set. */
export interface Timer {
  cancel(): void;
  ref(): void;
  unref(): void;
}

/** Where a listener takes time and chance from. */
export interface Clock {
  /** The time of day, in milliseconds since 1970. It may jump: machines sleep, and clocks are set. */
  now(): number;
  /** At least 0, below 1. */
  random(): number;
  /** Calls back once, after `delayMs` milliseconds. */
  setTimer(callback: () => void, delayMs: number): Timer;
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer), ref: () => timer.ref(), unref: () => timer.unref() };
  },
};
