/**
 * `mariadb`: `stream` is called for each connection, as a method of its options.
 *
 * When the driver starts TLS it takes every `data` listener off the stream, those of Node's TLS for streams too, so that
 * only a real `net.Socket` works there. It gets one when its options ask for TLS, or when they cannot be seen.
 * @module
 */
import type { Duplex } from 'node:stream';
import { nativeSocket } from '../native-socket.js';
import { senderOf, type TunnelSource } from './tunnel-source.js';

/** What `mariadb` is told. */
export interface MariadbTunnel {
  readonly stream: (this: unknown, given: (error?: Error, stream?: Duplex) => void) => void;
}

/**
 * For `mariadb.createPool({ ...forMariadb(tunnel), … })` and `mariadb.createConnection(…)`. With TLS, `host` is the name
 * in the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forMariadb(tunnel: TunnelSource): MariadbTunnel {
  const sender = senderOf(tunnel);
  return {
    stream(given) {
      const isPlain = isWithoutTls(this);
      given(undefined, isPlain ? sender.connect() : nativeSocket(sender.connect({ allowHalfOpen: true })));
    },
  };
}

function isWithoutTls(options: unknown): boolean {
  return typeof options === 'object' && options !== null && 'ssl' in options && !options.ssl;
}
