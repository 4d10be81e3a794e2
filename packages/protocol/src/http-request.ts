/**
 * What of a sender's HTTP request reaches the listener.
 *
 * Headers that concern one connection only stay behind, since the request goes on over another; so do the credentials
 * that were meant for the relay. Everything else goes on, each name once, as one string.
 *
 * Source: docs/protocol.md, sections 1.3, 1.5 and 4.2; RFC 9110, section 7.6.1 (hop-by-hop headers).
 * @module
 */
import { decodedPath, printable, readableTarget, splitTarget } from './http-target.js';
import { MAX_REQUEST_TARGET_CHARS } from './limits.js';
import { setOwn } from './own-property.js';
import { encodePath } from './percent.js';
import { joinQuery, splitQuery } from './query.js';

/** The target of a plain HTTP request, read. */
export interface HttpTarget {
  /** Hybrid connection and suffix, decoded; no slash at the start. */
  readonly path: string;
  /** Path and query as the listener is to see them. */
  readonly requestTarget: string;
  /** The application's query with its `?`, or the empty string. */
  readonly appQuery: string;
  /** `sb-hc-id`: printable ASCII, as the client chose it. */
  readonly id: string | undefined;
  /** `sb-hc-token`, decoded once. */
  readonly token: string | undefined;
}

/**
 * Reads the target of a plain HTTP request: `/{path}?{query}`, or the same as an absolute URL.
 * @throws RelayError `ERR_RELAY_PROTOCOL`, whose `status` is the one to answer with: 400 or 414.
 */
export function parseHttpTarget(requestTarget: string): HttpTarget {
  if (requestTarget.length <= MAX_REQUEST_TARGET_CHARS && PLAIN.test(requestTarget)) {
    return { path: requestTarget.slice(1), requestTarget, appQuery: '', id: undefined, token: undefined };
  }
  const [rawPath, rawQuery] = splitTarget(readableTarget(requestTarget));
  const { app, relay } = splitQuery(rawQuery);
  const appQuery = joinQuery(app);
  return {
    path: decodedPath(rawPath),
    requestTarget: `${encodePath(rawPath)}${appQuery}`,
    appQuery,
    id: printable(relay.get('sb-hc-id')) || undefined,
    token: relay.get('sb-hc-token')?.trim() || undefined,
  };
}

/** A path in which there is nothing to decode, to encode or to refuse, and no query: most are like that. */
const PLAIN = /^\/(?!\/)[\w~!$&'()*+,;=:@/-]*$/;

/** What a request is passed on with. */
export interface RelayedRequestHeadersOptions {
  /** Name of the namespace: what the relay calls itself in `Via`. */
  readonly namespaceHost: string;
  /** True when the `Authorization` header was what the relay authenticated the sender by. */
  readonly dropAuthorization: boolean;
  /** `Host` for the listener to see. @defaultValue the sender's */
  readonly host?: string | undefined;
}

/**
 * Makes the `requestHeaders` of a request message.
 *
 * @param rawHeaders - names and values in turn, as Node's `rawHeaders` has them.
 * @returns a string for each name, in the order and spelling of its first appearance; repeats are joined with `, `,
 *   cookies with `; `.
 */
export function relayedRequestHeaders(
  rawHeaders: readonly string[],
  options: RelayedRequestHeadersOptions,
): Record<string, string> {
  // By lower-case name: where its name, as it came first, stands in `kept`, with its value behind it.
  const places = new Map<string, number>();
  const kept: (string | undefined)[] = [];
  let connection = '';
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    const key = name.toLowerCase();
    if (key === 'connection') connection += `,${value}`;
    if (isHopByHop(key) || isForRelay(key, options)) continue;
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, kept.length);
      kept.push(name, value);
    } else if (key !== 'host') {
      kept[place + 1] += `${key === 'cookie' ? '; ' : ', '}${value}`;
    }
  }
  for (const key of namedBy(connection)) {
    const place = places.get(key);
    places.delete(key);
    if (place !== undefined) kept[place] = undefined;
  }

  const { host, namespaceHost } = options;
  const set = (key: string, name: string, value: string): void => {
    const place = places.get(key);
    if (place === undefined) kept.push(name, value);
    else kept[place + 1] = value;
  };
  if (host !== undefined) set('host', 'Host', host);
  const via = places.get('via');
  set('via', 'Via', viaOf(via === undefined ? undefined : kept[via + 1], namespaceHost));
  return asObject(kept);
}

/** Names and values in turn; one without a name was taken away. */
function asObject(fields: readonly (string | undefined)[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i];
    if (name !== undefined) setOwn(headers, name, fields[i + 1]!);
  }
  return headers;
}

/** Whether a header, by its lower-case name, concerns one connection only, or how a body is framed on it. */
export function isHopByHop(key: string): boolean {
  return HOP_BY_HOP.has(key);
}

/** The lower-case names of headers that a `Connection` header makes hop-by-hop. `Host` never is. */
export function namedBy(connection: string): readonly string[] {
  if (connection === '') return [];
  return connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'host');
}

/** The `Via` of a message that passes a relay. */
export function viaOf(before: string | undefined, namespaceHost: string): string {
  return `${before ? `${before}, ` : ''}1.1 ${namespaceHost}`;
}

/** Documented ones, and those that HTTP/1.1 has besides; `Expect` is answered by the relay. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'close',
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function isForRelay(key: string, { dropAuthorization }: RelayedRequestHeadersOptions): boolean {
  return key === 'servicebusauthorization' || (dropAuthorization && key === 'authorization');
}
