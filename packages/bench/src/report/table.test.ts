import { describe, expect, it } from 'vitest';
import { figure, markdownTable } from './table.js';

describe('a table', () => {
  it('is Markdown in columns', () => {
    const rows = [
      ['', 'MB/s'],
      ['3 × pipe', '7'],
    ];
    expect(markdownTable(rows)).toBe('|          | MB/s |\n| -------- | ---: |\n| 3 × pipe |    7 |');
  });
});

describe('a figure', () => {
  it.each([
    [1234.5, '1235'],
    [100, '100'],
    [12.345, '12.3'],
    [0.5, '0.500'],
    [0.00001, '0.00'],
    [-0.2, '-0.200'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('of %d reads %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
