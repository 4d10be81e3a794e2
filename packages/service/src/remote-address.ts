/**
 * Where a connection comes from, as senders and administrators should see it.
 * @module
 */
import type { Socket } from 'node:net';

/** An address and a port. */
export interface RemoteEndpoint {
  readonly address: string;
  readonly port: number;
}

/** The far end of a socket. An IPv4 address that a dual-stack socket shows as IPv6 is shown as what it is. */
export function remoteEndpoint(socket: Socket): RemoteEndpoint {
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
  return { address, port: socket.remotePort ?? 0 };
}

/** `address:port`, for logs. */
export function formatEndpoint({ address, port }: RemoteEndpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
