import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { IdleTimeout } from './idle-timeout.js';

describe('an idle timer', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const start = (ms: number) => {
    const onIdle = vi.fn();
    const state = { moved: 0 };
    const idle = new IdleTimeout(onIdle, () => state.moved);
    idle.set(ms);
    return { idle, onIdle, state };
  };

  it('fires after silence, once', () => {
    const { onIdle } = start(100);
    vi.advanceTimersByTime(99);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('starts over when something moves, also after it has fired', () => {
    const { idle, onIdle } = start(100);
    vi.advanceTimersByTime(80);
    idle.touch();
    vi.advanceTimersByTime(80);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    idle.touch();
    vi.advanceTimersByTime(100);
    expect(onIdle).toHaveBeenCalledTimes(2);
  });

  it('does not fire when bytes have moved without its being told', () => {
    const { onIdle, state } = start(100);
    state.moved = 1;
    vi.advanceTimersByTime(100);
    expect(onIdle).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(onIdle).toHaveBeenCalledOnce();
  });

  it('is off with 0, and after clear', () => {
    const { idle, onIdle } = start(100);
    idle.set(0);
    vi.advanceTimersByTime(1_000);
    idle.set(100);
    idle.clear();
    vi.advanceTimersByTime(1_000);
    idle.touch();
    vi.advanceTimersByTime(1_000);
    expect(onIdle).not.toHaveBeenCalled();
    expect(idle.ms).toBe(100);
  });

  it('takes a time that is too long for a timer of Node as the longest possible', () => {
    const { onIdle } = start(2 ** 40);
    vi.advanceTimersByTime(86_400_000);
    expect(onIdle).not.toHaveBeenCalled();
  });
});
