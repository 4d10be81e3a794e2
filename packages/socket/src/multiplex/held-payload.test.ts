import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldPayload } from './held-payload.js';

describe('held payload', () => {
  it('comes back as it was, however it was pushed and taken', () => {
    const step = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), fc.constant('take' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const held = new HeldPayload();
        const pushed: Uint8Array[] = [];
        const taken: Buffer[] = [];
        const take = () => {
          const block = held.take();
          if (block !== undefined) taken.push(block);
          return block !== undefined;
        };
        for (const bytes of steps) {
          if (bytes === 'take') take();
          else {
            pushed.push(bytes);
            held.push(Buffer.concat([Buffer.of(1), bytes]), 1, 1 + bytes.length);
          }
        }
        while (take());
        expect(held.isEmpty).toBe(true);
        expect(Buffer.concat(taken).equals(Buffer.concat(pushed))).toBe(true);
      }),
    );
  });

  it('of many small pieces is few blocks', () => {
    const held = new HeldPayload();
    for (let i = 0; i < 100_000; i += 1) held.push(Buffer.of(i & 0xff), 0, 1);
    let blocks = 0;
    let capacity = 0;
    for (let block = held.take(); block !== undefined; block = held.take()) {
      blocks += 1;
      capacity += block.buffer.byteLength;
    }
    expect(blocks).toBeLessThan(40);
    expect(capacity).toBeLessThan(120_000);
  });

  it('is gone when it is cleared', () => {
    const held = new HeldPayload();
    held.push(Buffer.from('abc'), 0, 3);
    held.clear();
    expect([held.isEmpty, held.take()]).toEqual([true, undefined]);
    held.push(Buffer.from('de'), 0, 2);
    expect(held.take()?.toString()).toBe('de');
  });
});
