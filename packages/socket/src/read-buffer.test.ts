import { describe, expect, it } from 'vitest';
import { HEADROOM_BYTES, ReadBuffer } from './read-buffer.js';

describe('the buffer of a connection', () => {
  it('is shared with all others while little arrives, and what arrives is copied out', () => {
    const [a, b] = [new ReadBuffer(), new ReadBuffer()];
    expect(a.next()).toBe(b.next());
    a.next().set([1, 2, 3]);
    const bytes = a.filled(3);
    b.next().set([9, 9, 9]);
    expect([...bytes.subarray(HEADROOM_BYTES)]).toEqual([1, 2, 3]);
  });

  it('is its own, and larger, once the shared one was filled, and is given back when little arrives', () => {
    const buffer = new ReadBuffer();
    const shared = buffer.next();
    buffer.adapt(shared.length, false);
    const own = buffer.next();
    expect(own.length).toBeGreaterThan(shared.length);
    own[0] = 7;
    expect(buffer.filled(1)[HEADROOM_BYTES]).toBe(7);
    buffer.adapt(own.length, false);
    expect(buffer.next()).toBe(own);
    buffer.adapt(100, false);
    expect(buffer.next()).toBe(shared);
    const next = new ReadBuffer();
    next.adapt(shared.length, false);
    expect(next.next().buffer).toBe(own.buffer);
  });

  it('is not given to another connection while its bytes are lent', () => {
    const buffer = new ReadBuffer();
    buffer.adapt(buffer.next().length, false);
    const own = buffer.next();
    buffer.adapt(100, true);
    expect(buffer.next()).toBe(own);
    buffer.release(true);
    const next = new ReadBuffer();
    next.adapt(next.next().length, false);
    expect(next.next().buffer).not.toBe(own.buffer);
  });
});
