/**
 * The port of the data plane: HTTP as far as the end of a request's header, and no further.
 *
 * It guards what comes before a handshake: headers that never end, that are too long, or that are no HTTP; TLS
 * handshakes that stall; and more such connections at once than are good, of which the oldest has to go, so that a
 * thousand half-open ones keep nobody else out.
 *
 * A connection that says nothing at all may do so for longer than one that has begun to speak: listeners dial before
 * they have decided, and then need the connection for as long as the address is good. When there is little room left,
 * this patience ends.
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { devNull } from 'node:os';
import type { TLSSocket } from 'node:tls';
import { secureOptions, type TlsOptions } from '../config/certificate.js';
import type { ListenOptions } from '../config/options.js';
import type { HttpHandler } from './http-front.js';

/** Connections that the kernel may hold for us until we accept them: what Linux grants at most, by default. */
const BACKLOG = 4_096;

/** Where requests go. */
export interface FrontDoorOptions {
  readonly listen: ListenOptions;
  /** How the port is shared with other workers, as `net.Server.listen` has it. @defaultValue not at all */
  readonly sharing?: { readonly exclusive: true } | { readonly reusePort: boolean };
  /** For the TLS handshake, and again for the header of the request, from its first byte on. */
  readonly handshakeMs: number;
  /** For that first byte, as long as less than half of `maxHandshakes` are there. */
  readonly silenceMs: number;
  /** Bytes of the header of a request. */
  readonly headerBytes: number;
  /** Connections without a complete request; one more, and the oldest is cut. */
  readonly maxHandshakes: number;
  onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** A request that does not ask for a WebSocket. */
  onRequest: HttpHandler;
  /** A connection could not be taken; the port stays open. */
  onAcceptFailed(error: NodeJS.ErrnoException): void;
  /** What came was no request that can be answered in earnest. */
  onGarbage(status: number, why: string, socket: Socket): void;
}

/** A connection without a complete request. */
interface Handshake {
  readonly socket: Socket;
  /** When it began to be in order, on the clock of `performance.now()`. */
  readonly since: number;
  /** Bytes that were no part of a request. */
  readonly bytesBefore: number;
  /** When it was first seen to have sent something. */
  spokeAt: number | undefined;
}

