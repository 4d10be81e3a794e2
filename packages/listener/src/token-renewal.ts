/**
 * Keeps an open control channel supplied with tokens: the next one is asked for when half of the life of the last is
 * over, so that many attempts fit in before it matters.
 *
 * Source: docs/protocol.md, section 2.7.
 * @module
 */
import type { AccessToken } from '@hybridge/sas';
import type { Clock, Timer } from './clock.js';

/** What the renewal works with. */
export interface TokenRenewalOptions {
  readonly clock: Clock;
  /** The token that the channel was opened with. */
  readonly current: AccessToken;
  readonly getToken: () => Promise<AccessToken>;
  /** A new token, to be sent to the relay. */
  readonly onToken: (token: AccessToken) => void;
  /** There was none; it is asked for again. */
  readonly onFailure: (cause: unknown) => void;
  /** When it is asked for next. */
  readonly onSchedule: (renewAt: Date) => void;
}

/** A provider is not asked more often than this, however short its tokens live. */
const MIN_DELAY_MS = 1_000;
/** The delay after a failure starts here, and doubles … */
const FIRST_RETRY_MS = 1_000;
/** … up to here: the relay's grace after a token's end is five times as long. */
const MAX_RETRY_MS = 60_000;
/** Timers stand still while a machine sleeps, so none is set for longer. */
const MAX_TIMER_MS = 60_000;

/** The renewals for one control channel, from its opening until `stop()`. */
export class TokenRenewal {
  readonly #options: TokenRenewalOptions;
  #current: AccessToken;
  #failures = 0;
  #dueAt = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: TokenRenewalOptions) {
    this.#options = options;
    this.#current = options.current;
    this.#schedule(this.#halfLifeMs());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #renew(): Promise<void> {
    const { getToken, onToken, onFailure } = this.#options;
    let next: AccessToken;
    try {
      next = await getToken();
    } catch (error) {
      if (this.#stopped) return;
      onFailure(error);
      this.#schedule(Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS));
      this.#failures += 1;
      return;
    }
    if (this.#stopped) return;
    this.#failures = 0;
    // A ready-made token stays the same; there is no point in telling the relay again.
    const changed = next.token !== this.#current.token;
    this.#current = next;
    this.#schedule(this.#halfLifeMs());
    if (changed) onToken(next);
  }

  #halfLifeMs(): number {
    return (this.#current.expiresAt.getTime() - this.#options.clock.now()) / 2;
  }

  #schedule(delayMs: number): void {
    this.#dueAt = this.#options.clock.now() + Math.max(MIN_DELAY_MS, delayMs);
    this.#options.onSchedule(new Date(this.#dueAt));
    this.#wait();
  }

  #wait(): void {
    const leftMs = this.#dueAt - this.#options.clock.now();
    const wake = () => (this.#options.clock.now() < this.#dueAt ? this.#wait() : void this.#renew());
    this.#timer = this.#options.clock.setTimer(wake, Math.min(leftMs, MAX_TIMER_MS));
    this.#timer.unref();
  }
}
