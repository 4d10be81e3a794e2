/**
 * Connections to relays that were dialled ahead, so that whoever dials waits for no TCP or TLS handshake.
 *
 * For each server that was dialled lately, the same number is kept, within limits of age: a relay has patience with a
 * silent connection, and ends it after that. How one server's are kept is in `kept-connections.ts`.
 *
 * Source: docs/decisions/0056.
 * @module
 */
import { RelayError } from '@hybridge/protocol';
import { KeptConnections } from './kept-connections.js';
import { RelayConnection, type Server } from './relay-connection.js';
import type { TransportOptions } from './transport.js';

/** What a pool works with. */
export interface ConnectionPoolOptions {
  /** How many connections are kept to each server. */
  readonly size: number;
  /** Checked, by `transportOptions`. */
  readonly transport: TransportOptions;
}

/** More than a relay has processes that its addresses lead to, as a rule; Azure's front ends change all the time. */
const MAX_SERVERS = 4;

/** A server that nobody dials any more is let go after this time, unless it is the only one. */
const FORGET_MS = 300_000;

/** More would be a load on the relay that no latency is worth. */
const MAX_PRECONNECT = 256;

/** @throws RelayError `ERR_RELAY_ARGUMENT` */
export function checkPreconnect(given: number | undefined): number {
  const size = given ?? 0;
  if (Number.isInteger(size) && size >= 0 && size <= MAX_PRECONNECT) return size;
  throw new RelayError('ERR_RELAY_ARGUMENT', `preconnect must be a whole number from 0 to ${MAX_PRECONNECT}`);
}

/** Keeps connections ready. They do not keep the process alive. */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  /** By server, the one that was dialled longest ago first. */
  readonly #servers = new Map<string, KeptConnections>();
  #isClosed = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  /** A connection to that server, open and unused; it belongs to the caller, who sets its sink in this very turn. */
  take(server: Server): RelayConnection | undefined {
    return this.#servers.get(nameOf(server))?.take();
  }

  /** The server is in use: from now on connections to it are kept. What is missing is dialled soon, not now. */
  keep(server: Server): void {
    if (this.#isClosed) return;
    const name = nameOf(server);
    const kept = this.#servers.get(name) ?? this.#begin(server);
    this.#servers.delete(name);
    this.#servers.set(name, kept);
    kept.use();
    if (this.#servers.size > MAX_SERVERS) this.#forgetOldest();
  }

  /** Closes them all, and keeps no more. */
  close(): void {
    this.#isClosed = true;
    for (const kept of this.#servers.values()) kept.close();
    this.#servers.clear();
  }

  #begin(server: Server): KeptConnections {
    const { size, transport } = this.#options;
    return new KeptConnections({
      size,
      connect: () => new RelayConnection(server, transport),
      isWanted: (unusedMs) => unusedMs < FORGET_MS || this.#isLatest(server) || this.#forget(server),
    });
  }

  #isLatest(server: Server): boolean {
    return [...this.#servers.keys()].at(-1) === nameOf(server);
  }

  #forget(server: Server): false {
    this.#servers.delete(nameOf(server));
    return false;
  }

  #forgetOldest(): void {
    const [oldest] = this.#servers;
    if (oldest === undefined) return;
    this.#servers.delete(oldest[0]);
    oldest[1].close();
  }
}

function nameOf({ secure, hostname, port }: Server): string {
  return `${secure ? 'wss' : 'ws'}://${hostname}:${port}`;
}
