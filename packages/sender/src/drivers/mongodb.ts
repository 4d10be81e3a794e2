/**
 * `mongodb`: it takes no stream, but goes through a SOCKS5 proxy, with the package `socks` installed beside it. The proxy
 * is here, in this process: a port on the loopback address, for whoever knows the password, that leads into the tunnel.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { socksServer } from './socks-server.js';
import { openerFor, type TunnelSource, type TunnelSourceFor } from './tunnel-source.js';

/** What `mongodb` is told. */
export interface MongodbTunnel {
  /** Asks the one server for no others, which are behind no tunnel; `false` for a replica set. */
  readonly directConnection: boolean;
  readonly proxyHost: string;
  readonly proxyPort: number;
  readonly proxyUsername: string;
  readonly proxyPassword: string;
}

/**
 * For `new MongoClient(url, { ...(await forMongodb(tunnel)), … })`.
 * @param tunnel - for one server, or a function that has one for each of a replica set
 * @param options - `signal` closes the port, after which no more connections are made; without, it lasts as long as the
 *   process, which it does not keep alive
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export async function forMongodb(
  tunnel: TunnelSource | TunnelSourceFor,
  options: { readonly signal?: AbortSignal } = {},
): Promise<MongodbTunnel> {
  const credentials = { username: 'hybridge', password: randomBytes(24).toString('base64url') };
  const open = openerFor(tunnel, { allowHalfOpen: true });
  const { address, port } = await socksServer(open, { credentials, ...options });
  return {
    directConnection: typeof tunnel !== 'function',
    proxyHost: address,
    proxyPort: port,
    proxyUsername: credentials.username,
    proxyPassword: credentials.password,
  };
}
