/**
 * `pg`: `stream` is called for each connection, and `connect()` on what it returns.
 * @module
 */
import type { Duplex } from 'node:stream';
import { opener, type TunnelSource } from './tunnel-source.js';

/** What `pg` is told. */
export interface PgTunnel {
  readonly stream: () => Duplex;
}

/**
 * For `new pg.Pool({ ...forPg(tunnel), … })`, `new pg.Client(…)`, and whatever is built on them. With TLS, `host` is the
 * name in the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forPg(tunnel: TunnelSource): PgTunnel {
  return { stream: opener(tunnel) };
}
