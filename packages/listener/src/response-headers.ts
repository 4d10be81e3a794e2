/**
 * The headers of an answer, as the relay wants them.
 *
 * What concerns one connection only stays here; so does what the relay says itself, which frames the body anew.
 *
 * Source: docs/protocol.md, section 4.3.
 * @module
 */
import {
  type ClientRequest,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';

/** By name, in the application's spelling. A list is for what has to be sent line by line. */
export type RelayedHeaders = Record<string, string | readonly string[]>;

/** Those that were set on a response. */
export function relayedHeaders(response: ServerResponse, statusCode = response.statusCode): RelayedHeaders {
  const headers: RelayedHeaders = {};
  // Older type definitions have it for client requests alone.
  for (const name of (response as unknown as ClientRequest).getRawHeaderNames()) {
    add(headers, response, statusCode, name, response.getHeader(name)!);
  }
  return headers;
}

/**
 * Those that were given with the status, where none was set before.
 * @throws what Node throws for names and values that are not legal
 */
export function relayedFields(
  response: ServerResponse,
  statusCode: number,
  fields: OutgoingHttpHeaders,
): RelayedHeaders {
  const headers: RelayedHeaders = {};
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value === undefined) continue;
    validateHeaderName(name);
    validateHeaderValue(name, value as string);
    add(headers, response, statusCode, name, value);
  }
  return headers;
}

const NOT_RELAYED = /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

function add(
  headers: RelayedHeaders,
  { req }: ServerResponse,
  statusCode: number,
  name: string,
  value: OutgoingHttpHeader,
): void {
  if (NOT_RELAYED.test(name)) return;
  // Of an answer without its body the length is news.
  if (/^content-length$/i.test(name) && req.method !== 'HEAD' && statusCode !== 304) return;
  const text = textOf(name, value);
  if (name !== '__proto__') headers[name] = text;
  else Object.defineProperty(headers, name, { value: text, enumerable: true });
}

/** Only cookies cannot be joined: a date in one holds a comma. */
function textOf(name: string, value: OutgoingHttpHeader): string | readonly string[] {
  if (!Array.isArray(value)) return String(value);
  if (value.length === 1) return String(value[0]);
  return /^set-cookie$/i.test(name) ? value.map(String) : value.join(', ');
}
