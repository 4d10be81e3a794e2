/**
 * `tedious` (SQL Server), and `mssql`, which is built on it: `connector` gives each connection, open.
 * @module
 */
import type net from 'node:net';
import { opened, opener, type TunnelSource } from './tunnel-source.js';

/** What `tedious` is told, in its `options`. */
export interface TediousTunnel {
  /** The driver calls it with more than its types say; the last is for giving up. */
  readonly connector: (server?: unknown, lookup?: unknown, signal?: AbortSignal) => Promise<net.Socket>;
}

/**
 * For `new Connection({ server, options: { ...forTedious(tunnel), … } })`, and for `mssql` the same. `server` is the name
 * in the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forTedious(tunnel: TunnelSource): TediousTunnel {
  const open = opener(tunnel);
  return { connector: (_server, _lookup, signal) => opened(open(), signal) };
}
