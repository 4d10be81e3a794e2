import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepTrying } from './keep-trying.js';

describe('something that cannot be had yet', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is tried again until it can be had, and then no more', async () => {
    const step = vi.fn().mockRejectedValueOnce(new Error('taken')).mockRejectedValueOnce(new Error('taken'));
    step.mockResolvedValue(undefined);
    keepTrying(step, 100);
    expect(step).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(step).toHaveBeenCalledTimes(3);
  });

  it('is not tried any more once nobody wants it', async () => {
    const step = vi.fn().mockRejectedValue(new Error('taken'));
    const end = keepTrying(step, 100);
    await vi.advanceTimersByTimeAsync(250);
    end();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(step).toHaveBeenCalledTimes(2);
  });
});
