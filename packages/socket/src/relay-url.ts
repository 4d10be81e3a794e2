/**
 * A `ws:` or `wss:` address, taken apart for dialling.
 *
 * The request target is kept as it is written, since a rendezvous address must be dialled exactly as given: the URL
 * parser of the platform would resolve `..` and re-encode characters.
 *
 * Source: docs/protocol.md, sections 1.6 and 3.2.
 * @module
 */
import { RelayError } from '@hybridge/protocol';

/** Where to connect to, and what to ask for there. */
export interface RelayUrl {
  readonly secure: boolean;
  /** For the connection and for TLS: a name, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** For the `Host` header: with the port unless it is the scheme's own. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
}

/** Scheme, authority, path and query; a fragment is never sent. Only what may stand in a request line. */
const ADDRESS = /^(wss?):\/\/([^/?#]+)(\/[\x21-\x22\x24-\x7e]*|\?[\x21-\x22\x24-\x7e]*)?(?:#.*)?$/i;

/**
 * Takes an address apart.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, without the address: its query may hold a token.
 */
export function parseRelayUrl(url: string | URL): RelayUrl {
  const [, scheme, authority, target = '/'] = ADDRESS.exec(String(url)) ?? [];
  if (scheme === undefined || authority === undefined) throw notDialable('it is not a ws: or wss: URL');
  const server = serverOf(scheme.toLowerCase() === 'wss', authority);
  return { ...server, target: target.startsWith('?') ? `/${target}` : target };
}

type Server = Omit<RelayUrl, 'target'>;

/** Whoever dials a relay dials it again, so the last servers are kept, by what was written. */
const known = new Map<string, Server>();
const MAX_KNOWN = 64;

function serverOf(secure: boolean, authority: string): Server {
  const origin = `${secure ? 'wss' : 'ws'}://${authority}/`;
  const existing = known.get(origin);
  if (existing !== undefined) return existing;
  if (authority.includes('@')) throw notDialable('it has credentials before the host');
  if (!URL.canParse(origin)) throw notDialable('its host or port is malformed');
  const { hostname, port, host } = new URL(origin);
  const server = {
    secure,
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    host,
  };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(origin, server);
  return server;
}

/** Whether one connection serves both. */
export function isSameServer(a: RelayUrl, b: RelayUrl): boolean {
  return a.secure === b.secure && a.host === b.host;
}

function notDialable(why: string): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', `The address cannot be dialled: ${why}`);
}
