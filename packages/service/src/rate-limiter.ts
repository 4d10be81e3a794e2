/**
 * How often somebody may come: a bucket of tokens for each key, refilled at a steady rate.
 *
 * Bounded: of too many keys the one that came least recently is forgotten, which only means that it starts afresh.
 * @module
 */

/** Keys remembered. An entry takes some 150 bytes. */
const MAX_KEYS = 20_000;

/** How many may come at once, as a multiple of what may come in a second. */
const BURST_SECONDS = 10;

interface Bucket {
  tokens: number;
  /** When `tokens` was true, in milliseconds. */
  at: number;
}

/** Limits each key to a rate. */
export class RateLimiter {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param perSecond - on average; ten times as many may come at once */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Whether a token can be taken. Takes none. */
  has(key: string): boolean {
    return this.#tokensOf(key, this.#now()) >= 1;
  }

  /** Takes a token. @returns false when there is none: then the key came too often. */
  take(key: string): boolean {
    const now = this.#now();
    const tokens = this.#tokensOf(key, now);
    const granted = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
    this.#forget();
    return granted;
  }

  #tokensOf(key: string, now: number): number {
    const full = this.#perSecond * BURST_SECONDS;
    const bucket = this.#buckets.get(key) ?? { tokens: full, at: now };
    // A clock that is set back refills nothing.
    const seconds = Math.max(0, now - bucket.at) / 1_000;
    return Math.min(full, bucket.tokens + seconds * this.#perSecond);
  }

  #forget(): void {
    if (this.#buckets.size <= MAX_KEYS) return;
    const [oldest] = this.#buckets.keys();
    this.#buckets.delete(oldest!);
  }
}
