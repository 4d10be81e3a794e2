import { describe, expect, it } from 'vitest';
import { Traffic } from './traffic.js';

const NOON = Date.UTC(2030, 0, 1, 12);
const totals = (connections: number, bytesToTarget: number, bytesFromTarget: number) => ({
  connections,
  bytesToTarget,
  bytesFromTarget,
});

describe('traffic', () => {
  it('has a rate, which ends with the traffic', () => {
    const traffic = new Traffic(NOON);
    traffic.sample(totals(1, 5_000, 50_000), NOON + 5_000);
    expect(traffic.status(NOON)).toMatchObject({ toTargetPerSecond: 1_000, fromTargetPerSecond: 10_000 });
    traffic.sample(totals(1, 5_000, 50_000), NOON + 10_000);
    expect(traffic.status(NOON)).toMatchObject({ toTargetPerSecond: 0, fromTargetPerSecond: 0 });
  });

  it('has no other rate when it is looked at twice in a moment', () => {
    const traffic = new Traffic(NOON);
    traffic.sample(totals(1, 5_000, 0), NOON + 5_000);
    traffic.sample(totals(1, 6_000, 0), NOON + 5_001);
    expect(traffic.status(NOON).toTargetPerSecond).toBe(1_000);
    traffic.sample(totals(1, 7_000, 0), NOON + 6_000);
    expect(traffic.status(NOON).toTargetPerSecond).toBe(2_000);
  });

  it('is kept by the minute, for an hour', () => {
    const traffic = new Traffic(NOON);
    for (let minute = 0; minute < 90; minute += 1) {
      traffic.sample(totals(minute + 1, 10 * (minute + 1), 0), NOON + minute * 60_000 + 1);
    }
    const { minutes } = traffic.status(NOON + 89 * 60_000 + 30_000);
    expect(minutes).toHaveLength(60);
    expect(minutes.at(-1)).toEqual({ startsAt: new Date(NOON + 89 * 60_000), ...totals(1, 10, 0) });
    expect(traffic.status(NOON + 100 * 60_000).minutes).toHaveLength(49);
  });

  it('adds up within a minute, also when the clock is set back', () => {
    const traffic = new Traffic(NOON);
    traffic.sample(totals(1, 1, 1), NOON + 1_000);
    traffic.sample(totals(3, 5, 7), NOON + 6_000);
    traffic.sample(totals(4, 6, 8), NOON - 600_000);
    expect(traffic.status(NOON).minutes).toEqual([{ startsAt: new Date(NOON), ...totals(4, 6, 8) }]);
  });

  it('of which there is none takes no place', () => {
    const traffic = new Traffic(NOON);
    traffic.sample(totals(0, 0, 0), NOON + 5_000);
    expect(traffic.status(NOON).minutes).toEqual([]);
  });
});
