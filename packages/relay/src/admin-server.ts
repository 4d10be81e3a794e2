/**
 * Health and status, on a port of their own.
 *
 * `GET /healthz` is for probes and needs no token. `GET /api/status` needs the bearer token.
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How a relay is, in one word. `degraded`: it takes connections, and some of its workers do not. `down`: none does.
 */
export type Health = 'ok' | 'degraded' | 'down' | 'closing';

/** What the admin port serves. */
export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** How the relay is. */
  readonly health: () => Health;
  /** The value that `/api/status` shows as JSON, or a promise of it. */
  readonly status: () => unknown;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body: unknown;
}

/** The admin port. */
export class AdminServer {
  readonly #options: AdminServerOptions;
  readonly #server: http.Server;

  constructor(options: AdminServerOptions) {
    this.#options = options;
    this.#server = http.createServer((request, response) => {
      this.#answer(request).then(
        (answer) => send(response, answer),
        () => send(response, { status: 503, body: { error: 'the relay does not run' } }),
      );
    });
  }

  /** Starts to listen. Rejects with Node's own error. */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        // Who asks has to ask again; that descriptors are short is said by the ports that matter.
        this.#server.on('error', () => undefined);
        resolve(this.#server.address() as AddressInfo);
      });
    });
  }

  /** Stops at once. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer({ url = '', method = '', headers }: IncomingMessage): Promise<Answer> {
    const path = url.split('?', 1)[0];
    if (path !== '/healthz' && path !== '/api/status') return { status: 404, body: { error: 'not found' } };
    if (method !== 'GET' && method !== 'HEAD') {
      return { status: 405, headers: { Allow: 'GET, HEAD' }, body: { error: 'method not allowed' } };
    }
    if (path === '/healthz') {
      const status = this.#options.health();
      return { status: status === 'ok' || status === 'degraded' ? 200 : 503, body: { status } };
    }
    if (this.#isAuthorized(headers.authorization)) {
      return { status: 200, body: await this.#options.status() };
    }
    return {
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer' },
      body: { error: 'a bearer token is needed' },
    };
  }

  /** Compares hashes, so that the time tells neither the length nor the beginning of the token. */
  #isAuthorized(header = ''): boolean {
    const [, token] = /^Bearer +(\S+) *$/i.exec(header) ?? [];
    return token !== undefined && timingSafeEqual(sha256(token), sha256(this.#options.token));
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(text);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
