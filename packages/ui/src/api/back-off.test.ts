/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { backOffMs } from './back-off.js';

describe('the time until the stream is opened again', () => {
  it('is twice as long after each failure, up to a quarter of a minute', () => {
    expect([0, 1, 2, 3, 99].map((attempt) => backOffMs(attempt, 1))).toEqual([
      500, 1_000, 2_000, 4_000, 15_000,
    ]);
  });

  it('is at least half of that, so that many pages do not come at once', () => {
    expect(backOffMs(2, 0)).toBe(1_000);
    expect(backOffMs(2, 0.5)).toBe(1_500);
  });
});
