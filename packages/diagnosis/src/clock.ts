/**
 * This machine's clock beside a relay's: tokens are good for a time.
 *
 * Source: docs/protocol.md, section 2.7.
 * @module
 */
import { TOKEN_GRACE_MS } from '@hybridge/protocol';
import type { Words } from './network-words.js';

/** How the two compare. */
export interface ClockComparison {
  /** What the relay's clock is ahead of this machine's, in milliseconds. */
  readonly behindMs: number;
  readonly relayTime: Date;
  /** `warning` where the relay's grace is used up, `failed` where tokens are expired before they are renewed. */
  readonly outcome: 'ok' | 'warning' | 'failed';
  readonly message: string;
  /** What to do, unless it is `ok`. */
  readonly advice?: Words['advice'];
}

/** Tokens of ours are good for an hour and renewed at half of it; the relay grants a little more. */
const TOKEN_RENEWED_MS = 30 * 60_000;

/**
 * Compares the clocks.
 * @param header - the `Date` of a relay's answer
 * @param at - when it was read by this machine's clock, in milliseconds since 1970
 * @returns `undefined` when the relay does not say what time it is
 */
export function compareClock(header: string | undefined, at: number): ClockComparison | undefined {
  const relay = Date.parse(header ?? '');
  if (Number.isNaN(relay)) return undefined;
  // The header has whole seconds, cut off.
  const behindMs = Math.round(relay + 500 - at);
  const compared = { behindMs, relayTime: new Date(relay) };
  const off = Math.abs(behindMs);
  const words = `${inWords(off)} ${behindMs > 0 ? 'behind' : 'ahead of'} the relay's`;
  if (off <= TOKEN_GRACE_MS) {
    const message = off < 2_000 ? "agrees with the relay's" : `${words}, which does no harm`;
    return { ...compared, outcome: 'ok', message };
  }
  const advice =
    'Set the clock of this machine, and have NTP keep it (timedatectl, w32tm); or the clock of the relay is wrong';
  const message = `this machine's clock is ${words}`;
  if (behindMs <= TOKEN_RENEWED_MS + TOKEN_GRACE_MS)
    return { ...compared, outcome: 'warning', message, advice };
  return {
    ...compared,
    outcome: 'failed',
    message: `${message}: tokens are expired before they are renewed`,
    advice,
  };
}

function inWords(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 6) / 10} hours`;
}
