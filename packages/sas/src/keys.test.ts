import { describe, expect, it } from 'vitest';
import { equalBytes, generateKey } from './keys.js';

describe('a generated key', () => {
  it('is 32 bytes as base64, and another each time', () => {
    const keys = Array.from({ length: 50 }, generateKey);
    for (const key of keys) {
      expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(key, 'base64')).toHaveLength(32);
    }
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('equalBytes', () => {
  it.each([
    [[], [], true],
    [[1, 2], [1, 2], true],
    [[1, 2], [1, 3], false],
    [[0, 2], [1, 2], false],
    [[1, 2], [1], false],
    [[1], [1, 2], false],
    [[0], [], false],
    [[], [0], false],
  ])('of %j and %j is %j', (a, b, equal) => {
    expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(equal);
  });
});
