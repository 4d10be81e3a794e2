import { describe, expect, it } from 'vitest';
import type { Case, Group } from '../results.js';
import { groupTables } from './group-tables.js';

const up: Case = {
  name: 'up',
  samples: {
    pipe: [{ rate: 100 }, { rate: 200 }, { rate: 300 }],
    ours: [{ rate: 150 }, { rate: 400 }, { rate: 300 }],
  },
};

function group(change: Partial<Group> = {}): Group {
  return {
    suite: 'speed',
    title: 'Speed',
    measures: [{ key: 'rate', title: 'bytes', unit: 'MB/s', better: 'more' }],
    cases: [up],
    names: { pipe: '3 × pipe', ours: 'ours' },
    yardstick: 'pipe',
    ...change,
  };
}

describe('the tables of a group', () => {
  it('show medians, the median of the ratios, and their range', () => {
    expect(groupTables(group())).toBe(
      `**Speed: bytes, MB/s; × 3 × pipe, range; more is better**

|          |                     up |
| -------- | ---------------------: |
| 3 × pipe |                    200 |
| ours     | 300 · ×1.50, 1.00–2.00 |`,
    );
  });

  it('have cases down when there are more of them than subjects', () => {
    const table = groupTables(group({ cases: [up, { ...up, name: 'down' }, { ...up, name: 'both' }] }));
    expect(table).toContain('|      | 3 × pipe |                   ours |');
    expect(table).toContain('| both |      200 | 300 · ×1.50, 1.00–2.00 |');
  });

  it('show the parts of a sum', () => {
    const measures = [
      { key: 'cpu', title: 'time', unit: 's/GB', better: 'less', parts: ['first', 'last'] } as const,
    ];
    const cases = [{ name: 'up', samples: { pipe: [{ cpu: 3, first: 1, last: 2 }] } }];
    expect(groupTables(group({ measures, cases }))).toContain('| 3 × pipe | 3.00 (1.00 + 2.00) |');
  });

  it('have a dash where a subject was given up', () => {
    const cases = [up, { name: 'down', samples: { pipe: [{ rate: 5 }] } }];
    expect(groupTables(group({ cases }))).toMatch(/\| ours +\| 300 .+\| +– \|/);
  });

  it('leave out subjects that have no figures at all', () => {
    expect(groupTables(group({ names: { pipe: 'pipe', ours: 'ours', gone: 'gone' } }))).not.toContain('gone');
  });

  it('have no ratios where nothing is compared', () => {
    const { yardstick: _, ...alone } = group();
    expect(groupTables(alone)).not.toContain('×1');
  });

  it('are followed by what else there is to know', () => {
    const notes = ['900 instead of 1,000.'];
    expect(groupTables(group({ notes }))).toBe(`${groupTables(group())}\n\n900 instead of 1,000.`);
  });
});
