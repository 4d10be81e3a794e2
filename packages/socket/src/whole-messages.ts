/**
 * A short way for the messages of a control channel, past the WebSocket library that has the connection.
 *
 * With thousands of HTTP requests a second nearly all that comes is one kind of thing: a message of a few hundred bytes, in
 * one frame, many of them in one read. Those are taken out here, where they lie. Everything else goes on to the library, byte
 * by byte as it came, and the rest of that read with it: control frames, fragments, what a read cuts in two, what is too
 * long, text that is not ASCII, and whatever breaks the rules. So there is one judge of what is wrong, and it is not this.
 *
 * Back-pressure: none of its own. What the library says to the connection about the bytes that it gets stays said.
 *
 * Source: RFC 6455, section 5.2.
 * @module
 */
import { isAscii } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { applyMask, frameHeaderLength, Opcode } from '@hybridge/protocol';

/** Who takes whole messages. Nothing here may throw. */
export interface WholeMessagesOptions {
  /** Whether the far end is the client, whose frames are masked. */
  readonly isMasked: boolean;
  /** Bytes of a message that may go the short way; a longer one is the library's. */
  readonly maxBytes: number;
  /** Whether the library would still tell of a message. While it would not, everything is the library's. */
  readonly isOpen: () => boolean;
  readonly onText: (text: string) => void;
  /** @param bytes - a view of what was read; it stays as it is. */
  readonly onBinary: (bytes: Buffer) => void;
}

type Listener = (this: Duplex, bytes: Buffer) => void;

/**
 * Steps between a connection and the one who listens for its data.
 * @returns `false` when that is not exactly one; then nothing has changed.
 */
export function takeWholeMessages(socket: Duplex, options: WholeMessagesOptions): boolean {
  const listeners = socket.listeners('data') as Listener[];
  const [library] = listeners;
  if (library === undefined || listeners.length > 1) return false;
  const messages = new WholeMessages(options, (bytes) => library.call(socket, bytes));
  // Marked as what `once` adds is, so that `off` with the library's listener takes this one away: after a Close, and after
  // what breaks the rules, the library leaves like that, and whatever still comes is thrown away.
  const between = Object.assign((bytes: Buffer) => messages.read(bytes), { listener: library });
  // Before it, since `off` takes the last that it finds; one of the two is always there, or the connection would stop.
  socket.prependListener('data', between);
  socket.off('data', library);
  return true;
}

/** Takes whole messages out of one direction of a connection. */
export class WholeMessages {
  readonly #options: WholeMessagesOptions;
  readonly #others: (bytes: Buffer) => void;
  /** The beginning of a header that the end of a read has cut. */
  #cut: Buffer | undefined;
  /** Bytes of a frame of the library's that are still to come. */
  #remaining = 0;
  /** A message in fragments has begun. */
  #isFragmented = false;

  /** @param others - gets what does not go the short way */
  constructor(options: WholeMessagesOptions, others: (bytes: Buffer) => void) {
    this.#options = options;
    this.#others = others;
  }

  /** Takes what was read. */
  read(chunk: Buffer): void {
    const bytes = this.#cut === undefined ? chunk : Buffer.concat([this.#cut, chunk]);
    this.#cut = undefined;
    let at = Math.min(bytes.length, this.#remaining);
    this.#remaining -= at;
    // The library says what is wrong only when the turn is over; so what follows something of its own is its own, too.
    const from = at === 0 ? this.#takeAll(bytes) : 0;
    at = Math.max(at, from);
    while (at < bytes.length) {
      const size = headerSize(bytes, at);
      if (size === 0) {
        this.#cut = Buffer.from(bytes.subarray(at));
        break;
      }
      this.#leave(bytes[at]!);
      const next = at + size + payloadLength(bytes, at);
      at = Math.min(bytes.length, next);
      this.#remaining = next - at;
    }
    if (at > from) this.#others(bytes.subarray(from, at));
  }

  /** Takes whole messages as long as there are any. @returns where the first other thing begins. */
  #takeAll(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length) {
      const size = headerSize(bytes, at);
      if (size === 0) return at;
      const length = payloadLength(bytes, at);
      const next = at + size + length;
      if (next > bytes.length || !this.#isShort(bytes, at, length)) return at;
      if (!this.#take(bytes, at, size, next)) return at;
      at = next;
    }
    return at;
  }

  /** Whether a frame is a message by itself, and nothing about it is special. */
  #isShort(bytes: Buffer, at: number, length: number): boolean {
    const { isMasked, maxBytes } = this.#options;
    const first = bytes[at]!;
    if (first !== WHOLE_TEXT && first !== WHOLE_BINARY) return false;
    return !this.#isFragmented && bytes[at + 1]! >= 0x80 === isMasked && length <= maxBytes;
  }

  /** @returns `false`: it is the library's after all, and as it came. */
  #take(bytes: Buffer, at: number, size: number, end: number): boolean {
    const { isMasked, isOpen, onText, onBinary } = this.#options;
    if (!isOpen()) return false;
    const start = at + size;
    const key = isMasked ? bytes.readInt32LE(start - 4) : 0;
    applyMask(bytes, start, end, key);
    if (bytes[at] === WHOLE_BINARY) {
      onBinary(bytes.subarray(start, end));
      return true;
    }
    if (!isAscii(bytes.subarray(start, end))) {
      applyMask(bytes, start, end, key);
      return false;
    }
    onText(bytes.toString('latin1', start, end));
    return true;
  }

  /** A frame goes to the library. */
  #leave(first: number): void {
    const opcode = first & 0x0f;
    if (opcode <= Opcode.binary) this.#isFragmented = (first & 0x80) === 0;
  }
}

const WHOLE_TEXT = 0x80 | Opcode.text;
const WHOLE_BINARY = 0x80 | Opcode.binary;

/** Bytes of the header at `at`; 0: it is cut. */
function headerSize(bytes: Buffer, at: number): number {
  const available = bytes.length - at;
  if (available < 2) return 0;
  const second = bytes[at + 1]!;
  const short = second & 0x7f;
  const length = short === 126 ? 126 : short === 127 ? 65_536 : 0;
  const size = frameHeaderLength(length, second >= 0x80);
  return available >= size ? size : 0;
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = bytes[at + 1]! & 0x7f;
  if (short === 126) return bytes.readUInt16BE(at + 2);
  return short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
}
