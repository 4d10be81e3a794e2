/**
 * What of a listener's HTTP response reaches the sender.
 *
 * The relay frames the body itself, so whatever says how it was framed stays behind, with all that concerns one
 * connection only. A header that could not stand in an HTTP message is left out, and the rest of the response goes on:
 * what a listener writes into JSON must not become a header of its own making.
 *
 * Source: docs/protocol.md, section 4.3; RFC 9110, section 5.
 * @module
 */
import { RelayError } from './errors.js';
import { isHopByHop, namedBy, viaOf } from './http-request.js';

/** Headers as a listener gives them: a string for each name, or a list of what is to be sent line by line. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What a response is passed on with. */
export interface RelayedResponseHeadersOptions {
  /** Name of the namespace: what the relay calls itself in `Via`. */
  readonly namespaceHost: string;
}

/**
 * Makes the headers of the answer to a sender, `Via` included: a sender tells by it that a listener answered.
 * @returns names, each once, with a value or, for a header that is repeated, a list of them.
 */
export function relayedResponseHeaders(
  headers: ResponseHeaders,
  options: RelayedResponseHeadersOptions,
): Array<[name: string, value: string | string[]]> {
  const relayed: Array<[string, string | string[]]> = [];
  let connection = '';
  let via: string | undefined;
  for (const name of Object.keys(headers)) {
    const value = headers[name]!;
    const key = name.toLowerCase();
    if (key === 'connection') connection += `,${String(value)}`;
    if (key === 'via' && isText(String(value))) via = String(value);
    if (key === 'via' || isHopByHop(key) || !TOKEN.test(name)) continue;
    const legal = typeof value === 'string' ? value : value.filter(isText);
    if (typeof legal === 'string' ? isText(legal) : legal.length > 0) relayed.push([name, legal]);
  }
  const named = namedBy(connection);
  const kept = named.length === 0 ? relayed : relayed.filter(([name]) => !named.includes(name.toLowerCase()));
  kept.push(['Via', viaOf(via, options.namespaceHost)]);
  return kept;
}

/**
 * The status of an answer to a sender.
 * @param value - a number, or, as the Go listener writes it, a string.
 * @throws RelayError `ERR_RELAY_PROTOCOL`, when it is no whole number from 200 to 999: what comes before is no answer yet.
 */
export function parseStatusCode(value: string | number): number {
  const text = String(value);
  if (/^[2-9]\d\d$/.test(text)) return Number(text);
  throw new RelayError('ERR_RELAY_PROTOCOL', 'The status of a response must be 200 to 999');
}

/** Characters of an HTTP token. RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Whether a text may be the value of a header: one line of characters that are one byte each. */
function isText(value: string): boolean {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(value);
}