/** The listening server. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;
  readonly #server: http.Server;
  /** Connections without a complete request, oldest first. */
  readonly #handshakes = new Map<unknown, Handshake>();
  /** The answer to the last request that came on a connection. */
  readonly #responses = new WeakMap<Socket, ServerResponse>();
  #sweeper: NodeJS.Timeout | undefined;
  /** A descriptor for the time when there is none left. */
  #reserve: number | undefined;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    const { tls } = options.listen;
    const settings = {
      maxHeaderSize: options.headerBytes,
      // Node does not tell silence from slowness, so this is for the later requests of a connection only.
      headersTimeout: 2 * Math.max(options.handshakeMs, options.silenceMs),
      // A body may take as long as it flows.
      requestTimeout: 0,
      noDelay: true,
    };
    if (tls === undefined) {
      this.#server = http.createServer(settings);
    } else {
      const server = https.createServer({
        ...settings,
        ...secureOptions(tls),
        handshakeTimeout: options.handshakeMs,
      });
      server.on('secureConnection', (socket: TLSSocket) => this.#watch(socket));
      this.#server = server;
    }
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#handshakes.delete(this.#nameOf(socket));
      options.onUpgrade(request, socket, head);
    });
    const onRequest = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
      this.#handshakes.delete(this.#nameOf(request.socket));
      // Upgraded connections are pinged; this tells of senders that are gone while their answer is awaited.
      request.socket.setKeepAlive(true);
      this.#responses.set(request.socket, response);
      options.onRequest(request, response, awaitsContinue);
    };
    this.#server.on('request', onRequest(false));
    this.#server.on('checkContinue', onRequest(true));
    this.#server.on('connect', (_request, socket: Socket) => {
      options.onGarbage(400, 'this is not a proxy', socket);
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      this.#onClientError(error, socket),
    );
  }

  /** Starts to listen. Rejects with Node's own error (`EADDRINUSE` …). */
  async listen(): Promise<AddressInfo> {
    const { listen, handshakeMs, sharing } = this.#options;
    const { host, port } = listen;
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(1_000, handshakeMs / 4)).unref();
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: BACKLOG, ...sharing }, () => {
        this.#server.off('error', reject);
        this.#reserve = openReserve();
        // Without a listener for it, one connection too many would end the process.
        this.#server.on('error', (error: NodeJS.ErrnoException) => this.#onAcceptFailed(error));
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Shows another certificate to those who come from now on; who is there notices nothing. Only for a door with TLS. */
  setCertificate(tls: TlsOptions): void {
    (this.#server as https.Server).setSecureContext(secureOptions(tls));
  }

  /** Accepts no more, and drops the connections that have not become WebSockets. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#spendReserve();
    this.#server.close();
    this.#server.closeAllConnections();
    for (const { socket } of [...this.#handshakes.values()]) socket.destroy();
  }

  #onConnection(socket: Socket): void {
    if (this.#reserve === undefined && this.#server.listening) this.#regainReserve(socket);
    if (!socket.destroyed) this.#watch(socket);
  }

  /** With TLS a connection is seen twice, bare and then secure; its name stays, so the second takes the first's place. */
  #watch(socket: Socket): void {
    const name = this.#nameOf(socket);
    const handshake = { socket, since: performance.now(), bytesBefore: socket.bytesRead, spokeAt: undefined };
    this.#handshakes.set(name, handshake);
    socket.once('close', () => {
      if (this.#handshakes.get(name) === handshake) this.#handshakes.delete(name);
    });
    if (this.#handshakes.size > this.#options.maxHandshakes) this.#dropOldest();
  }

  /** @returns whether there was one. */
  #dropOldest(): boolean {
    const [oldest] = this.#handshakes;
    if (oldest === undefined) return false;
    this.#handshakes.delete(oldest[0]);
    oldest[1].socket.destroy();
    return true;
  }

  /**
   * Node tells of it only when libuv has lost the descriptor that it keeps for such times. It tries again at once then,
   * and in Node 20 does nothing else until it succeeds: so somebody has to make room. Where all descriptors are
   * those of connections that are in use, the room is our own reserve: what comes next is taken with it, and closed.
   */
  #onAcceptFailed(error: NodeJS.ErrnoException): void {
    const isShortage = error.code === 'EMFILE' || error.code === 'ENFILE';
    if (isShortage && !this.#dropOldest()) this.#spendReserve();
    this.#options.onAcceptFailed(error);
  }

  #spendReserve(): void {
    if (this.#reserve !== undefined) closeSync(this.#reserve);
    this.#reserve = undefined;
  }

  /** @param socket - has just been taken; it has to go if there is no other descriptor. */
  #regainReserve(socket: Socket): void {
    this.#reserve = openReserve();
    if (this.#reserve !== undefined) return;
    socket.destroy();
    this.#reserve = openReserve();
  }

  /** Names a connection, bare and secure: address and port of its far end are its own for as long as it lives. */
  #nameOf(socket: Socket): unknown {
    return this.#options.listen.tls === undefined ? socket : `${socket.remoteAddress}|${socket.remotePort}`;
  }

  /** Ends the connections that take too long. */
  #sweep(): void {
    const { handshakeMs, silenceMs, maxHandshakes } = this.#options;
    const now = performance.now();
    const patienceMs = this.#handshakes.size > maxHandshakes / 2 ? handshakeMs : silenceMs;
    for (const [name, handshake] of [...this.#handshakes]) {
      const { socket, since, bytesBefore } = handshake;
      if (socket.bytesRead > bytesBefore) handshake.spokeAt ??= now;
      const { spokeAt } = handshake;
      if (spokeAt === undefined ? now - since < patienceMs : now - spokeAt < handshakeMs) continue;
      this.#handshakes.delete(name);
      const isInHandshake = this.#options.listen.tls !== undefined && !('encrypted' in socket);
      if (isInHandshake) socket.destroy();
      else this.#onClientError(tooSlow(), socket);
    }
  }

  /** Only to what was meant as HTTP there is an answer; a failed TLS handshake or a broken connection gets none. */
  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const { headerBytes } = this.#options;
    const meaning =
      meanings(headerBytes)[error.code ?? ''] ?? (error.code?.startsWith('HPE_') ? NOT_HTTP : undefined);
    if (meaning === undefined || !socket.writable || this.#isAnswering(socket)) {
      socket.destroy();
      return;
    }
    // What else comes is nothing to the parser any more, which would only fail again.
    socket.removeAllListeners('data').on('data', () => undefined);
    this.#options.onGarbage(...meaning, socket);
  }

  /** Another answer has begun, or waits for its turn: nothing may be written into it. */
  #isAnswering(socket: Socket): boolean {
    const response = this.#responses.get(socket);
    if (response === undefined || response.writableFinished) return false;
    return response.headersSent || response.socket !== socket;
  }
}

function openReserve(): number | undefined {
  try {
    return openSync(devNull, 'r');
  } catch {
    return undefined;
  }
}

/** The error that Node has for it. */
function tooSlow(): NodeJS.ErrnoException {
  return Object.assign(new Error('The request took too long'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}

type Meaning = readonly [status: number, why: string];

const NOT_HTTP: Meaning = [400, 'this is not HTTP'];

const meanings = (headerBytes: number): Readonly<Record<string, Meaning>> => ({
  HPE_HEADER_OVERFLOW: [431, `the header is longer than ${headerBytes} bytes`],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the header took too long'],
});
