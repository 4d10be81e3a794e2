/**
 * Where a hybrid connection is, and the addresses its listener and its senders dial.
 *
 * Source: docs/protocol.md, section 1 (addresses).
 * @module
 */
import { RelayError } from './errors.js';
import { MAX_ENTITY_PATH_CHARS } from './limits.js';
import { encodePathText, encodeQuery, trimRun } from './percent.js';
import { splitQuery } from './query.js';

/** A hybrid connection on a relay. */
export interface RelayAddress {
  /** TLS or not. */
  readonly secure: boolean;
  /** As `URL.hostname` gives it: lower case, an IPv6 address in brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Host name, with the port unless it is the scheme's own. */
  readonly host: string;
  /** Path of the hybrid connection, as text (not percent-encoded), without slashes at its ends. */
  readonly path: string;
}

/**
 * Reads an endpoint and a path.
 *
 * `sb://`, `wss://` and `https://` mean TLS, port 443 unless given; `ws://` and `http://` mean plain TCP, port 80 unless
 * given, for a relay on the same machine. A path in the endpoint comes before `entityPath`; `$hc` in front of it is ignored.
 *
 * @param endpoint - such as `sb://contoso.servicebus.windows.net/`.
 * @param entityPath - such as `hyco` or `sales/eu-1/hyco`, as text; slashes at its ends do not matter.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function relayAddress(endpoint: string | URL, entityPath: string): RelayAddress {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/is.exec(String(endpoint).trim()) ?? [];
  const secure = SECURE[scheme.toLowerCase()];
  const url = secure === undefined ? null : parseUrl(`${secure ? 'https' : 'http'}://${rest}`);
  if (secure === undefined || url === null) {
    throw argument('The endpoint must be a URL that starts with sb://, wss://, https://, ws:// or http://');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw argument('The endpoint must be a host with an optional port: no user, no query, no fragment');
  }
  const path = joinPath(decodePath(url.pathname).replace(/^\/\$hc(?=\/|$)/i, ''), entityPath);
  if (path === '') throw argument('The path of the hybrid connection is missing');
  if (path.length > MAX_ENTITY_PATH_CHARS) {
    throw argument(`The path of the hybrid connection is longer than ${MAX_ENTITY_PATH_CHARS} characters`);
  }
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  return { secure, hostname: url.hostname, port, host: url.host, path };
}

/**
 * Address of the control channel. The token goes in the `ServiceBusAuthorization` header, not in here.
 * @param options - `id`: the listener's id, a GUID, which the relay echoes as TrackingId.
 */
export function listenUrl(address: RelayAddress, options: { readonly id: string }): URL {
  return hybridConnectionUrl(address, '', '', 'listen', options.id);
}

/** What a sender adds to the hybrid connection's address. */
export interface ConnectUrlOptions {
  /** The sender's id, a GUID: it names the connection in the logs of all three parties. */
  readonly id: string;
  /** More path, as text, for the listener to read, such as `/tenants/7`. */
  readonly suffix?: string | undefined;
  /** Query for the listener to read, as it stands in a URL, with or without its `?`. */
  readonly query?: string | undefined;
}

/**
 * Address a sender dials.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, when `suffix` holds `.` or `..` or `query` holds a parameter of the relay's own.
 */
export function connectUrl(address: RelayAddress, options: ConnectUrlOptions): URL {
  const query = (options.query ?? '').replace(/^\?/, '');
  if (splitQuery(query).relay.size > 0) {
    throw argument('Query parameters that start with sb-hc- are the relay’s own');
  }
  return hybridConnectionUrl(address, options.suffix ?? '', query, 'connect', options.id);
}

const SECURE: Readonly<Record<string, boolean>> = {
  sb: true,
  wss: true,
  https: true,
  ws: false,
  http: false,
};

function hybridConnectionUrl(
  address: RelayAddress,
  suffix: string,
  query: string,
  action: 'listen' | 'connect',
  id: string,
): URL {
  const more = suffix.replace(/^\/+/, '');
  if (hasDotSegment(more)) throw argument('The suffix may not hold . or .. as a segment');
  const path = encodePathText(more === '' ? address.path : `${address.path}/${more}`);
  const app = query === '' ? '' : `${encodeQuery(query)}&`;
  const idItem = id === '' ? '' : `&sb-hc-id=${encodeURIComponent(id)}`;
  const scheme = address.secure ? 'wss' : 'ws';
  return new URL(`${scheme}://${address.host}/$hc/${path}?${app}sb-hc-action=${action}${idItem}`);
}

function joinPath(first: string, second: string): string {
  const parts = [first, second].map((part) => trimRun(part, '/'));
  const path = parts.filter((part) => part !== '').join('/');
  if (hasDotSegment(path) || /\p{Cc}/u.test(path)) {
    throw argument(
      'The path of the hybrid connection may not hold . or .. as a segment, nor control characters',
    );
  }
  return path;
}

/** `URL` would resolve them, and the address would lead elsewhere. */
function hasDotSegment(path: string): boolean {
  return path.split('/').some((segment) => segment === '.' || segment === '..');
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function argument(message: string): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', message);
}
