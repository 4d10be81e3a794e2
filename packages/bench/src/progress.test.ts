import { describe, expect, it } from 'vitest';
import type { GroupPlan } from './plan.js';
import { TimeLeft } from './progress.js';

/** Two subjects and two rounds of one case that is said to take ten seconds. */
function plan(fresh: boolean): GroupPlan {
  const subject = {} as GroupPlan['subjects'][number];
  const measure = () => Promise.resolve({});
  const cases = [{ name: 'case', seconds: 10, measure }];
  return { title: 'Group', measures: [], subjects: [subject, subject], rounds: 2, fresh, cases };
}

describe('the time left', () => {
  it('is not known before anything was measured', () => {
    const left = new TimeLeft([plan(false)], () => 0);
    expect(left.seconds).toBeUndefined();
    expect(String(left)).toBe('');
  });

  it('is what the cases say, the warming up included', () => {
    let now = 0;
    const left = new TimeLeft([plan(false)], () => now);
    const done = left.begin(10);
    now = 10_000;
    done();
    expect(left.seconds).toBe(50);
    expect(String(left)).toBe(' (50 s left)');
  });

  it('grows on a machine that takes longer than they say', () => {
    let now = 0;
    const left = new TimeLeft([plan(true)], () => now);
    const done = left.begin(10);
    now = 40_000;
    done();
    expect(left.seconds).toBe(120);
    expect(String(left)).toBe(' (2 min left)');
  });
});
