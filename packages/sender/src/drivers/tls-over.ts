/**
 * TLS from this end of a tunnel to the server at the other, for drivers that leave it to whoever connects.
 * @module
 */
import net from 'node:net';
import tls from 'node:tls';
import type { HybridConnectionSocket } from '@hybridge/socket';

/**
 * Starts TLS over a tunnel.
 * @param host - the server, as the driver was told: its certificate must be for this name, unless the options say another
 */
export function tlsOver(
  tunnel: HybridConnectionSocket,
  host: string | undefined,
  options: tls.ConnectionOptions,
): tls.TLSSocket {
  const named = host && net.isIP(host) === 0 ? { servername: host } : {};
  const secure = following(tls.connect({ ...named, ...options, socket: tunnel }), tunnel);
  if (tunnel.connecting) connectingWith(secure, tunnel);
  return secure;
}

/** Node takes a stream that it does not know for open. Drivers ask, and would count one that never opens as connected. */
function connectingWith(upper: tls.TLSSocket, lower: HybridConnectionSocket): void {
  const state = upper as { connecting: boolean };
  state.connecting = true;
  lower.once('connect', () => {
    state.connecting = false;
    upper.emit('connect');
  });
}

/** Makes what is said to the upper socket about the process reach the lower one, of which Node tells it nothing. */
export function following(
  upper: tls.TLSSocket,
  lower: Pick<HybridConnectionSocket, 'ref' | 'unref'>,
): tls.TLSSocket {
  const { ref, unref } = upper;
  upper.ref = () => {
    lower.ref();
    return ref.call(upper);
  };
  upper.unref = () => {
    lower.unref();
    return unref.call(upper);
  };
  return upper;
}
