/**
 * Connections to relays for plain HTTP requests, kept open for the next one for as long as the relay likes.
 *
 * Idle ones keep no process alive. Requests share a connection when they go to the same relay in the same way: what of
 * the transport is an object, such as `tls`, must be the same object for that.
 * @module
 */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { openSocket, type TransportOptions } from '@hybridge/socket';

/** What a request says about its connection, besides what Node asks for. */
export interface RelayRoute {
  /** Of which host and port count: `ws:` or `wss:`. */
  readonly url: URL;
  readonly transport: TransportOptions;
  /** For opening a connection, in milliseconds. */
  readonly timeoutMs: number;
}

/** Node hands an agent the options of `http.request` as they are. */
type Options = http.ClientRequestArgs & { readonly route?: RelayRoute };

/** The agent of all requests through relays. */
export class RelayAgent extends http.Agent {
  readonly #names = new WeakMap<object, number>();
  #named = 0;

  constructor() {
    super({ keepAlive: true });
  }

  override getName(options: Options = {}): string {
    const { url, transport } = options.route!;
    const { tls, systemCa, proxy, lookup } = transport;
    return [url.protocol, url.host, systemCa, ...[tls, proxy, lookup].map((each) => this.#nameOf(each))].join(
      ' ',
    );
  }

  override createConnection(
    options: Options,
    callback: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { url, transport, timeoutMs } = options.route!;
    const opening = openSocket(url, { ...transport, signal: AbortSignal.timeout(timeoutMs) });
    opening.opened.then(
      (socket) => callback(null, socket),
      (error) => callback(error, undefined as unknown as Duplex),
    );
  }

  #nameOf(value: unknown): string {
    if (typeof value !== 'object' && typeof value !== 'function') return String(value);
    if (value === null) return 'null';
    let name = this.#names.get(value);
    if (name === undefined) {
      this.#named += 1;
      name = this.#named;
      this.#names.set(value, name);
    }
    return `#${name}`;
  }
}
