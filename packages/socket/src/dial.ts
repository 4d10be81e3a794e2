/**
 * Dials a relay: TCP, a proxy where there is one, TLS where the address says `wss:`, and the WebSocket handshake on top.
 * How that goes is in `dialling.ts`; whoever dials more than once has a `Dialler`.
 *
 * Connecting starts at once and the handshake when `upgrade` is called, so that a listener can make up its mind in the
 * meantime; should the server lose patience before that, another connection is made. One time limit is over all of it.
 * Whatever goes wrong, and whenever it is aborted, nothing stays open. The request, which may hold a token, is not sent
 * before the server's certificate was verified.
 *
 * Source: docs/protocol.md, sections 1.6, 2.1, 2.2 and 3.5.
 * @module
 */
import type { DataChannel } from './data-channel.js';
import { type DialLimits, Dialler } from './dialler.js';
import type { TransportOptions } from './transport.js';

/** How a relay is dialled. */
export interface DialOptions extends TransportOptions, DialLimits {}

/** What to ask for. */
export interface UpgradeOptions {
  /** Another path and query on the same server; the dialled address's own when absent. */
  readonly url?: string | URL | undefined;
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[] | undefined;
}

/** An answered upgrade. */
export interface Upgraded {
  /** Open and not yet started. */
  readonly channel: DataChannel;
  /** The subprotocol that was agreed on. */
  readonly protocol: string | undefined;
  /** Headers of the answer, names in lower case, repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A connection to a relay that is being made. */
export interface Dial {
  /**
   * Asks for the WebSocket; call it once.
   * @throws RelayError by what the relay answered; `ERR_RELAY_TIMEOUT`; `ERR_RELAY_PROTOCOL` for an answer that is not
   * valid; `ERR_RELAY_CUT` when it closed without one; `ERR_RELAY_PROXY`; `ERR_RELAY_ARGUMENT`. Node's own error for
   * name resolution, TCP and TLS, with the issuer of a certificate that was refused. The reason of an abort.
   */
  upgrade(options?: UpgradeOptions): Promise<Upgraded>;
  /** Gives up. A pending or later `upgrade` rejects with `reason`; after an answered one nothing happens. */
  abort(reason?: Error): void;
}

/**
 * Starts to connect.
 * @param url - a `ws:` or `wss:` address. It goes into the request exactly as it is written.
 * @throws RelayError `ERR_RELAY_ARGUMENT` when the address or an option makes no sense.
 */
export function dial(url: string | URL, options: DialOptions = {}): Dial {
  return new Dialler(options).dial(url, options);
}
