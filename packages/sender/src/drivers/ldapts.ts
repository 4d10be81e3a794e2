/**
 * `ldapts`: `createConnection` and, for `ldaps:` and STARTTLS, `createSecureConnection`, in place of Node's own.
 * @module
 */
import type net from 'node:net';
import tls from 'node:tls';
import { tlsOver } from './tls-over.js';
import { asNetSocket, opener, type TunnelSource } from './tunnel-source.js';

/**
 * What `ldapts` is told: `createConnection` in place of `net.connect`, `createSecureConnection` in place of `tls.connect`.
 * The reference hides both, since it would repeat all that Node says of them.
 */
export interface LdaptsTunnel {
  /** @hidden */
  readonly createConnection: typeof net.connect;
  /** @hidden */
  readonly createSecureConnection: typeof tls.connect;
}

/**
 * For `new Client({ url, ...forLdapts(tunnel), … })`. With TLS, the name in `url` is the one in the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forLdapts(tunnel: TunnelSource): LdaptsTunnel {
  const open = opener(tunnel);
  return {
    createConnection: () => asNetSocket(open()),
    createSecureConnection: ((...[first, host, options]: SecureArguments) =>
      typeof first === 'object'
        ? tls.connect(first) // STARTTLS: it has the tunnel in it already
        : tlsOver(open(), host, options ?? {})) as typeof tls.connect,
  };
}

type SecureArguments = [
  portOrOptions: number | tls.ConnectionOptions,
  host?: string,
  options?: tls.ConnectionOptions,
];
