import { describe, expect, it } from 'vitest';
import { BACKOFF_DEFAULTS, type Outage, retryDelayMs } from './backoff.js';

const longest = (outage: Partial<Outage>) =>
  retryDelayMs({ failures: 0, lastedMs: 0, refused: undefined, ...outage }, BACKOFF_DEFAULTS, () => 1 - 1e-9);
const shortest = (outage: Partial<Outage>) =>
  retryDelayMs({ failures: 0, lastedMs: 0, refused: undefined, ...outage }, BACKOFF_DEFAULTS, () => 0);

describe('the delay before the next attempt', () => {
  it.each<[string, Partial<Outage>, number]>([
    ['is next to nothing right after a loss', {}, 100],
    ['doubles with each failure', { failures: 2, lastedMs: 300 }, 400],
    ['stays short while the outage is young', { failures: 20, lastedMs: 9_999 }, 500],
    ['is below three seconds however long the outage lasts', { failures: 1e6, lastedMs: 1e9 }, 2_500],
    [
      'stays short while a relay that restarted may not know its hybrid connections yet',
      { failures: 3, lastedMs: 1_000, refused: 'hybrid connection' },
      500,
    ],
    [
      'is long once a hybrid connection has been gone for a while',
      { failures: 3, lastedMs: 10_000, refused: 'hybrid connection' },
      10_000,
    ],
    ['is long at once when the key is refused', { refused: 'credential' }, 10_000],
  ])('%s', (_title, outage, ms) => {
    expect(longest(outage)).toBeCloseTo(ms, 3);
  });

  it('is drawn from zero up, so that listeners do not come back in step', () => {
    expect(shortest({ failures: 9, lastedMs: 60_000 })).toBe(0);
  });

  it('is never less than half after a refusal', () => {
    expect(shortest({ refused: 'credential' })).toBe(5_000);
  });
});
