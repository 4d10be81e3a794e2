/**
 * Fresh masking keys for a client's frames, unpredictable as RFC 6455, section 5.3 wants them.
 *
 * Random bytes are drawn two thousand keys at a time: one call for each frame would cost more than the frame's mask.
 * @module
 */
import { randomFillSync } from 'node:crypto';

const keys = new Int32Array(2048);
let next = keys.length;

/** A masking key as `applyMask` takes it, never 0. */
export function freshMaskingKey(): number {
  for (;;) {
    if (next === keys.length) {
      randomFillSync(keys);
      next = 0;
    }
    const key = keys[next]!;
    keys[next] = 0;
    next += 1;
    if (key !== 0) return key;
  }
}
