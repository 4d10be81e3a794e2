/**
 * The bytes that an end sends: each follows from its place, so that what arrives can be checked without being kept.
 * @module
 */

/** Of no width that the code counts in, so that bytes which are missing or doubled never pass for others. */
const PERIOD = 65_521 * 7;
const periods = new Map<number, Buffer>();

/** `length` bytes of the stream of `seed`, from place `from` on. */
export function streamBytes(seed: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const source = periodOf(seed);
  for (let at = 0; at < length; ) {
    const start = (from + at) % PERIOD;
    at += source.copy(bytes, at, start, Math.min(PERIOD, start + length - at));
  }
  return bytes;
}

/** Whether `bytes` are those of the stream of `seed` from place `from` on. */
export function isStream(bytes: Uint8Array, seed: number, from: number): boolean {
  return Buffer.compare(streamBytes(seed, from, bytes.length), bytes) === 0;
}

function periodOf(seed: number): Buffer {
  let bytes = periods.get(seed);
  if (bytes === undefined) {
    let state = seed + 1;
    bytes = Buffer.from(
      Uint8Array.from({ length: PERIOD }, () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return state >>> 24;
      }),
    );
    periods.set(seed, bytes);
  }
  return bytes;
}
