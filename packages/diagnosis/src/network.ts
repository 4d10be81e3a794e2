/**
 * Names to addresses, and addresses to connections: what the steps to a relay and those to a target have in common.
 * @module
 */
import dns from 'node:dns';
import net from 'node:net';
import type { Fact } from './step.js';

/** An address of a name. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** All addresses of a name; of an address, itself. @throws Node's own error. */
export function resolve(host: string, lookup: net.LookupFunction = dns.lookup): Promise<Address[]> {
  const family = net.isIP(host);
  if (family !== 0) return Promise.resolve([{ address: host, family }]);
  return new Promise((done, fail) => {
    lookup(host, { all: true }, (error, found, of) => {
      if (error !== null) fail(error);
      else done(Array.isArray(found) ? found : [{ address: found, family: of ?? net.isIP(found) }]);
    });
  });
}

/** Resolves every name to these addresses: what was seen is what is dialled. */
export function pinned(addresses: readonly Address[]): net.LookupFunction {
  const [first = { address: '', family: 0 }] = addresses;
  return (_, options, callback) => {
    if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

/** An address that was tried in vain. */
export interface FailedAttempt {
  readonly address: string;
  /** Node's word for it. */
  readonly code: string;
}

/** A connection, and what it took. */
export interface Connected {
  readonly socket: net.Socket;
  readonly address: string;
  /** Addresses of the same name that were tried before. */
  readonly failed: readonly FailedAttempt[];
}

/** Connects as every connection of ours does: to the first address that answers. @throws Node's own error; the signal's reason. */
export function connectTcp(
  { host, port, lookup }: { host: string; port: number; lookup: net.LookupFunction },
  signal: AbortSignal,
): Promise<Connected> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port, lookup, noDelay: true });
    const failed: FailedAttempt[] = [];
    const note = (address: string, code: string) => failed.push({ address, code });
    socket.on('connectionAttemptFailed', (address, _port, _family, error) => note(address, codeOf(error)));
    socket.on('connectionAttemptTimeout', (address) => note(address, 'ETIMEDOUT'));
    const onAbort = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve({ socket, address: socket.remoteAddress ?? host, failed });
    });
    socket.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    });
  });
}

/** Node's word for a failure, or the best that there is. */
export function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  return name === 'TimeoutError' ? 'ETIMEDOUT' : 'UNKNOWN';
}

/** `host:port`, an IPv6 address in brackets. */
export function place(host: string, port: number): string {
  return `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Addresses as facts. */
export function addressFacts(addresses: readonly Address[]): Fact {
  return addresses.map(({ address }) => address);
}
