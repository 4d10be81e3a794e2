import { RateLimiter } from '@hybridge/service';
import { describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../logger.js';
import { ListenLimiter } from './listen-limiter.js';

describe('a rate limiter', () => {
  it('takes ten seconds’ worth at once, and then the rate', () => {
    let now = 1_000_000;
    const limiter = new RateLimiter(2, () => now);
    const takeAll = () => {
      let taken = 0;
      while (taken < 100 && limiter.take('a')) taken += 1;
      return taken;
    };
    expect(takeAll()).toBe(20);
    now += 499;
    expect(limiter.take('a')).toBe(false);
    now += 1;
    expect(limiter.take('a')).toBe(true);
    now += 60_000;
    expect(takeAll()).toBe(20);
  });

  it('keeps keys apart', () => {
    const limiter = new RateLimiter(0.1, () => 0);
    expect([limiter.take('a'), limiter.take('a'), limiter.take('b')]).toEqual([true, false, true]);
  });

  it('gives nothing for a clock that is set back', () => {
    let now = 1_000_000;
    const limiter = new RateLimiter(0.1, () => now);
    limiter.take('a');
    now = 0;
    expect(limiter.take('a')).toBe(false);
  });

  it('remembers no more than so many keys, the latest', () => {
    const limiter = new RateLimiter(0.1, () => 0);
    for (let i = 0; i < 25_000; i += 1) {
      limiter.take('steady');
      limiter.take(`passing ${i}`);
    }
    expect(limiter.size).toBe(20_000);
    expect(limiter.take('steady')).toBe(false);
  });
});

describe('a limiter of attempts to listen', () => {
  it('counts each listener at each hybrid connection, and each address over all', () => {
    const warn = vi.fn();
    const logger = { ...silentLogger, warn };
    const limiter = new ListenLimiter({ perSecond: 1, perSecondPerAddress: 3, now: () => 0, logger });
    const admitted = (attempt: Partial<Parameters<ListenLimiter['admits']>[0]>, times = 100) =>
      Array.from({ length: times }).filter(() =>
        limiter.admits({ address: 'a', clientId: undefined, path: 'sql', ...attempt }),
      ).length;
    expect(admitted({}, 12)).toBe(10);
    expect(admitted({ path: 'SQL' }, 1)).toBe(0);
    expect(admitted({ path: 'web' }, 12)).toBe(10);
    expect(admitted({ address: 'b', clientId: 'one' })).toBe(10);
    expect(admitted({ address: 'b', clientId: 'two' })).toBe(0);
    expect(admitted({ address: 'c', clientId: 'one' })).toBe(10);
    expect(warn.mock.calls.map(([, { address }]) => address)).toEqual(['a', 'b', 'c']);
  });
});
