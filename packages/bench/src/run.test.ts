import { describe, expect, it } from 'vitest';
import { merged, type Run } from './run.js';

function run(suite: string, change: Partial<Run> = {}): Run {
  return {
    machine: { node: 'v20.20.0', cpu: 'some', cores: 2, kernel: 'linux 6', memoryGib: 8 },
    loadBefore: 0.1,
    settings: { rounds: 5, bytes: 100, quick: false, connections: 10_000 },
    suites: [suite],
    everybody: true,
    subjects: [{ id: 'pipe', name: 'pipe', about: '', version: '1' }],
    failures: [],
    groups: [{ suite, title: suite, measures: [], cases: [], names: {} }],
    ...change,
  };
}

describe('runs that are put together', () => {
  it('have the suites of all, and each subject once', () => {
    const both = merged([run('http'), run('memory')]);
    expect(both.suites).toEqual(['http', 'memory']);
    expect(both.groups.map(({ suite }) => suite)).toEqual(['http', 'memory']);
    expect(both.subjects).toHaveLength(1);
  });

  it('claim the least of what they can', () => {
    const hasty = run('memory', {
      settings: { rounds: 3, bytes: 500, quick: true, connections: 2_000 },
      everybody: false,
      loadBefore: 2,
    });
    expect(merged([run('http'), hasty])).toMatchObject({
      settings: { rounds: 3, bytes: 100, quick: true, connections: 2_000 },
      everybody: false,
      loadBefore: 2,
    });
  });

  it('have to be of one machine', () => {
    const other = run('memory', { machine: { ...run('http').machine, node: 'v24.0.0' } });
    expect(() => merged([run('http'), other])).toThrow('different machines');
  });

  it('must not have measured the same', () => {
    expect(() => merged([run('http'), run('http')])).toThrow('Two of the runs have the suite http');
  });
});
