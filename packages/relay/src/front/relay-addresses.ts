/**
 * Addresses of a running relay, as they stand in URLs.
 * @module
 */
import { type AddressInfo, isIPv6 } from 'node:net';

/** Of `ws://host:port` or `wss://host:port`; a URL does not show the port that its scheme has anyway. */
export function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === 'wss:' ? 443 : 80));
}

/** `host:port`. An address that means all of them is shown as loopback, where it can be dialled. */
export function formatHost({ address, port }: Pick<AddressInfo, 'address' | 'port'>): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
