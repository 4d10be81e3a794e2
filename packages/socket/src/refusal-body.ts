/**
 * The start of the body of an answer that refused the upgrade: what it has to say beyond its reason phrase.
 *
 * Bounded, since it comes from a server that did not do what it was asked, and only text for an error message.
 *
 * Source: RFC 9112, sections 6.3 and 7.1 (length of a body, chunked); docs/protocol.md, section 2.2.
 * @module
 */
import type { ResponseHead } from './response-head.js';

/** Ours: the service's texts have some 300 bytes. More than this is a page for people, of which the start will do. */
export const MAX_REFUSAL_BODY_BYTES = 4 * 1024;

/** Collects the body until its end, or until there is enough of it. */
export class RefusalBody {
  #raw: Buffer = Buffer.alloc(0);
  readonly #chunked: boolean;
  /** How many bytes there are to come, with the framing of chunks; unknown lengths end with the connection. */
  readonly #length: number;

  constructor(head: ResponseHead) {
    this.#chunked = head.all('transfer-encoding').some((value) => value.toLowerCase() === 'chunked');
    const length = Number(head.sole('content-length') ?? Number.NaN);
    const hasNone = head.status === 204 || head.status === 304;
    this.#length = hasNone
      ? 0
      : Number.isSafeInteger(length) && !this.#chunked
        ? length
        : Number.POSITIVE_INFINITY;
  }

  /** Takes the next bytes; they are copied. @returns whether no more are needed. */
  push(chunk: Uint8Array): boolean {
    const room = Math.min(this.#length, MAX_REFUSAL_BODY_BYTES) - this.#raw.length;
    this.#raw = Buffer.concat([this.#raw, chunk.subarray(0, Math.max(0, room))]);
    return this.#raw.length >= Math.min(this.#length, MAX_REFUSAL_BODY_BYTES) || this.#lastChunkCame();
  }

  /** What has come so far, as text. */
  get text(): string {
    return (this.#chunked ? dechunk(this.#raw) : this.#raw).toString('utf8');
  }

  #lastChunkCame(): boolean {
    return (
      this.#chunked &&
      /(?:^|\r\n)0\r\n\r\n$/.test(this.#raw.toString('latin1', Math.max(0, this.#raw.length - 7)))
    );
  }
}

/** The data of as many chunks as are there; what is malformed ends it, which costs an error message some words. */
function dechunk(raw: Buffer): Buffer {
  const data: Buffer[] = [];
  for (let at = 0; at < raw.length; ) {
    const lineEnd = raw.indexOf('\r\n', at, 'latin1');
    const size = Number.parseInt(raw.toString('latin1', at, lineEnd < 0 ? at : lineEnd), 16);
    if (!(size > 0)) break;
    data.push(raw.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(data);
}
