/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { hourOf } from './hour.js';

const now = Date.parse('2026-01-01T12:00:30.000Z');
const minute = (startsAt: string) => ({ startsAt, connections: 2, bytesToTarget: 10, bytesFromTarget: 20 });

describe('the hour of a hybrid connection', () => {
  it('has sixty minutes, of which those without traffic are 0', () => {
    const hour = hourOf([minute('2026-01-01T11:59:00.000Z')], { startedAt: '2025-12-31T00:00:00Z', now });
    expect(hour.times).toHaveLength(60);
    expect(hour.times.at(-1)).toBe(Date.parse('2026-01-01T12:00:00Z') / 1_000);
    expect(hour.toTarget.slice(-3)).toEqual([0, 10, 0]);
    expect(hour.fromTarget.slice(-2)).toEqual([20, 0]);
    expect(hour.connections.slice(-2)).toEqual([2, 0]);
  });

  it('is unknown before the manager started', () => {
    const hour = hourOf([], { startedAt: '2026-01-01T11:58:40.000Z', now });
    expect(hour.toTarget.slice(-4)).toEqual([null, 0, 0, 0]);
    expect(hour.toTarget[0]).toBeNull();
  });

  it('ends with the newest minute, should the clocks differ', () => {
    const hour = hourOf([minute('2026-01-01T12:02:00.000Z')], { startedAt: '2026-01-01T12:02:00Z', now });
    expect(hour.toTarget.at(-1)).toBe(10);
  });
});
