import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ManagerStatus } from './api.js';
import { StatusFeed } from './status-feed.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function feed() {
  let pid = 1;
  const looked = vi.fn(() => ({ pid }) as ManagerStatus);
  const fed = new StatusFeed(looked);
  const told: number[] = [];
  const watch = () => fed.watch(({ data }) => told.push(data.pid));
  const change = () => {
    pid += 1;
    fed.changed();
  };
  return { fed, looked, told, watch, change };
}

describe('those who watch a status', () => {
  it('are told at once, then within a second of a change, and not more often', () => {
    const { told, watch, change } = feed();
    vi.advanceTimersByTime(5_000);
    watch();
    expect(told).toEqual([1]);
    change();
    vi.advanceTimersByTime(1);
    expect(told).toEqual([1, 2]);
    for (let count = 0; count < 9; count += 1) {
      change();
      vi.advanceTimersByTime(100);
    }
    expect(told).toEqual([1, 2]);
    vi.advanceTimersByTime(200);
    expect(told).toEqual([1, 2, 11]);
  });

  it('are told nothing when nothing changed', () => {
    const { told, watch } = feed();
    watch();
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual([1]);
  });

  it('cost nothing once they are gone', () => {
    const { looked, watch, change } = feed();
    const end = watch();
    end();
    looked.mockClear();
    change();
    vi.advanceTimersByTime(10_000);
    expect(looked).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
