/**
 * The masking of a client's frames: each byte XOR the byte of a four-byte key.
 *
 * A key is held as one 32-bit integer whose lowest byte is the key's first byte, so that a frame that arrives in
 * pieces needs no counter: what `applyMask` returns is the key for the next piece. Bytes in the memory of the WebAssembly
 * kernel (`mask-kernel.ts`) are masked by it, others by words.
 *
 * Source: RFC 6455, section 5.3.
 * @module
 */
import { maskMemoryIfMade } from './mask-kernel.js';

/** Below this many bytes, making a view of words costs more than it saves (measured between 32 and 64). */
const WORDWISE_FROM_BYTES = 48;

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * Masks or unmasks `bytes[start..end)` in place; the two are the same operation.
 *
 * @param key - the masking key, its first byte lowest; 0 leaves the bytes as they are and costs nothing.
 * @returns the key rotated for the byte that follows `end`.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (key === 0) return 0;
  if (end - start < WORDWISE_FROM_BYTES || !littleEndian) return applyBytewise(bytes, start, end, key);
  const memory = maskMemoryIfMade();
  if (memory && bytes.buffer === memory.buffer) {
    return memory.mask(bytes.byteOffset + start, end - start, key);
  }

  const misaligned = (bytes.byteOffset + start) & 3;
  const wordsStart = misaligned === 0 ? start : start + 4 - misaligned;
  const wordKey = applyBytewise(bytes, start, wordsStart, key);
  const count = (end - wordsStart) >>> 2;
  applyWordwise(new Int32Array(bytes.buffer, bytes.byteOffset + wordsStart, count), wordKey);
  return applyBytewise(bytes, wordsStart + count * 4, end, wordKey);
}

function applyBytewise(bytes: Uint8Array, start: number, end: number, key: number): number {
  let rotated = key;
  for (let i = start; i < end; i += 1) {
    bytes[i]! ^= rotated & 0xff;
    rotated = (rotated >>> 8) | (rotated << 24);
  }
  return rotated;
}

/** Eight words a round: the compiled loop then runs at the speed of memory rather than of its own counter. */
function applyWordwise(words: Int32Array, key: number): void {
  const whole = words.length & ~7;
  let i = 0;
  for (; i < whole; i += 8) {
    words[i]! ^= key;
    words[i + 1]! ^= key;
    words[i + 2]! ^= key;
    words[i + 3]! ^= key;
    words[i + 4]! ^= key;
    words[i + 5]! ^= key;
    words[i + 6]! ^= key;
    words[i + 7]! ^= key;
  }
  for (; i < words.length; i += 1) words[i]! ^= key;
}
