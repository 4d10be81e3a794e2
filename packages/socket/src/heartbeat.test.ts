import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Heartbeat } from './heartbeat.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a heartbeat', () => {
  it.each([50, 1_000, 60_000])('tells each member once every %i ms', (intervalMs) => {
    const heartbeat = new Heartbeat(intervalMs);
    const beats = Array.from({ length: 100 }, () => 0);
    const members = [...beats.keys()].map((index) => {
      const member = {
        beat() {
          beats[index]! += 1;
        },
      };
      return { member, slot: heartbeat.join(member) };
    });
    vi.advanceTimersByTime(3 * intervalMs + 1);
    for (const count of beats) {
      expect(count).toBeGreaterThanOrEqual(2);
      expect(count).toBeLessThanOrEqual(4);
    }
    for (const { member, slot } of members) heartbeat.leave(member, slot);
    const before = [...beats];
    vi.advanceTimersByTime(2 * intervalMs);
    expect(beats).toEqual(before);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells no more than a few of very many at once, even of those that have come together', () => {
    const heartbeat = new Heartbeat(60_000);
    let beats = 0;
    const beat = () => {
      beats += 1;
    };
    for (let n = 0; n < 10_000; n += 1) heartbeat.join({ beat });
    let most = 0;
    for (let ms = 0; ms < 60_000; ms += 100) {
      beats = 0;
      vi.advanceTimersByTime(100);
      most = Math.max(most, beats);
    }
    expect(most).toBeLessThan(200);
  });
});
