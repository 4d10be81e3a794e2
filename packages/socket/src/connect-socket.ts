/**
 * Dials a socket that nobody reads yet: TCP, or TLS on top of it.
 * @module
 */
import net from 'node:net';
import tls from 'node:tls';
import type { OnRead } from './take-over.js';

/** How to reach a peer. */
export interface ConduitConnectOptions {
  /** A host name or an address. */
  readonly host: string;
  readonly port: number;
  /** TLS options when the connection is to be TLS; `host` is the server name unless they say otherwise. */
  readonly tls?: tls.ConnectionOptions | undefined;
  readonly lookup?: net.LookupFunction | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long one of several addresses of a name is tried before the next, in milliseconds. @defaultValue Node's */
  readonly addressAttemptMs?: number | undefined;
}

/** A plain connection, which is read by `onRead`. It is paused: nothing is read, not even into a buffer, before `resume()`. */
export function connectPlain(options: ConduitConnectOptions, onRead: OnRead): net.Socket {
  return net.connect({ ...common(options), onread: onRead } as net.NetConnectOpts).pause();
}

/**
 * A TLS connection, paused. It is not read into a buffer here: Node would fill that with further records although nobody
 * wants more.
 */
export function connectSecure(
  options: ConduitConnectOptions & { readonly tls: tls.ConnectionOptions },
): net.Socket {
  const servername = net.isIP(options.host) === 0 ? { servername: options.host } : {};
  const secure = { ...servername, ...options.tls, ...common(options) } as tls.ConnectionOptions;
  return tls.connect(secure).setNoDelay(true).pause();
}

function common({
  host,
  port,
  lookup,
  signal,
  addressAttemptMs,
}: ConduitConnectOptions): net.TcpNetConnectOpts {
  return {
    host,
    port,
    noDelay: true,
    allowHalfOpen: true,
    lookup,
    signal,
    autoSelectFamilyAttemptTimeout: addressAttemptMs,
  } as net.TcpNetConnectOpts;
}
