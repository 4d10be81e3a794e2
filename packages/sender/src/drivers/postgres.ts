/**
 * `postgres` (postgres.js): `socket` gives each connection, which may still be opening.
 * @module
 */
import type { HybridConnectionSocket } from '@hybridge/socket';
import { opener, type TunnelSource } from './tunnel-source.js';

/** What `postgres` is told. */
export interface PostgresTunnel {
  readonly socket: () => HybridConnectionSocket;
}

/**
 * For `postgres({ ...forPostgres(tunnel), … })`. With TLS, `ssl.servername` is the name in the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forPostgres(tunnel: TunnelSource): PostgresTunnel {
  return { socket: opener(tunnel) };
}
