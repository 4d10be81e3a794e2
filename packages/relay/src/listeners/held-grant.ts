/**
 * By what right a listener is here, for as long as it is: the grant of its handshake, then that of each token that it sends, until
 * the last is over or its key is no key any more.
 *
 * It knows of tokens and time, and of no socket: whose channel it is hears once that the right is lost.
 *
 * Source: docs/protocol.md, section 2.7 (token lifetime).
 * @module
 */
import type { Refusal } from '@hybridge/protocol';
import { type Authorization, type Grant, granteeOf, type PolicyGrant } from '../authorization/authorize.js';
import type { KeySlot } from '../directory/directory.js';
import type { Logger } from '../logger.js';

/** The longest that one timer can run; a token that lives longer is looked at again then. */
const MAX_TIMER_MS = 2_147_483_647;

/**
 * Expiry is looked at in whole seconds. Node keeps a list for each distinct duration of a timer, and 45 bytes of it for
 * good, so that a timer to the millisecond for each listener that ever came would be a leak.
 */
const TIMER_STEP_MS = 1_000;

/** What a right is held with. */
export interface HeldGrantOptions {
  /** The first. */
  readonly grant: Grant;
  /** The listener's own id, which it keeps when it reconnects. */
  readonly clientId: string | undefined;
  readonly trackingId: string;
  /** Checks a new token, for the same hybrid connection and the right to listen. Must not reject. */
  readonly authorize: (token: string) => Authorization | Promise<Authorization>;
  readonly rules: {
    /** How long after its expiry a token counts, in milliseconds. */
    readonly graceMs: number;
  };
  readonly now: () => number;
  readonly logger: Logger;
}

/** Why a right is lost, beside the sentence about it. */
export interface LostGrant {
  /** The token was over. */
  readonly expired?: boolean;
  /** A new token was refused. */
  readonly refusal?: Refusal;
}

/** The right of one channel. */
export class HeldGrant {
  readonly #options: HeldGrantOptions;
  readonly #channelId: string;
  readonly #onLost: (sentence: string, why?: LostGrant) => void;
  #current: Grant;
  #isRevoked = false;
  #listenerKey: string;
  #expiryTimer: NodeJS.Timeout | undefined;
  /** Of renewals: only the last one counts. */
  #asked = 0;

  /**
   * @param channelId - names a listener that has no id of its own
   * @param onLost - whoever is here may not be any longer. May be called again, by what was under way.
   */
  constructor(
    options: HeldGrantOptions,
    channelId: string,
    onLost: (sentence: string, why?: LostGrant) => void,
  ) {
    this.#options = options;
    this.#channelId = channelId;
    this.#onLost = onLost;
    this.#current = options.grant;
    this.#listenerKey = this.#keyBy(options.grant);
  }

  /** By what right the listener is here now. */
  get current(): Grant {
    return this.#current;
  }

  /** Whether the key by which the listener was here is none of its policy any more. */
  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  /** Names the listener beyond its channel: one that reconnects by the same right has the same. */
  get listenerKey(): string {
    return this.#listenerKey;
  }

  /** The key by which the listener is here has moved, or `undefined`: it is no key of its policy any more. */
  rekey(key: KeySlot | undefined): void {
    if (this.#current.type !== 'policy') return;
    if (key !== undefined) {
      this.#current = { ...this.#current, key } satisfies PolicyGrant;
      return;
    }
    this.#isRevoked = true;
    this.#onLost('InvalidSignature: The key of the listener was revoked.');
  }

  /** The listener sends another token. Of two the later one counts, however long each takes to check. */
  async renew(token: string): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const answer = await this.#options.authorize(token);
    if (asked !== this.#asked) return;
    if (answer.granted) {
      this.#current = answer.grant;
      this.#listenerKey = this.#keyBy(answer.grant);
      this.watch();
    } else if (answer.refusal.status === 503) {
      const { logger, trackingId } = this.#options;
      logger.warn('A renewed token could not be checked; the old one still counts', { trackingId });
    } else {
      this.#onLost(answer.refusal.reason, { refusal: answer.refusal });
    }
  }

  /** Looks to its expiry, from now on. */
  watch(): void {
    clearTimeout(this.#expiryTimer);
    const { rules, now } = this.#options;
    const leftMs = this.#current.expiresAt.getTime() + rules.graceMs - now();
    if (leftMs <= 0) {
      this.#onLost('ExpiredToken: The token of the listener is expired.', { expired: true });
      return;
    }
    const delayMs = Math.min(Math.ceil(leftMs / TIMER_STEP_MS) * TIMER_STEP_MS, MAX_TIMER_MS);
    this.#expiryTimer = setTimeout(() => this.watch(), delayMs).unref();
  }

  /** The channel has ended: nothing is watched any more, and no renewal counts. */
  stop(): void {
    clearTimeout(this.#expiryTimer);
    this.#asked += 1;
  }

  #keyBy(grant: Grant): string {
    const { clientId } = this.#options;
    return clientId === undefined ? this.#channelId : `${clientId}|${granteeOf(grant)}`;
  }
}
