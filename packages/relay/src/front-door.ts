/**
 * The port of the data plane: HTTP as far as the end of a request's header, and no further.
 *
 * It guards what comes before a handshake: headers that never end, that are too long, or that are no HTTP; TLS
 * handshakes that stall; and more such connections at once than are good, of which the oldest has to go, so that a
 * thousand half-open ones keep nobody else out.
 * @module
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ListenOptions } from './options.js';

/** Connections that the kernel may hold for us until we accept them: what Linux grants at most, by default. */
const BACKLOG = 4_096;

/** First the cipher that costs least on every machine with AES instructions. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Where requests go. */
export interface FrontDoorOptions {
  readonly listen: ListenOptions;
  /** For the TLS handshake, and again for the header of the request. */
  readonly handshakeMs: number;
  /** Bytes of the header of a request. */
  readonly headerBytes: number;
  /** Connections without a complete request; one more, and the oldest is cut. */
  readonly maxHandshakes: number;
  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** A request that does not ask for a WebSocket. */
  onRequest(request: IncomingMessage, response: ServerResponse): void;
  /** What came was no request that can be answered in earnest. */
  onGarbage(status: number, why: string, socket: Socket): void;
}

/** The listening server. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #server: http.Server;
  /** Connections without a complete request, oldest first. */
  readonly #handshakes = new Map<string, Socket>();

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    const { tls } = options.listen;
    const settings = {
      maxHeaderSize: options.headerBytes,
      headersTimeout: options.handshakeMs,
      requestTimeout: options.handshakeMs,
      // How often those two are looked at.
      connectionsCheckingInterval: Math.min(1_000, options.handshakeMs),
      noDelay: true,
      keepAlive: true,
    };
    if (tls === undefined) {
      this.#server = http.createServer(settings);
    } else {
      const server = https.createServer({
        ...settings,
        cert: Buffer.from(tls.cert),
        key: Buffer.from(tls.key),
        minVersion: 'TLSv1.2',
        ciphers: CIPHERS,
        honorCipherOrder: true,
        handshakeTimeout: options.handshakeMs,
      });
      server.on('secureConnection', (socket: TLSSocket) => this.#watch(socket));
      this.#server = server;
    }
    this.#server.on('connection', (socket: Socket) => this.#watch(socket));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#handshakes.delete(nameOf(socket));
      options.onUpgrade(request, socket, head);
    });
    this.#server.on('request', options.onRequest);
    this.#server.on('connect', (_request, socket: Socket) => {
      options.onGarbage(400, 'this is not a proxy', socket);
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      this.#onClientError(error, socket),
    );
  }

  /** Starts to listen. Rejects with Node's own error (`EADDRINUSE` …). */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options.listen;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Accepts no more, and drops the connections that have not become WebSockets. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of [...this.#handshakes.values()]) socket.destroy();
  }

  /** With TLS a connection is seen twice, bare and then secure; its name stays, so the second takes the first's place. */
  #watch(socket: Socket): void {
    const name = nameOf(socket);
    this.#handshakes.set(name, socket);
    socket.once('close', () => {
      if (this.#handshakes.get(name) === socket) this.#handshakes.delete(name);
    });
    if (this.#handshakes.size <= this.#options.maxHandshakes) return;
    const [oldest] = this.#handshakes;
    if (oldest === undefined) return;
    this.#handshakes.delete(oldest[0]);
    oldest[1].destroy();
  }

  /** Only to what was meant as HTTP there is an answer; a failed TLS handshake or a broken connection gets none. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const { headerBytes } = this.#options;
    const meaning =
      meanings(headerBytes)[error.code ?? ''] ?? (error.code?.startsWith('HPE_') ? NOT_HTTP : undefined);
    if (meaning === undefined || !socket.writable) {
      socket.destroy();
      return;
    }
    // What else comes is nothing to the parser any more, which would only fail again.
    socket.removeAllListeners('data').on('data', () => undefined);
    this.#options.onGarbage(...meaning, socket);
  }
}

type Meaning = readonly [status: number, why: string];

const NOT_HTTP: Meaning = [400, 'this is not HTTP'];

const meanings = (headerBytes: number): Readonly<Record<string, Meaning>> => ({
  HPE_HEADER_OVERFLOW: [431, `the header is longer than ${headerBytes} bytes`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the header took too long'],
});

/** Names a connection: address and port of its far end are its own for as long as it lives. */
function nameOf(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}`;
}
