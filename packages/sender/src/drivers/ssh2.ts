/**
 * `ssh2`: `sock` is the connection.
 * @module
 */
import type { Duplex } from 'node:stream';
import { opener, type TunnelSource } from './tunnel-source.js';

/** What `ssh2` is told. */
export interface Ssh2Tunnel {
  readonly sock: Duplex;
}

/**
 * For `client.connect({ ...forSsh2(tunnel), … })`, and for each `connect()` anew: the connection is opened at once.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forSsh2(tunnel: TunnelSource): Ssh2Tunnel {
  return { sock: opener(tunnel)() };
}
