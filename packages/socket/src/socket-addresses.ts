/**
 * The addresses of a connection, kept from when it opened, since a closed socket no longer knows them.
 * @module
 */
import type net from 'node:net';

/** Both ends of the TCP connection underneath. For a relayed connection the remote one is the relay's. */
export interface SocketAddresses {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly remoteFamily?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly localFamily?: string | undefined;
  /** What `socket.address()` answers: the local end, or nothing before there is one. */
  readonly bound: net.AddressInfo | Record<string, never>;
  /** Which addresses were tried when the relay's name has several. */
  readonly attempted: readonly string[];
}

/** Before a connection is open there are none. */
export const NO_ADDRESSES: SocketAddresses = { bound: {}, attempted: [] };

/** Reads the addresses of an open socket. */
export function addressesOf(socket: net.Socket): SocketAddresses {
  return {
    remoteAddress: socket.remoteAddress,
    remotePort: socket.remotePort,
    remoteFamily: socket.remoteFamily,
    localAddress: socket.localAddress,
    localPort: socket.localPort,
    localFamily: socket.localFamily,
    bound: socket.address() as net.AddressInfo | Record<string, never>,
    attempted: socket.autoSelectFamilyAttemptedAddresses ?? [],
  };
}
