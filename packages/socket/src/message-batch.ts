/**
 * Whole messages of a control channel, put into frames side by side and written once for each turn of the event loop.
 *
 * A request with its body is two messages; with a hundred of them in a turn that is a few buffers and system calls. A single
 * message waits for nothing: the turn ends when there is nothing else to do. Frames of others on the same connection,
 * such as pings, come before or after a batch and never into it.
 *
 * Back-pressure: {@link MessageBatch.pending} is what the connection has not been given yet; whoever sends has an eye on it.
 *
 * Source: RFC 6455, sections 5.2 and 5.3.
 * @module
 */
import type { Writable } from 'node:stream';
import { applyMask, frameHeaderLength, Opcode, writeFrameHeader } from '@hybridge/protocol';
import { freshMaskingKey } from './masking-key.js';

/** Told when the kernel has a message, or what prevented that. */
export type MessageSent = (error?: Error | null) => void;

/** The first buffer; one grows to twice its size, and the next begins as large as what the last turn needed. */
const MIN_BYTES = 1_024;

/** More than this is written at once, though the turn is not over: the far end begins with it meanwhile. */
const MAX_BYTES = 8_192;

/** Sends messages on one connection. */
export class MessageBatch {
  readonly #connection: Writable;
  readonly #isMasked: boolean;
  #bytes = NOTHING;
  #used = 0;
  #nextBytes = MIN_BYTES;
  #sent: MessageSent[] = [];
  #isScheduled = false;

  /** @param isMasked - whether this is the client's side, which masks what it sends */
  constructor(connection: Writable, isMasked: boolean) {
    this.#connection = connection;
    this.#isMasked = isMasked;
  }

  /** Bytes that the connection has not been given yet. */
  get pending(): number {
    return this.#used;
  }

  /** Sends a text message. @param sent - called later, never at once */
  text(text: string, sent?: MessageSent): void {
    const length = Buffer.byteLength(text);
    const key = this.#begin(Opcode.text, length);
    const at = this.#used;
    // One byte for each character is the usual case, and the cheaper one to write.
    this.#bytes.write(text, at, length, length === text.length ? 'latin1' : 'utf8');
    this.#end(at + length, key, sent);
  }

  /** Sends a binary message; its bytes are copied. @param sent - called later, never at once */
  binary(payload: Uint8Array, sent?: MessageSent): void {
    const key = this.#begin(Opcode.binary, payload.length);
    const at = this.#used;
    this.#bytes.set(payload, at);
    this.#end(at + payload.length, key, sent);
  }

  /** Writes what there is, now. */
  flush(): void {
    if (this.#used === 0) return;
    const bytes = this.#bytes.subarray(0, this.#used);
    const sent = this.#sent;
    this.#nextBytes = Math.min(MAX_BYTES, Math.max(MIN_BYTES, this.#used + (this.#used >>> 2)));
    this.#bytes = NOTHING;
    this.#used = 0;
    if (sent.length > 0) this.#sent = [];
    const done = (error?: Error | null): void => {
      for (const each of sent) each(error);
    };
    if (this.#connection.writable) this.#connection.write(bytes, sent.length === 0 ? undefined : done);
    else if (sent.length > 0) process.nextTick(done, new Error('The control channel is closed'));
  }

  /** Writes the header. @returns the key of its payload; 0: none. */
  #begin(opcode: number, length: number): number {
    const size = frameHeaderLength(length, this.#isMasked) + length;
    if (this.#used + size > this.#bytes.length) this.#makeRoom(size);
    const key = this.#isMasked ? freshMaskingKey() : undefined;
    this.#used = writeFrameHeader(this.#bytes, this.#used, true, opcode, length, key);
    return key ?? 0;
  }

  #makeRoom(size: number): void {
    if (this.#used + size > MAX_BYTES) this.flush();
    const bytes = Buffer.allocUnsafe(Math.max(this.#used + size, this.#nextBytes));
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
    this.#nextBytes = Math.min(MAX_BYTES, 2 * bytes.length);
  }

  #end(end: number, key: number, sent: MessageSent | undefined): void {
    if (key !== 0) applyMask(this.#bytes, this.#used, end, key);
    this.#used = end;
    if (sent !== undefined) this.#sent.push(sent);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurnEnd);
  }

  readonly #onTurnEnd = (): void => {
    this.#isScheduled = false;
    this.flush();
  };
}

const NOTHING = Buffer.alloc(0);
