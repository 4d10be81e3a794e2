import { describe, expect, it } from 'vitest';
import { median, percentile, ratios, spread } from './statistics.js';

describe('a median', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing does not exist', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  it.each([
    [0.99, 99],
    [0.5, 50],
    [1, 100],
    [0, 1],
  ])('of %d of the values 1 to 100 is %d', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('of nothing does not exist', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
  });
});

describe('ratios of rounds', () => {
  it('compare each round with the same round of the other', () => {
    expect(ratios([2, 6, 20], [1, 2, 5])).toEqual([2, 3, 4]);
  });

  it('leave out rounds that only one of the two has', () => {
    expect(ratios([2, 6], [1, 2, 5])).toEqual([2, 3]);
  });

  it('come with their median and range', () => {
    expect(spread([2, 4, 3])).toEqual({ median: 3, lowest: 2, highest: 4 });
  });
});
