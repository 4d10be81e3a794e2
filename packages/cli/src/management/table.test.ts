import { describe, expect, it } from 'vitest';
import { bytes, duration, list, table, widthOf } from './table.js';

describe('a table', () => {
  it('has columns as wide as what stands in them, and numbers to the right', () => {
    const rows = [
      ['a', 1, true],
      ['long name', 1_000, undefined],
    ] as const;
    expect(table(['NAME', 'COUNT', 'ON'], rows)).toBe(
      ['NAME       COUNT  ON', 'a              1  yes', 'long name   1000  -', ''].join('\n'),
    );
  });

  it('without rows says so', () => {
    expect(table(['NAME'], [])).toBe('None.\n');
  });

  it.each([
    ['plain', 5],
    ['日本語', 6],
    ['한글', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['🇨🇭', 2],
    ['é', 1],
    ['', 0],
  ])('takes %j for %i columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('lines up after wide characters', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['日本', 'x'],
          ['abcd', 'y'],
        ],
      ),
    ).toBe('A     B\n日本  x\nabcd  y\n');
  });

  it.each(['\u001b[31mred', 'a\nb', '\u009b2J', 'a\u202eb', '\u2066x\u2069'])(
    'shows %j without what a terminal acts on',
    (text) => {
      const told = table(['A'], [[text]]) + list({ A: text });
      expect(told.split('\n')).toHaveLength(4);
      expect(told.replaceAll('\n', '')).not.toMatch(/\p{Control}|[\u202a-\u202e\u2066-\u2069]/u);
    },
  );
});

describe('a list', () => {
  it('puts values below each other, and leaves out what is not there', () => {
    expect(list({ Name: 'a', 'Longer name': 0, Nothing: undefined, Empty: '' })).toBe(
      'Name         a\nLonger name  0\nEmpty        -\n',
    );
  });
});

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [91_220, '91 kB'],
    [1.5e9, '1.5 GB'],
    [9e18, '9000 PB'],
  ])('%i bytes are %s', (count, text) => expect(bytes(count)).toBe(text));

  it.each([
    [0, '0 s'],
    [1_400, '1 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_061_000, '1 d 1 h'],
  ])('%i ms are %s', (ms, text) => expect(duration(ms)).toBe(text));
});
