/**
 * How long a listener waits before it dials the relay again.
 *
 * Most outages are short: a relay restarts, a network changes. So the first attempt follows at once, and for the first
 * seconds none waits long. After that the pace is slow enough for a relay with many listeners, and still quick enough
 * to be back within three seconds of its return. All delays are drawn at random from zero up (full jitter), so that
 * listeners that lost the same relay do not come back in step.
 *
 * Where the relay is there and says no, there is nothing to be quick about.
 * @module
 */

/** The pace of reconnecting, in milliseconds. */
export interface BackoffOptions {
  /**
   * The longest first delay after a loss; it doubles with each failure, up to the two below.
   * @defaultValue 100
   */
  readonly firstMs?: number | undefined;
  /**
   * The longest delay while the outage is young.
   * @defaultValue 500
   */
  readonly earlyMs?: number | undefined;
  /**
   * How long an outage counts as young.
   * @defaultValue 10_000, about what a restart takes
   */
  readonly earlyForMs?: number | undefined;
  /**
   * The longest delay after that.
   * @defaultValue 2_500: with dialling, back within 3 s of the relay's return
   */
  readonly maxMs?: number | undefined;
  /**
   * The longest delay after the relay refused the credential, or has long had no such hybrid connection. At least half
   * of it is always waited.
   * @defaultValue 10_000: somebody has to change something first
   */
  readonly refusedMs?: number | undefined;
}

/** The pace when nothing else is said. */
export const BACKOFF_DEFAULTS = {
  firstMs: 100,
  earlyMs: 500,
  earlyForMs: 10_000,
  maxMs: 2_500,
  refusedMs: 10_000,
} as const satisfies BackoffOptions;

/** The pace, with nothing left open. */
export type Backoff = { readonly [K in keyof BackoffOptions]-?: number };

/** What is known of an outage when the next delay is drawn. */
export interface Outage {
  /** Attempts that have failed since the control channel was lost. */
  readonly failures: number;
  /** How long it has lasted, in milliseconds. */
  readonly lastedMs: number;
  /** What the relay said no to, if it was the relay. */
  readonly refused: 'credential' | 'hybrid connection' | undefined;
}

/**
 * The delay before the next attempt, in milliseconds.
 * @param random - gives a number of at least 0 and below 1
 */
export function retryDelayMs(outage: Outage, backoff: Backoff, random: () => number): number {
  const young = outage.lastedMs < backoff.earlyForMs;
  // A relay that has just started may know its hybrid connections a moment later; a key does not come right by waiting.
  if (outage.refused === 'credential' || (outage.refused === 'hybrid connection' && !young)) {
    return (backoff.refusedMs * (1 + random())) / 2;
  }
  const grown = backoff.firstMs * 2 ** Math.min(outage.failures, 30);
  return random() * Math.min(grown, young ? backoff.earlyMs : backoff.maxMs);
}
