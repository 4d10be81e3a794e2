/**
 * Dials one relay, or several in the same way: the options are checked once, and connections are dialled ahead when that
 * is wanted.
 * @module
 */
import { ConnectionPool, checkPreconnect } from './connection-pool.js';
import type { Dial } from './dial.js';
import { Dialling } from './dialling.js';
import { parseRelayUrl } from './relay-url.js';
import { type TransportOptions, transportOptions } from './transport.js';

/** How a relay is dialled, again and again. */
export interface DiallerOptions extends TransportOptions {
  /**
   * How many connections are kept dialled ahead, with TLS and through the proxy, to each server that was dialled lately.
   * @defaultValue 0
   */
  readonly preconnect?: number | undefined;
}

/** What is different from dial to dial. */
export interface DialLimits {
  /**
   * Time for everything from the first packet to the answer to the upgrade, in milliseconds.
   * @defaultValue 30_000, as long as a rendezvous address is valid
   */
  readonly timeoutMs?: number | undefined;
  /** Gives up, with the signal's reason, when it is aborted before the upgrade is answered. */
  readonly signal?: AbortSignal | undefined;
}

/** Dials. */
export class Dialler {
  readonly #transport: TransportOptions;
  readonly #pool: ConnectionPool | undefined;

  /** @throws RelayError `ERR_RELAY_ARGUMENT` when an option makes no sense. */
  constructor(options: DiallerOptions = {}) {
    this.#transport = transportOptions(options);
    const size = checkPreconnect(options.preconnect);
    this.#pool = size === 0 ? undefined : new ConnectionPool({ size, transport: this.#transport });
  }

  /**
   * Starts to connect, or takes a connection that was dialled ahead.
   * @param url - a `ws:` or `wss:` address. It goes into the request exactly as it is written.
   * @throws RelayError `ERR_RELAY_ARGUMENT` when the address makes no sense.
   */
  dial(url: string | URL, limits: DialLimits = {}): Dial {
    return new Dialling(parseRelayUrl(url), this.#transport, limits, this.#pool);
  }

  /** Begins to dial ahead, where that is wanted, to the server of an address. */
  prepare(url: string | URL): void {
    this.#pool?.keep(parseRelayUrl(url));
  }

  /** Closes the connections that were dialled ahead, and dials no more of them. It can still dial. */
  close(): void {
    this.#pool?.close();
  }
}
