/**
 * A listener's response as Node writes it to the sender.
 *
 * Source: docs/protocol.md, section 4.3.
 * @module
 */
import { type ServerResponse, STATUS_CODES } from 'node:http';
import { type Response, relayedResponseHeaders, sanitizeReason } from '@hybridge/protocol';

/** The head of a response. */
export interface ResponseHead {
  readonly status: number;
  readonly response: Response;
  /** Of the body, where all of it is there; `undefined`: it comes in chunks, or there is none. */
  readonly length: number | undefined;
  /** Name of the namespace, for `Via`. */
  readonly namespaceHost: string;
}

/** Gives Node the head, which goes out with the first bytes of the body. */
export function writeHead(
  sender: ServerResponse,
  { status, response, length, namespaceHost }: ResponseHead,
): void {
  const { statusDescription, responseHeaders } = response;
  const lines: string[] = [];
  for (const [name, value] of relayedResponseHeaders(responseHeaders, { namespaceHost })) {
    if (typeof value === 'string') lines.push(name, value);
    else for (const each of value) lines.push(name, each);
  }
  if (length !== undefined) lines.push('Content-Length', String(length));
  const usual = STATUS_CODES[status] ?? '';
  const phrase = statusDescription === usual ? usual : sanitizeReason(statusDescription ?? '') || usual;
  sender.writeHead(status, phrase, lines);
}

/** Up to this many bytes, making text of a body costs less than a write of its own. */
const ONE_WRITE_BYTES = 16_384;

/**
 * Node writes what it was given as one piece more than its head, even where both are text. A small body therefore goes
 * out as the end of the head, which is text, too, one byte for each character.
 */
export function endWith(response: ServerResponse, body: Buffer): void {
  const { _header: head } = response as unknown as { _header?: unknown };
  if (body.length > ONE_WRITE_BYTES || typeof head !== 'string') {
    response.end(body);
    return;
  }
  (response as unknown as { _header: string })._header = head + body.toString('latin1');
  response.end();
}
