/**
 * `ldapts`: `createConnection` and, for `ldaps:` and STARTTLS, `createSecureConnection`, in place of Node's own.
 * @module
 */
import type net from 'node:net';
import tls from 'node:tls';
import { tlsOver } from './tls-over.js';
import { asNetSocket, opener, type TunnelSource } from './tunnel-source.js';

/** Node's own, by a name: the reference would repeat all that Node says of it. */
type Connect = typeof net.connect;
type SecureConnect = typeof tls.connect;

/** What `ldapts` is told. */
export interface LdaptsTunnel {
  /** In place of `net.connect`. */
  readonly createConnection: Connect;
  /** In place of `tls.connect`. */
  readonly createSecureConnection: SecureConnect;
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
        : tlsOver(open(), host, options ?? {})) as SecureConnect,
  };
}

type SecureArguments = [
  portOrOptions: number | tls.ConnectionOptions,
  host?: string,
  options?: tls.ConnectionOptions,
];
