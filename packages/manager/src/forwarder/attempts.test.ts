/** The attempts of a forwarder, with a clock that is turned by hand. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Attempts } from './attempts.js';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('an attempt', () => {
  it('ends the one before, and what was to come after that', () => {
    const attempts = new Attempts();
    const next = vi.fn();
    const before = attempts.begin();
    attempts.next(10, next);
    const now = attempts.begin();
    vi.advanceTimersByTime(10);
    expect([before.aborted, now.aborted]).toEqual([true, false]);
    expect(next).not.toHaveBeenCalled();
  });

  it('has one thing that comes next, and says when', () => {
    const attempts = new Attempts();
    const [first, second] = [vi.fn(), vi.fn()];
    attempts.next(5, first);
    expect(attempts.next(10, second)).toEqual(new Date(10));
    vi.advanceTimersByTime(10);
    expect(first).not.toHaveBeenCalled();
    expect(second).toHaveBeenCalledOnce();
  });

  it('that fails is followed later each time, up to a limit, until one succeeds', () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const attempts = new Attempts();
    const fail = () => [attempts.number, attempts.failed()];
    expect(Array.from({ length: 6 }, fail)).toEqual([
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 800],
      [5, 1_250],
      [6, 1_250],
    ]);
    attempts.succeeded();
    expect(fail()).toEqual([1, 100]);
  });
});
