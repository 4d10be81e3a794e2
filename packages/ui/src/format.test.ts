/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { formatAgo, formatBytes, formatDuration, formatTime, plural } from './format.js';

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [5e12, '5.00 TB'],
    [-1, '0 B'],
  ])('%d read as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('a span of time', () => {
  it.each([
    [0, '< 1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
  ])('%d ms reads as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('how long ago', () => {
  it.each([
    [0, 'just now'],
    [-5_000, 'just now'],
    [30_000, '30 s ago'],
    [7_200_000, '2 h ago'],
    [172_800_000, '2 d ago'],
  ])('%d ms reads as %s', (ms, text) => {
    expect(formatAgo('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:00Z') + ms)).toBe(text);
  });

  it('is not made up of a time that is none', () => {
    expect(formatAgo('yesterday', 0)).toBe('–');
    expect(formatTime('yesterday')).toBe('–');
  });
});

it('counts in words', () => {
  expect([plural(1, 'app'), plural(2, 'app'), plural(0, 'policy', 'policies')]).toEqual([
    '1 app',
    '2 apps',
    '0 policies',
  ]);
});
