/**
 * `mysql2`: `stream` is called for each connection, in pools as well.
 * @module
 */
import type { Duplex } from 'node:stream';
import { opener, type TunnelSource } from './tunnel-source.js';

/** What `mysql2` is told. */
export interface Mysql2Tunnel {
  readonly stream: () => Duplex;
}

/**
 * For `mysql.createPool({ ...forMysql2(tunnel), … })` and `mysql.createConnection(…)`. With TLS, `host` is the name in
 * the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forMysql2(tunnel: TunnelSource): Mysql2Tunnel {
  return { stream: opener(tunnel) };
}
