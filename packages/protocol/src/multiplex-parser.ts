/**
 * Reads the frames of a multiplexed rendezvous from chunks that break anywhere.
 *
 * Bytes of streams are handed on where they lie and never kept; of any other frame at most 515 bytes are collected.
 * Checked is what a single frame can say wrong: its type, its length, its stream, its numbers. Whether it may come at
 * this moment is for the session to know.
 *
 * Source: docs/protocol.md, "Extensions".
 * @module
 */
import { RelayError } from './errors.js';
import { MAX_REASON_PHRASE_CHARS } from './limits.js';
import {
  HELLO_MAGIC,
  MAX_MULTIPLEX_DATA_BYTES,
  MAX_MULTIPLEX_WINDOW_BYTES,
  MAX_TRACKING_ID_CHARS,
  MULTIPLEX_HEADER_BYTES,
  MultiplexFrame,
  type MultiplexRefusal,
} from './multiplex.js';

/** Who hears what a {@link MultiplexParser} reads. What it throws ends the parsing. */
export interface MultiplexSink {
  onHello(maxStreams: number): void;
  onOpen(stream: number, windowBytes: number, trackingId: string): void;
  onAccept(stream: number, windowBytes: number): void;
  onReject(stream: number, refusal: MultiplexRefusal): void;
  /** A piece of a stream's data lies in `bytes[start..end)`; never empty. */
  onData(stream: number, bytes: Buffer, start: number, end: number): void;
  onWindow(stream: number, bytes: number): void;
  onEnd(stream: number): void;
  onReset(stream: number): void;
  onLeave(): void;
}

/** Shortest and longest payload, by type. */
const LENGTHS: readonly (readonly [least: number, most: number])[] = [
  [8, 8],
  [4, 4 + MAX_TRACKING_ID_CHARS],
  [4, 4],
  [3, 3 + MAX_REASON_PHRASE_CHARS],
  [1, MAX_MULTIPLEX_DATA_BYTES],
  [4, 4],
  [0, 0],
  [0, 0],
  [0, 0],
];

/** A streaming parser of one direction. After an error it must not be fed again. */
export class MultiplexParser {
  readonly #sink: MultiplexSink;
  #type = 0;
  #stream = 0;
  /** Payload bytes of the current frame still to come. */
  #remaining = 0;
  /** The header, or the payload of a frame that is not data, which the end of a chunk has cut. */
  #part: Buffer | undefined;
  #partBytes = 0;
  #inPayload = false;

  constructor(sink: MultiplexSink) {
    this.#sink = sink;
  }

  /**
   * Reads `bytes[start..end)`.
   * @throws RelayError `ERR_RELAY_PROTOCOL`
   */
  parse(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (!this.#inPayload) at = this.#header(bytes, at, end);
      else if (this.#type === MultiplexFrame.data) at = this.#data(bytes, at, end);
      else at = this.#payload(bytes, at, end);
    }
  }

  #header(bytes: Buffer, at: number, end: number): number {
    if (this.#part === undefined && end - at >= MULTIPLEX_HEADER_BYTES) {
      this.#begin(bytes, at);
      return at + MULTIPLEX_HEADER_BYTES;
    }
    const next = this.#collect(bytes, at, end, MULTIPLEX_HEADER_BYTES);
    const header = this.#whole(MULTIPLEX_HEADER_BYTES);
    if (header !== undefined) this.#begin(header, 0);
    return next;
  }

  #begin(header: Buffer, at: number): void {
    const type = header[at]!;
    const length = header.readUIntBE(at + 1, 3);
    const stream = header.readUInt32BE(at + 4);
    const [least, most] = LENGTHS[type] ?? broken(`frames of type ${type} do not exist`);
    if (length < least || length > most) broken(`a frame of type ${type} has ${length} bytes`);
    const isOfSession = type === MultiplexFrame.hello || type === MultiplexFrame.leave;
    if (isOfSession !== (stream === 0)) broken(`a frame of type ${type} names stream ${stream}`);
    this.#type = type;
    this.#stream = stream;
    this.#remaining = length;
    this.#inPayload = length > 0;
    if (length === 0) this.#tellBare();
  }

  #data(bytes: Buffer, at: number, end: number): number {
    const stop = Math.min(end, at + this.#remaining);
    this.#remaining -= stop - at;
    if (this.#remaining === 0) this.#inPayload = false;
    this.#sink.onData(this.#stream, bytes, at, stop);
    return stop;
  }

  #payload(bytes: Buffer, at: number, end: number): number {
    const length = this.#remaining;
    const isWhole = this.#part === undefined && end - at >= length;
    const next = isWhole ? at + length : this.#collect(bytes, at, end, length);
    const payload = isWhole ? bytes.subarray(at, next) : this.#whole(length);
    if (payload === undefined) return next;
    this.#inPayload = false;
    this.#tell(payload);
    return next;
  }

  #collect(bytes: Buffer, at: number, end: number, length: number): number {
    this.#part ??= Buffer.allocUnsafe(length);
    const stop = Math.min(end, at + length - this.#partBytes);
    this.#partBytes += bytes.copy(this.#part, this.#partBytes, at, stop);
    return stop;
  }

  #whole(length: number): Buffer | undefined {
    if (this.#partBytes < length) return undefined;
    const whole = this.#part;
    this.#part = undefined;
    this.#partBytes = 0;
    return whole;
  }

  #tellBare(): void {
    if (this.#type === MultiplexFrame.end) this.#sink.onEnd(this.#stream);
    else if (this.#type === MultiplexFrame.reset) this.#sink.onReset(this.#stream);
    else this.#sink.onLeave();
  }

  #tell(payload: Buffer): void {
    const stream = this.#stream;
    switch (this.#type) {
      case MultiplexFrame.hello:
        if (payload.readUInt32BE(0) !== HELLO_MAGIC) broken('its first bytes are something else');
        this.#sink.onHello(numberIn(payload, 4));
        break;
      case MultiplexFrame.open:
        this.#sink.onOpen(stream, numberIn(payload, 0), textIn(payload, 4));
        break;
      case MultiplexFrame.accept:
        this.#sink.onAccept(stream, numberIn(payload, 0));
        break;
      case MultiplexFrame.window:
        this.#sink.onWindow(stream, numberIn(payload, 0));
        break;
      default:
        this.#sink.onReject(stream, refusalIn(payload));
    }
  }
}

function refusalIn(payload: Buffer): MultiplexRefusal {
  const flags = payload[0]!;
  const status = payload.readUInt16BE(1);
  if (flags > 1 || status < 400 || status > 599) broken(`it rejects with ${status}, flags ${flags}`);
  return { untried: flags === 1, status, reason: textIn(payload, 3) };
}

/** All numbers are counts above zero. */
function numberIn(payload: Buffer, at: number): number {
  const value = payload.readUInt32BE(at);
  if (value < 1 || value > MAX_MULTIPLEX_WINDOW_BYTES) broken(`a number is ${value}`);
  return value;
}

/** It goes into logs and messages, so it may hold nothing that could forge a line there. */
function textIn(payload: Buffer, at: number): string {
  const text = payload.toString('latin1', at);
  if (/[^\x20-\x7e]/.test(text)) broken('a text is not printable ASCII');
  return text;
}

function broken(what: string): never {
  throw new RelayError('ERR_RELAY_PROTOCOL', `The peer does not keep to the multiplex protocol: ${what}`);
}
