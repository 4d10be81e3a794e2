/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { tokenIn } from './token.js';

describe('the token in an address', () => {
  it.each(['#token=abc-_1', '#/token=abc-_1', '#token=abc-_1&more=1'])('is read from %s', (hash) => {
    expect(tokenIn(hash)).toBe('abc-_1');
  });

  it.each(['', '#', '#/', '#token=', '#/connections/token'])('is not in %j', (hash) => {
    expect(tokenIn(hash)).toBeUndefined();
  });
});
