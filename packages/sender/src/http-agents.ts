/**
 * HTTP clients whose connections go through a hybrid connection: what is at the far end is an HTTP server, and the tunnel
 * carries TCP as ever. For requests that the relay itself passes on, see `request.ts`.
 *
 * Node's agents let go of the process while a connection is idle, by `unref()`; with TLS that reaches the tunnel below, too.
 * @module
 */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type tls from 'node:tls';
import { following } from './drivers/tls-over.js';
import { opener, type TunnelSource } from './drivers/tunnel-source.js';

/** An `http.Agent` for an HTTP server behind a hybrid connection. */
export class HybridConnectionAgent extends http.Agent {
  readonly #open: ReturnType<typeof opener>;

  /**
   * @param tunnel - a connection string, options, or a sender
   * @param options - as for `http.Agent`, but `keepAlive` is true unless it is said otherwise: a tunnel takes some round
   *   trips to open
   * @throws RelayError `ERR_RELAY_ARGUMENT`
   */
  constructor(tunnel: TunnelSource, options: http.AgentOptions = {}) {
    super({ keepAlive: true, ...options });
    this.#open = opener(tunnel);
  }

  override createConnection(): Duplex {
    return this.#open();
  }
}

/** An `https.Agent` for an HTTPS server behind a hybrid connection. The relay sees none of what is said. */
export class HybridConnectionHttpsAgent extends https.Agent {
  readonly #open: ReturnType<typeof opener>;

  /**
   * @param tunnel - a connection string, options, or a sender; its `tls` is for the relay
   * @param options - as for `https.Agent`, for the server behind, but `keepAlive` is true unless it is said otherwise
   * @throws RelayError `ERR_RELAY_ARGUMENT`
   */
  constructor(tunnel: TunnelSource, options: https.AgentOptions = {}) {
    super({ keepAlive: true, ...options });
    this.#open = opener(tunnel);
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex {
    const tunnel = this.#open();
    const secure = super.createConnection({ ...options, socket: tunnel } as https.RequestOptions, callback);
    return following(secure as tls.TLSSocket, tunnel);
  }
}
