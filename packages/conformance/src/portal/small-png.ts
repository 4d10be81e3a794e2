/**
 * Pictures, packed as tightly as can be: a browser is in a hurry.
 *
 * Source: the PNG specification, section 5 and annex D.
 * @module
 */
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE_BYTES = 8;
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD_BYTES = 12;

/** The same picture, smaller. */
export function compressed(png: Buffer): Buffer {
  const parts: Buffer[] = [png.subarray(0, SIGNATURE_BYTES)];
  const packed: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const whole = png.subarray(at, at + length + CHUNK_OVERHEAD_BYTES);
    const type = whole.toString('latin1', 4, 8);
    if (type === 'IDAT') packed.push(whole.subarray(8, 8 + length));
    if (type === 'IEND')
      parts.push(chunk('IDAT', deflateSync(inflateSync(Buffer.concat(packed)), { level: 9, memLevel: 9 })));
    if (type === 'IHDR' || type === 'IEND') parts.push(whole);
    at += whole.length;
  }
  return Buffer.concat(parts);
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

function crc32(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
