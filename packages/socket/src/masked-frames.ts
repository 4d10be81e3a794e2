/**
 * What a client of this wire sends: binary messages, parts of messages and control frames, all masked.
 *
 * A frame has 64 KiB of payload at most, since one client takes no longer ones (docs/protocol.md, section 3.6).
 *
 * Source: RFC 6455, sections 5.2 and 5.3.
 * @module
 */
import {
  applyMask,
  frameHeaderLength,
  MAX_FRAME_PAYLOAD_BYTES,
  Opcode,
  writeFrameHeader,
} from '@hybridge/protocol';
import { freshMaskingKey } from './masking-key.js';

/** What `DataChannel.sendPart` sends of a message. */
export interface MessagePart {
  /** Of its first frame: text or binary where the message begins, continuation after that. */
  readonly opcode: number;
  /** Whether the message ends with it. */
  readonly fin: boolean;
}

/**
 * Masks `bytes[start..end)` where they lie, as one binary message; what stands before `start` is overwritten.
 * @returns the frame, a view of `bytes`; `undefined` when there is no room for its header, or they are too many for one.
 */
export function maskOneInPlace(bytes: Buffer, start: number, end: number): Uint8Array | undefined {
  const length = end - start;
  const headerLength = frameHeaderLength(length, true);
  if (length > MAX_FRAME_PAYLOAD_BYTES || start < headerLength) return undefined;
  const key = freshMaskingKey();
  applyMask(bytes, start, end, key);
  writeFrameHeader(bytes, start - headerLength, true, Opcode.binary, length, key);
  return bytes.subarray(start - headerLength, end);
}

/**
 * Masks `bytes[start..end)` where they lie, as binary messages; what stands before `start` is overwritten.
 * @returns the frames, in pieces: views of `bytes`, and headers for which there was no room.
 */
export function maskInPlace(bytes: Buffer, start: number, end: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = start; at < end; at += MAX_FRAME_PAYLOAD_BYTES) {
    const stop = Math.min(end, at + MAX_FRAME_PAYLOAD_BYTES);
    const key = freshMaskingKey();
    const headerLength = frameHeaderLength(stop - at, true);
    applyMask(bytes, at, stop, key);
    if (at === start && start >= headerLength) {
      writeFrameHeader(bytes, at - headerLength, true, Opcode.binary, stop - at, key);
      pieces.push(bytes.subarray(at - headerLength, stop));
    } else {
      const header = Buffer.allocUnsafe(headerLength);
      writeFrameHeader(header, 0, true, Opcode.binary, stop - at, key);
      pieces.push(header, bytes.subarray(at, stop));
    }
  }
  return pieces;
}

/** Masked copies of bytes as frames, in one allocation: part of a message, or each a binary one. */
export class FrameBuffer {
  readonly bytes: Buffer;
  readonly #part: MessagePart | undefined;
  #remaining: number;
  #at = 0;
  #frameRemaining = 0;
  #key = 0;

  constructor(payloadLength: number, part: MessagePart | undefined) {
    this.#part = part;
    const whole = Math.floor(payloadLength / MAX_FRAME_PAYLOAD_BYTES);
    const rest = payloadLength % MAX_FRAME_PAYLOAD_BYTES;
    const headers =
      whole * frameHeaderLength(MAX_FRAME_PAYLOAD_BYTES, true) +
      (rest === 0 && whole > 0 ? 0 : frameHeaderLength(rest, true));
    this.bytes = Buffer.allocUnsafe(payloadLength + headers);
    this.#remaining = payloadLength;
    if (payloadLength === 0) this.#beginFrame();
  }

  append(piece: Uint8Array): void {
    for (let from = 0; from < piece.length; ) {
      if (this.#frameRemaining === 0) this.#beginFrame();
      const to = Math.min(piece.length, from + this.#frameRemaining);
      this.bytes.set(from === 0 && to === piece.length ? piece : piece.subarray(from, to), this.#at);
      const stop = this.#at + to - from;
      this.#key = applyMask(this.bytes, this.#at, stop, this.#key);
      this.#frameRemaining -= to - from;
      this.#at = stop;
      from = to;
    }
  }

  #beginFrame(): void {
    this.#frameRemaining = Math.min(this.#remaining, MAX_FRAME_PAYLOAD_BYTES);
    this.#remaining -= this.#frameRemaining;
    this.#key = freshMaskingKey();
    const fin = this.#part === undefined || (this.#part.fin && this.#remaining === 0);
    const opcode =
      this.#part === undefined ? Opcode.binary : this.#at === 0 ? this.#part.opcode : Opcode.continuation;
    this.#at = writeFrameHeader(this.bytes, this.#at, fin, opcode, this.#frameRemaining, this.#key);
  }
}

/** A control frame. @param payload - copied. */
export function controlFrame(opcode: number, payload: Uint8Array): Buffer {
  const key = freshMaskingKey();
  const headerLength = frameHeaderLength(payload.length, true);
  const frame = Buffer.allocUnsafe(headerLength + payload.length);
  writeFrameHeader(frame, 0, true, opcode, payload.length, key);
  frame.set(payload, headerLength);
  applyMask(frame, headerLength, frame.length, key);
  return frame;
}
