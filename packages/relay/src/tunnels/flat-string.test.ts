import { describe, expect, it } from 'vitest';
import { flat } from './flat-string.js';

describe('a flat string', () => {
  it('is the same text', () => {
    const id = `${'ab'.repeat(4)}-${'cd'.repeat(2)}`;
    expect(flat(id)).toBe('abababab-cdcd');
    expect(flat('')).toBe('');
    expect(flat('x'.repeat(1000))).toBe('x'.repeat(1000));
  });

  it('keeps nothing of the one before it', () => {
    const long = flat('first, and long');
    expect([flat('second'), long]).toEqual(['second', 'first, and long']);
  });
});
