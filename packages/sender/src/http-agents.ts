/**
 * HTTP clients whose connections go through a hybrid connection: what is at the far end is an HTTP server, and the tunnel
 * carries TCP as ever. For requests that the relay itself passes on, see `request.ts`.
 *
 * Node's agents and undici both let go of the process while a connection is idle, by `unref()`. With TLS they do that to
 * a socket that knows nothing of the one below, so it is passed on here.
 * @module
 */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import type { HybridConnectionSocket } from '@hybridge/socket';
import type { SenderOptions } from './options.js';
import { HybridConnectionSender } from './sender.js';

/** An `http.Agent` for an HTTP server behind a hybrid connection. */
export class HybridConnectionAgent extends http.Agent {
  readonly #sender: HybridConnectionSender;

  /**
   * @param tunnel - as for `connect()`
   * @param options - as for `http.Agent`, but `keepAlive` is true unless it is said otherwise: a tunnel takes some round
   *   trips to open
   * @throws RelayError `ERR_RELAY_ARGUMENT`
   */
  constructor(tunnel: string | SenderOptions, options: http.AgentOptions = {}) {
    super({ keepAlive: true, ...options });
    this.#sender = new HybridConnectionSender(tunnel);
  }

  override createConnection(): Duplex {
    return this.#sender.connect();
  }
}

/** An `https.Agent` for an HTTPS server behind a hybrid connection. The relay sees none of what is said. */
export class HybridConnectionHttpsAgent extends https.Agent {
  readonly #sender: HybridConnectionSender;

  /**
   * @param tunnel - as for `connect()`; its `tls` is for the relay
   * @param options - as for `https.Agent`, for the server behind, but `keepAlive` is true unless it is said otherwise
   * @throws RelayError `ERR_RELAY_ARGUMENT`
   */
  constructor(tunnel: string | SenderOptions, options: https.AgentOptions = {}) {
    super({ keepAlive: true, ...options });
    this.#sender = new HybridConnectionSender(tunnel);
  }

  override createConnection(
    options: https.RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex {
    const tunnel = this.#sender.connect();
    const secure = super.createConnection({ ...options, socket: tunnel } as https.RequestOptions, callback);
    return following(secure as tls.TLSSocket, tunnel);
  }
}

/** What undici tells its `connect` function; the part that matters here. */
export interface UndiciConnectOptions {
  readonly protocol: string;
  readonly hostname: string;
  readonly servername?: string | undefined;
}

/** How undici is told. */
export type UndiciConnectCallback = (
  ...args: [error: null, socket: net.Socket] | [error: Error, socket: null]
) => void;

/**
 * The `connect` option of undici's `Agent`, `Client` and `Pool`, for HTTP and HTTPS servers behind a hybrid connection.
 *
 * @param tunnel - as for `connect()`; its `tls` is for the relay
 * @param secure - for the server behind, when it is HTTPS: own CA, client certificate …
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function undiciConnect(
  tunnel: string | SenderOptions,
  secure: tls.ConnectionOptions = {},
): (options: UndiciConnectOptions, callback: UndiciConnectCallback) => void {
  const sender = new HybridConnectionSender(tunnel);
  return ({ protocol, hostname, servername }, callback) => {
    const socket = sender.connect() as unknown as net.Socket;
    if (protocol !== 'https:') {
      tell(socket, 'connect', callback);
      return;
    }
    const name = servername || (net.isIP(hostname) === 0 ? hostname : undefined);
    const options = {
      ALPNProtocols: ['http/1.1'],
      ...(name === undefined ? {} : { servername: name }),
      ...secure,
    };
    tell(following(tls.connect({ ...options, socket }), socket), 'secureConnect', callback);
  };
}

function tell(socket: net.Socket, event: 'connect' | 'secureConnect', callback: UndiciConnectCallback): void {
  const onOpen = () => {
    socket.off('error', onError);
    callback(null, socket);
  };
  const onError = (error: Error) => {
    socket.off(event, onOpen);
    callback(error, null);
  };
  socket.once(event, onOpen).once('error', onError);
}

/** Makes what is said to the upper socket about the process reach the lower one. */
function following(
  upper: tls.TLSSocket,
  lower: Pick<HybridConnectionSocket | net.Socket, 'ref' | 'unref'>,
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
