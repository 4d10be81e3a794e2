import { describe, expect, it } from 'vitest';
import { lookUp } from './lookup.js';
import type { Group } from './results.js';

const groups: Group[] = [
  {
    suite: 'speed',
    title: 'Speed',
    measures: [{ key: 'rate', title: 'bytes', unit: 'MB/s', better: 'more' }],
    names: { pipe: 'pipe', ours: 'ours' },
    yardstick: 'pipe',
    cases: [
      { name: 'up', samples: { pipe: [{ rate: 10 }, { rate: 20 }], ours: [{ rate: 20 }, { rate: 60 }] } },
      { name: 'down', samples: { pipe: [{ rate: 10 }] } },
    ],
  },
];
const up = { suite: 'speed', case: 'up', measure: 'rate', of: 'ours' };

describe('a figure of a run', () => {
  it('is the median of the rounds, with their range', () => {
    expect(lookUp(groups, up)).toEqual({ median: 40, lowest: 20, highest: 60 });
  });

  it('over another is the median of the ratios in each round', () => {
    expect(lookUp(groups, { ...up, over: 'pipe' })).toEqual({ median: 2.5, lowest: 2, highest: 3 });
  });

  it.each([
    ['suite', { ...up, suite: 'memory' }],
    ['case', { ...up, case: 'sideways' }],
    ['measure', { ...up, measure: 'cpu' }],
    ['subject', { ...up, of: 'nobody' }],
    ['other subject', { ...up, over: 'nobody' }],
    ['subject in this case', { ...up, case: 'down' }],
  ])('is not there when the run lacks its %s', (_what, figure) => {
    expect(lookUp(groups, figure)).toBeUndefined();
  });
});
