import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyMask } from './mask.js';

/** The definition, a byte at a time: RFC 6455, section 5.3. */
function maskedByDefinition(bytes: Uint8Array, key: number): Uint8Array {
  return bytes.map((byte, i) => byte ^ ((key >>> (8 * (i % 4))) & 0xff));
}

describe('a mask', () => {
  it('is the XOR of RFC 6455 at any alignment, for any length, and in any pieces', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer(),
        fc.nat(7),
        fc.array(fc.nat(400), { maxLength: 4 }),
        (payload, key, offset, cuts) => {
          const bytes = new Uint8Array(offset + payload.length);
          bytes.set(payload, offset);
          let rotated = key;
          let at = 0;
          for (const cut of [
            ...cuts.filter((c) => c <= payload.length).sort((a, b) => a - b),
            payload.length,
          ]) {
            rotated = applyMask(bytes, offset + at, offset + cut, rotated);
            at = cut;
          }
          expect(bytes.subarray(offset)).toEqual(maskedByDefinition(payload, key));
        },
      ),
    );
  });

  it('leaves bytes outside of its range alone', () => {
    const bytes = new Uint8Array(200).fill(7);
    applyMask(bytes, 3, 197, 0x01020304);
    expect([bytes[2], bytes[197]]).toEqual([7, 7]);
    expect(bytes[3]).toBe(7 ^ 4);
  });
});
