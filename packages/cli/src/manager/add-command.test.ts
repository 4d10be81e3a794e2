import { describe, expect, it } from 'vitest';
import { picked } from './add-command.js';

describe('an answer to the question which', () => {
  it.each([
    ['1', ['a']],
    ['1 3', ['a', 'c']],
    ['3,1', ['a', 'c']],
    ['2-4', ['b', 'c', 'd']],
    [' 1-2 , 2 ', ['a', 'b']],
    ['ALL', ['a', 'b', 'c', 'd']],
  ])('%j means %j', (answer, chosen) => {
    expect(picked(['a', 'b', 'c', 'd'], answer)).toEqual(chosen);
  });

  it.each(['', ' ', '0', '5', '1-5', '3-2', '-1', 'a', '1;2', '1e0'])('%j is none', (answer) => {
    expect(() => picked(['a', 'b', 'c', 'd'], answer)).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE' }),
    );
  });
});
