/**
 * Reads one direction of WebSocket frames from chunks that break anywhere.
 *
 * The parser keeps no payload of a data frame: each piece is unmasked where it lies and handed on. Only a control
 * frame, 125 bytes at most, is collected. What is checked is what a header can say wrong: reserved bits and opcodes,
 * masking, lengths, and fragments out of order. Text is not validated as UTF-8, because one client of this wire writes
 * arbitrary slices as text messages (docs/protocol.md, section 3.6).
 *
 * Source: RFC 6455, sections 5.2 to 5.5.
 * @module
 */
import { CloseCode } from './close.js';
import { RelayError } from './errors.js';
import { MAX_CONTROL_PAYLOAD_BYTES, MAX_FRAME_HEADER_BYTES, Opcode } from './frame.js';
import { applyMask } from './mask.js';

/** Who hears what a parser reads. Nothing here may throw. */
export interface FrameSink {
  /** The header of a data frame is complete; `length` bytes of payload follow, perhaps none. */
  onFrame(fin: boolean, opcode: number, length: number): void;
  /** A piece of that payload lies unmasked in `bytes[start..end)`; never empty. */
  onPayload(bytes: Buffer, start: number, end: number): void;
  /** A whole control frame. `payload` is only valid during the call. */
  onControl(opcode: number, payload: Uint8Array): void;
}

/** A streaming parser of one direction of a connection. After an error it must not be fed again. */
export class FrameParser {
  readonly #sink: FrameSink;
  readonly #masked: boolean;
  /** Made when the end of a chunk first cuts a header. */
  #header: Uint8Array | undefined;
  #headerBytes = 0;
  /** Payload bytes of the current frame still to come. */
  #remaining = 0;
  #key = 0;
  /** The opcode of the control frame that is being collected; 0 outside of one. */
  #control = 0;
  #controlPayload: Uint8Array | undefined;
  #controlBytes = 0;
  /** A message has begun and its last fragment has not. */
  #fragmented = false;

  /** @param masked - whether the peer is a client, whose frames must all be masked; a server's must not. */
  constructor(sink: FrameSink, masked: boolean) {
    this.#sink = sink;
    this.#masked = masked;
  }

  /** No frame has begun without having ended. */
  get betweenFrames(): boolean {
    return this.#remaining === 0 && this.#headerBytes === 0;
  }

  /**
   * Reads `bytes[start..end)`, unmasking payload in place.
   * @throws RelayError `ERR_RELAY_PROTOCOL`, with the close code to answer.
   */
  parse(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#remaining > 0) {
        at = this.#readPayload(bytes, at, end);
      } else if (this.#headerBytes === 0 && isHeaderWhole(bytes, at, end)) {
        at = this.#readHeader(bytes, at);
      } else {
        at = this.#collectHeader(bytes, at, end);
      }
    }
  }

  #readPayload(bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(end, at + this.#remaining);
    this.#remaining -= stop - at;
    this.#key = applyMask(bytes, at, stop, this.#key);
    if (this.#control === 0) {
      this.#sink.onPayload(bytes, at, stop);
    } else {
      this.#controlPayload!.set(bytes.subarray(at, stop), this.#controlBytes);
      this.#controlBytes += stop - at;
      if (this.#remaining === 0) this.#endControl();
    }
    return stop;
  }

  /** A header that the end of a chunk may cut is put together byte by byte. */
  #collectHeader(bytes: Buffer, start: number, end: number): number {
    this.#header ??= new Uint8Array(MAX_FRAME_HEADER_BYTES);
    const header = this.#header;
    let at = start;
    while (at < end) {
      header[this.#headerBytes] = bytes[at]!;
      this.#headerBytes += 1;
      at += 1;
      if (this.#headerBytes >= 2 && this.#headerBytes === headerLength(header[1]!)) {
        this.#headerBytes = 0;
        this.#readHeader(header, 0);
        break;
      }
    }
    return at;
  }

  /** Reads a header that lies whole in `bytes` at `at`, and returns the offset behind it. */
  #readHeader(bytes: Uint8Array, at: number): number {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    const fin = (first & 0x80) !== 0;
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) throw violation('A frame has a reserved bit set');
    if (((second & 0x80) !== 0) !== this.#masked) {
      throw violation(this.#masked ? 'A frame of a client is not masked' : 'A frame of a server is masked');
    }

    let next = at + 2;
    let length = second & 0x7f;
    if (length === 126) {
      length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      next += 2;
    } else if (length === 127) {
      length = readUint32(bytes, at + 2) * 0x1_0000_0000 + readUint32(bytes, at + 6);
      if (!Number.isSafeInteger(length)) throw violation('A frame is longer than 2^53 - 1 bytes');
      next += 8;
    }
    if (this.#masked) {
      this.#key =
        bytes[next]! | (bytes[next + 1]! << 8) | (bytes[next + 2]! << 16) | (bytes[next + 3]! << 24);
      next += 4;
    }
    this.#remaining = length;

    if (opcode >= Opcode.close) this.#beginControl(fin, opcode, length);
    else this.#beginData(fin, opcode, length);
    return next;
  }

  #beginData(fin: boolean, opcode: number, length: number): void {
    if (opcode > Opcode.binary) throw violation('A frame has a reserved opcode');
    if ((opcode === Opcode.continuation) !== this.#fragmented) {
      throw violation(
        this.#fragmented ? 'A message begins inside of another' : 'A message begins with a continuation',
      );
    }
    this.#fragmented = !fin;
    this.#control = 0;
    this.#sink.onFrame(fin, opcode, length);
  }

  #beginControl(fin: boolean, opcode: number, length: number): void {
    if (opcode > Opcode.pong) throw violation('A frame has a reserved opcode');
    if (!fin || length > MAX_CONTROL_PAYLOAD_BYTES)
      throw violation('A control frame is fragmented or too long');
    this.#control = opcode;
    this.#controlBytes = 0;
    if (length === 0) this.#endControl();
    else this.#controlPayload ??= new Uint8Array(MAX_CONTROL_PAYLOAD_BYTES);
  }

  #endControl(): void {
    const opcode = this.#control;
    this.#control = 0;
    this.#sink.onControl(opcode, this.#controlPayload?.subarray(0, this.#controlBytes) ?? EMPTY);
  }
}

const EMPTY = new Uint8Array(0);

function isHeaderWhole(bytes: Uint8Array, at: number, end: number): boolean {
  const available = end - at;
  return available >= MAX_FRAME_HEADER_BYTES || (available >= 2 && available >= headerLength(bytes[at + 1]!));
}

function headerLength(second: number): number {
  const length = second & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function violation(message: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', message, { closeCode: CloseCode.protocolError });
}
