import { describe, expect, it } from 'vitest';
import { BufferPool, HEADROOM_BYTES, LARGE_BYTES, MIN_BUFFER_BYTES } from './buffer-pool.js';

const memory = new ArrayBuffer(2 * LARGE_BYTES + 4096);

describe('a pool of buffers', () => {
  it('gives buffers of the memory first, then others, none of them twice', () => {
    const pool = new BufferPool(() => memory);
    const taken = Array.from({ length: 4 }, () => pool.take());
    expect(taken.map(({ buffer }) => buffer === memory)).toEqual([true, true, false, false]);
    for (const [i, buffer] of taken.entries()) buffer.fill(i);
    for (const [i, buffer] of taken.entries()) {
      expect(buffer.length).toBeGreaterThanOrEqual(HEADROOM_BYTES + MIN_BUFFER_BYTES);
      expect(buffer.every((byte) => byte === i)).toBe(true);
    }
  });

  it('gives what was given back, and begins with it, so that fewer are ever touched', () => {
    const pool = new BufferPool(() => memory);
    const first = pool.take();
    pool.give(first);
    expect(pool.take()).toBe(first);
    const [, third] = [pool.take(), pool.take()];
    pool.give(third);
    expect(pool.take()).toBe(third);
  });

  it('keeps a few buffers of the heap, whatever comes back', () => {
    const pool = new BufferPool(() => undefined);
    const taken = new Set(Array.from({ length: 100 }, () => pool.take()));
    for (const buffer of taken) pool.give(buffer);
    pool.give(Buffer.alloc(100));
    const again = Array.from({ length: 100 }, () => pool.take());
    expect(again.filter((buffer) => taken.has(buffer))).toHaveLength(16);
  });
});

describe('a copy of what has landed', () => {
  const text = (bytes: Buffer, length: number) =>
    bytes.toString('latin1', HEADROOM_BYTES, HEADROOM_BYTES + length);

  it('goes into the same buffer each time, behind the headroom', () => {
    const pool = new BufferPool(() => undefined);
    const copy = pool.copyOf(Buffer.from('first'), 5);
    expect(text(copy, 5)).toBe('first');
    expect(pool.copyOf(Buffer.from('second'), 6)).toBe(copy);
    expect(text(copy, 6)).toBe('second');
  });

  it('stays as it is once it was kept, until it is given back', () => {
    const pool = new BufferPool(() => undefined);
    const copy = pool.copyOf(Buffer.from('first'), 5);
    expect(pool.keepCopy()).toBe(copy);
    const next = pool.copyOf(Buffer.from('second'), 6);
    expect(next).not.toBe(copy);
    expect(text(copy, 5)).toBe('first');
    pool.give(copy);
    expect(pool.copyOf(Buffer.from('third'), 5)).toBe(next);
    pool.keepCopy();
    expect(pool.copyOf(Buffer.from('fourth'), 6)).toBe(copy);
  });
});
