import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMask } from './mask.js';
import { makeMaskMemory, maskMemory, maskModule } from './mask-kernel.js';

/** The definition, a byte at a time: RFC 6455, section 5.3. */
function byDefinition(bytes: Uint8Array, key: number): Uint8Array {
  return bytes.map((byte, i) => byte ^ ((key >>> (8 * (i % 4))) & 0xff));
}

const memory = makeMaskMemory(64 * 1024)!;
const bytes = new Uint8Array(memory.buffer);

describe('the WebAssembly kernel', () => {
  it('masks as RFC 6455 says at every alignment, for every length and any key, and nothing around', () => {
    for (let at = 0; at < 70; at += 1) {
      for (let length = 0; length < 270; length += 1) {
        const key = (Math.imul(at * 271 + length, 0x9e3779b1) ^ 0x5bd1e995) | 0;
        for (let i = 0; i < 400; i += 1) bytes[i] = (i * 37 + length) & 0xff;
        const before = bytes.slice(0, 400);
        memory.mask(at, length, key);
        const expected = before.slice();
        expected.set(byDefinition(before.subarray(at, at + length), key), at);
        if (Buffer.compare(bytes.subarray(0, 400), expected) !== 0)
          expect({ at, length, key }).toBe('masked');
      }
    }
  });

  it('returns the key for the byte that follows', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.integer(),
        fc.nat(600),
        fc.nat(80),
        (payload, key, cut, at) => {
          const first = Math.min(cut, payload.length);
          bytes.set(payload, at);
          const rotated = memory.mask(at, first, key);
          memory.mask(at + first, payload.length - first, rotated);
          expect(bytes.slice(at, at + payload.length)).toEqual(byDefinition(payload, key));
        },
      ),
    );
  });

  it('is not used when its code is not a module, or gives a wrong result', () => {
    const [i32Xor, i32Or] = [0x73, 0x72];
    const wrong = maskModule();
    wrong[wrong.lastIndexOf(i32Xor)] = i32Or;
    expect(makeMaskMemory(1, wrong)).toBeUndefined();
    expect(makeMaskMemory(1, wrong.subarray(0, 50))).toBeUndefined();
    expect(makeMaskMemory(1)).toBeDefined();
  });

  it('is not used where there is no WebAssembly, or no memory', () => {
    expect(makeMaskMemory(2 ** 40)).toBeUndefined();
    const { WebAssembly } = globalThis as unknown as { WebAssembly: unknown };
    Reflect.deleteProperty(globalThis, 'WebAssembly');
    try {
      expect(makeMaskMemory(1)).toBeUndefined();
    } finally {
      Object.defineProperty(globalThis, 'WebAssembly', {
        value: WebAssembly,
        configurable: true,
        writable: true,
      });
    }
  });
});

describe('a mask over bytes in the memory of the kernel', () => {
  it('is the same as anywhere else', () => {
    const inside = maskMemory()!;
    expect(maskMemory()).toBe(inside);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 700 }),
        fc.integer(),
        fc.nat(7),
        fc.nat(7),
        (payload, key, from, start) => {
          const there = new Uint8Array(inside, from, start + payload.length + 3).fill(9);
          there.set(payload, start);
          const here = there.slice();
          expect(applyMask(there, start, start + payload.length, key)).toBe(
            applyMask(here, start, start + payload.length, key),
          );
          expect(there).toEqual(here);
        },
      ),
    );
  });
});
