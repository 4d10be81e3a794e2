/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { LiveOverview } from '../api/types.js';
import { keyOf, NO_RATES, ratesBetween } from './rates.js';

const at = (time: string, bytesFromSenders: number, bytesFromListeners = 0): LiveOverview => {
  const counters = { listeners: 1, connections: 1, requests: 0, bytesFromSenders, bytesFromListeners };
  const hybridConnection = { namespace: 'n', name: 'h', listenerCount: 1, ...counters };
  return { time, totals: counters, hybridConnections: [hybridConnection], alarms: [] };
};

describe('bytes a second', () => {
  it('are those of both directions between two looks', () => {
    const rates = ratesBetween(at('2026-01-01T00:00:00Z', 1_000), at('2026-01-01T00:00:02Z', 2_000, 3_000));
    expect(rates.total).toBe(2_000);
    expect(rates.each.get(keyOf('n', 'h'))).toBe(2_000);
  });

  it('count from 0 after the relay was started anew', () => {
    const rates = ratesBetween(at('2026-01-01T00:00:00Z', 9_000), at('2026-01-01T00:00:02Z', 500));
    expect(rates.total).toBe(250);
  });

  it('are unknown when no time has passed', () => {
    expect(ratesBetween(at('2026-01-01T00:00:00Z', 0), at('2026-01-01T00:00:00Z', 9))).toBe(NO_RATES);
  });
});
