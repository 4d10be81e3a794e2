/**
 * The head of an HTTP/1.x response, read from bytes as they come.
 *
 * Strict on purpose: what two parsers could read differently is refused. Lines end in CRLF, header names are tokens,
 * nothing is folded, and the whole has a limit. What follows the head is handed back untouched.
 *
 * Source: RFC 9112, sections 2.2, 4 and 5; docs/protocol.md, section 2.1.
 * @module
 */
import { RelayError } from '@hybridge/protocol';

/** Ours: the answers to a handshake have less than 1 KiB; 16 KiB is what Node's own parser allows. */
export const MAX_RESPONSE_HEAD_BYTES = 16 * 1024;

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-5][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;
const END_OF_HEAD = '\r\n\r\n';

/** A response's status line and headers. */
export class ResponseHead {
  readonly version: string;
  readonly status: number;
  /** The reason phrase, possibly empty. The relay says there what is wrong. */
  readonly reason: string;
  /** Name in lower case and value, in the order in which they came. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>;

  /**
   * @param text - the head in Latin-1, without the empty line that ends it.
   * @throws RelayError `ERR_RELAY_PROTOCOL`
   */
  constructor(text: string) {
    const [statusLine = '', ...fieldLines] = text.split('\r\n');
    const status = STATUS_LINE.exec(statusLine);
    if (status === null) throw broken('its first line is not an HTTP/1 status line');
    this.version = status[1]!;
    this.status = Number(status[2]);
    this.reason = status[3] ?? '';
    this.fields = fieldLines.map((line) => {
      const field = FIELD_LINE.exec(line);
      if (field === null) throw broken('one of its header lines is malformed');
      return [field[1]!.toLowerCase(), field[2]!];
    });
  }

  /** All values of a header, `name` in lower case. */
  all(name: string): string[] {
    return this.fields.filter((field) => field[0] === name).map((field) => field[1]);
  }

  /** The value of a header that is there exactly once, else `undefined`. */
  sole(name: string): string | undefined {
    const values = this.all(name);
    return values.length === 1 ? values[0] : undefined;
  }
}

/** Collects the bytes of one head. */
export class ResponseHeadReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** Whether nothing came yet. */
  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /**
   * Takes the next bytes; they are copied.
   * @returns the head and what came after it, once the head is whole.
   * @throws RelayError `ERR_RELAY_PROTOCOL` when it is malformed or longer than {@link MAX_RESPONSE_HEAD_BYTES}.
   */
  push(chunk: Uint8Array): { readonly head: ResponseHead; readonly rest: Buffer } | undefined {
    const searched = Math.max(0, this.#bytes.length - END_OF_HEAD.length + 1);
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#bytes, chunk]);
    const end = this.#bytes.indexOf(END_OF_HEAD, searched, 'latin1');
    if (end > MAX_RESPONSE_HEAD_BYTES || (end < 0 && this.#bytes.length > MAX_RESPONSE_HEAD_BYTES)) {
      throw broken(`it has more than ${MAX_RESPONSE_HEAD_BYTES} bytes of headers`);
    }
    if (end < 0) {
      // Something that is not HTTP at all may never send an empty line; it must not wait for a timeout to be found out.
      if (!startsLikeHttp(this.#bytes)) throw broken('it is not HTTP');
      return undefined;
    }
    return {
      head: new ResponseHead(this.#bytes.toString('latin1', 0, end)),
      rest: this.#bytes.subarray(end + END_OF_HEAD.length),
    };
  }
}

function startsLikeHttp(bytes: Buffer): boolean {
  const expected = 'HTTP/1.';
  const length = Math.min(bytes.length, expected.length);
  return bytes.toString('latin1', 0, length) === expected.slice(0, length);
}

function broken(rule: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', `The answer to the WebSocket handshake is not valid: ${rule}`);
}
