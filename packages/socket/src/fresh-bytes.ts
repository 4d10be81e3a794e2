/**
 * Random bytes, a few at a time: for handshake keys and the secrets of addresses.
 *
 * They are drawn by the thousand, since a call of the generator costs more than a handshake's key. Bytes that were given
 * out are wiped where they were drawn.
 * @module
 */
import { randomFillSync } from 'node:crypto';

const drawn = Buffer.allocUnsafeSlow(4096);
let next = drawn.length;

/** Unpredictable bytes that nobody else has. @param length - at most 4096 */
export function freshBytes(length: number): Buffer {
  if (next + length > drawn.length) {
    randomFillSync(drawn);
    next = 0;
  }
  const bytes = Buffer.from(drawn.subarray(next, next + length));
  drawn.fill(0, next, next + length);
  next += length;
  return bytes;
}
