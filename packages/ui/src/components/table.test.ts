/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { sortRows } from './table.js';

describe('the rows of a table', () => {
  it('are sorted as people count', () => {
    const rows = ['site-10', 'site-9', 'Site-1'];
    expect(sortRows(rows, (row) => row, false)).toEqual(['Site-1', 'site-9', 'site-10']);
    expect(sortRows(rows, (row) => row, true)).toEqual(['site-10', 'site-9', 'Site-1']);
  });

  it('are sorted by number, and keep their order where that is equal', () => {
    const rows = [
      { name: 'a', count: 10 },
      { name: 'b', count: 9 },
      { name: 'c', count: 9 },
    ];
    expect(sortRows(rows, ({ count }) => count, false).map(({ name }) => name)).toEqual(['b', 'c', 'a']);
    expect(sortRows(rows, ({ count }) => count, true).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('stay as they are without anything to sort by', () => {
    expect(sortRows(['b', 'a'], undefined, true)).toEqual(['b', 'a']);
  });
});
