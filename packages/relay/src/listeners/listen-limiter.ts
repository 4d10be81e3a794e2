/**
 * Keeps listeners that reconnect without pause from being a burden.
 *
 * Some clients do, and twice for each failure. What they ask is answered before any token is looked at, and told to the
 * log once until they behave.
 *
 * Source: docs/protocol.md, section 2.9 (reconnecting).
 * @module
 */
import { RateLimiter } from '@hybridge/service';
import type { Logger } from '../logger.js';

/** How often the log may be told, on average. */
const LINES_PER_SECOND = 0.1;

/** An attempt to listen. */
export interface ListenAttempt {
  /** Address without port. */
  readonly address: string;
  /** `sb-hc-id`. */
  readonly clientId: string | undefined;
  /** Decoded path of the request. */
  readonly path: string;
}

/** What a limiter works with. */
export interface ListenLimiterOptions {
  /** For one address and `sb-hc-id`, at one hybrid connection. */
  readonly perSecond: number;
  /** For one address. */
  readonly perSecondPerAddress: number;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Limits attempts to listen. */
export class ListenLimiter {
  readonly #clients: RateLimiter;
  readonly #addresses: RateLimiter;
  readonly #lines: RateLimiter;
  readonly #logger: Logger;

  constructor({ perSecond, perSecondPerAddress, now, logger }: ListenLimiterOptions) {
    this.#clients = new RateLimiter(perSecond, now);
    this.#addresses = new RateLimiter(perSecondPerAddress, now);
    this.#lines = new RateLimiter(LINES_PER_SECOND, now);
    this.#logger = logger;
  }

  /** Counts an attempt. @returns whether it may go on. */
  admits({ address, clientId, path }: ListenAttempt): boolean {
    // An id is a claim until the token is checked: under another's id one could use up another's attempts.
    const client = `${address} ${clientId?.slice(0, 64) ?? ''} ${path.toLowerCase().slice(0, 512)}`;
    if (this.#addresses.take(address) && this.#clients.take(client)) return true;
    if (this.#lines.take(address)) {
      this.#logger.warn('Listeners of one address come too often and are sent away', { address, path });
    }
    return false;
  }
}
