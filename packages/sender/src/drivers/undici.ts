/**
 * `undici`, and `fetch` with its dispatcher: `connect` gives each connection, with TLS where it is to be.
 *
 * Idle connections let go of the process by `unref()`; with TLS that reaches the tunnel below, too.
 * @module
 */
import type net from 'node:net';
import type tls from 'node:tls';
import { tlsOver } from './tls-over.js';
import { asNetSocket, opener, type TunnelSource } from './tunnel-source.js';

/** What `undici` is told. */
export interface UndiciTunnel {
  readonly connect: (options: UndiciConnectOptions, callback: UndiciConnectCallback) => void;
}

/** What `undici` says of a connection; the part that matters here. */
export interface UndiciConnectOptions {
  readonly protocol: string;
  readonly hostname: string;
  readonly servername?: string | undefined;
}

/** How it is told. */
export type UndiciConnectCallback = (
  ...args: [error: null, socket: net.Socket] | [error: Error, socket: null]
) => void;

/**
 * For `new Agent({ ...forUndici(tunnel), … })`, `Client` and `Pool`, for HTTP and HTTPS servers behind a hybrid connection.
 * @param tunnel - its `tls` is for the relay
 * @param secure - for the server behind, when it is HTTPS: own CA, client certificate …
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forUndici(tunnel: TunnelSource, secure: tls.ConnectionOptions = {}): UndiciTunnel {
  const open = opener(tunnel);
  return {
    connect({ protocol, hostname, servername }, callback) {
      const socket = open();
      if (protocol !== 'https:') {
        tell(asNetSocket(socket), 'connect', callback);
        return;
      }
      const over = tlsOver(socket, servername || hostname, { ALPNProtocols: ['http/1.1'], ...secure });
      tell(over, 'secureConnect', callback);
    },
  };
}

function tell(socket: net.Socket, event: 'connect' | 'secureConnect', callback: UndiciConnectCallback): void {
  const onOpen = () => {
    socket.off('error', onError);
    callback(null, socket);
  };
  const onError = (error: Error) => {
    socket.off(event, onOpen);
    callback(error, null);
  };
  socket.once(event, onOpen).once('error', onError);
}
