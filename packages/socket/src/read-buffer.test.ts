import { describe, expect, it } from 'vitest';
import { BufferPool, HEADROOM_BYTES, LARGE_BYTES } from './buffer-pool.js';
import { ReadBuffer } from './read-buffer.js';

const heapOnly = () => new BufferPool(() => undefined);

describe('the buffer of a connection', () => {
  it('is shared with all others while little arrives, and what arrives is copied out', () => {
    const pool = heapOnly();
    const [a, b] = [new ReadBuffer(pool), new ReadBuffer(pool)];
    expect(a.next()).toBe(b.next());
    a.next().set([1, 2, 3]);
    const bytes = a.filled(3);
    expect(a.isCopied).toBe(true);
    b.next().set([9, 9, 9]);
    expect([...bytes.subarray(HEADROOM_BYTES, HEADROOM_BYTES + 3)]).toEqual([1, 2, 3]);
  });

  it('is its own, and larger, once much arrived, and is given back when little does', () => {
    const pool = heapOnly();
    const buffer = new ReadBuffer(pool);
    const shared = buffer.next();
    expect(buffer.isFull(shared.length)).toBe(true);
    buffer.adapt(32 * 1024, false);
    const own = buffer.next();
    expect(own.length).toBeGreaterThan(shared.length);
    own[0] = 7;
    expect(buffer.filled(1)[HEADROOM_BYTES]).toBe(7);
    expect(buffer.isCopied).toBe(false);
    buffer.adapt(8 * 1024, false);
    expect(buffer.next()).toBe(own);
    buffer.adapt(100, false);
    expect(buffer.next()).toBe(shared);
    const next = new ReadBuffer(pool);
    next.adapt(shared.length, false);
    expect(next.next().buffer).toBe(own.buffer);
  });

  it('stays its own while its bytes are lent', () => {
    const pool = heapOnly();
    const buffer = new ReadBuffer(pool);
    buffer.adapt(LARGE_BYTES, false);
    const own = buffer.next();
    buffer.adapt(100, true);
    expect(buffer.next()).toBe(own);
    const other = new ReadBuffer(pool);
    other.adapt(LARGE_BYTES, false);
    expect(other.next().buffer).not.toBe(own.buffer);
  });
});
