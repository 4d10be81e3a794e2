/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/service/api.js';
import { KEPT_ENTRIES, withEntry } from './log-lines.js';

const entry = (number: number, second = number): LogEntry => ({
  number,
  at: new Date(second * 1_000).toISOString(),
  level: 'info',
  message: `entry ${number}`,
  facts: {},
});

describe('the log of the page', () => {
  it('leaves out what comes a second time', () => {
    const kept = [entry(1), entry(2)];
    expect(withEntry(kept, entry(1))).toBe(kept);
    expect(withEntry(kept, entry(2))).toBe(kept);
    expect(withEntry(kept, entry(3)).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  it('goes on when a manager counts anew', () => {
    expect(withEntry([entry(900, 900)], entry(1, 901))).toHaveLength(2);
  });

  it('does not grow for ever', () => {
    let kept: readonly LogEntry[] = [];
    for (let number = 1; number <= KEPT_ENTRIES + 5; number += 1) kept = withEntry(kept, entry(number));
    expect(kept).toHaveLength(KEPT_ENTRIES);
    expect(kept.at(-1)?.number).toBe(KEPT_ENTRIES + 5);
  });
});
