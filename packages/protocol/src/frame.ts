/**
 * The header of a WebSocket frame, written to bytes. Reading is in `frame-parser.ts`.
 *
 * Source: RFC 6455, section 5.2. No extension is ever negotiated on this wire (docs/protocol.md, section 3.5), so the
 * reserved bits are always zero.
 * @module
 */

/** What a frame carries. */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** One of the six opcodes that RFC 6455 defines. */
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** A header is never longer: 2 bytes, 8 of length, 4 of masking key. */
export const MAX_FRAME_HEADER_BYTES = 14;

/** A control frame's payload is never longer (RFC 6455, section 5.5). */
export const MAX_CONTROL_PAYLOAD_BYTES = 125;

/** How many bytes the shortest header for a payload of `length` bytes takes. */
export function frameHeaderLength(length: number, masked: boolean): number {
  const unmasked = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  return masked ? unmasked + 4 : unmasked;
}

/**
 * Writes a header at `at`; `into` must have {@link frameHeaderLength} bytes of room there.
 *
 * @param key - the masking key as `applyMask` takes it; `undefined` for a frame that is not masked.
 * @returns the offset behind the header, where the payload belongs.
 */
export function writeFrameHeader(
  into: Uint8Array,
  at: number,
  fin: boolean,
  opcode: number,
  length: number,
  key: number | undefined,
): number {
  const maskBit = key === undefined ? 0 : 0x80;
  let next = at + 2;
  into[at] = (fin ? 0x80 : 0) | opcode;
  if (length < 126) {
    into[at + 1] = maskBit | length;
  } else if (length < 65_536) {
    into[at + 1] = maskBit | 126;
    into[at + 2] = length >>> 8;
    into[at + 3] = length & 0xff;
    next += 2;
  } else {
    into[at + 1] = maskBit | 127;
    writeUint32(into, at + 2, Math.floor(length / 0x1_0000_0000));
    writeUint32(into, at + 6, length % 0x1_0000_0000);
    next += 8;
  }
  if (key === undefined) return next;
  into[next] = key & 0xff;
  into[next + 1] = (key >>> 8) & 0xff;
  into[next + 2] = (key >>> 16) & 0xff;
  into[next + 3] = key >>> 24;
  return next + 4;
}

function writeUint32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = (value >>> 16) & 0xff;
  into[at + 2] = (value >>> 8) & 0xff;
  into[at + 3] = value & 0xff;
}
