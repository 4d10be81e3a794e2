import { describe, expect, it } from 'vitest';
import { crowdSize, grouped } from './crowd-size.js';

describe('the size of a crowd', () => {
  it.each([
    ['control channels', 20_000],
    ['tunnels', 20_100],
    ['tunnels', undefined],
  ] as const)('is what is wanted where there is room: %s, %j descriptors', (kind, limit) => {
    expect(crowdSize(kind, 10_000, limit)).toEqual({ count: 10_000 });
  });

  it.each([
    ['control channels', 1_024, 924],
    ['control channels', 4_096, 3_900],
    ['tunnels', 20_000, 9_900],
    ['tunnels', 1_024, 462],
    ['tunnels', 64, 1],
  ] as const)(
    'is what one process can hold where there is less: %s, %i descriptors',
    (kind, limit, count) => {
      const size = crowdSize(kind, 10_000, limit);
      expect(size.count).toBe(count);
      expect(size.note).toContain(`${grouped(count)} ${kind} instead of 10,000`);
      expect(size.note).toContain(`${limit} descriptors`);
    },
  );
});

describe('a number', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [1_234_567, '1,234,567'],
  ])('%i is written %s', (number, text) => {
    expect(grouped(number)).toBe(text);
  });
});
