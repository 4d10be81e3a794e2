/**
 * An HTTP proxy that knows CONNECT alone, and whose only targets are the endpoints that have routes.
 *
 * The tunnel is opened before the client is answered, as for SOCKS. Requests with an address in them
 * (`GET http://host/`) are not led anywhere: a page in a browser could send those to a port of this machine.
 *
 * Source: RFC 9110, section 9.3.6.
 * @module
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Conduit, splice } from '@hybridge/socket';
import { formatEndpoint } from '../../routes/route.js';
import type { ProcessAddress } from '../addresses.js';
import { JoinedConnections } from '../joined-connections.js';
import { listenFailure } from '../listen-failure.js';
import type { ProxyEvents } from './socks-server.js';
import { ProxyRefusal, type Routes, routeTo, tunnelRefusal } from './target.js';

/** How long a client may take to say what it wants, in milliseconds. */
const REQUEST_MS = 10_000;
/** A CONNECT has few headers; credentials for proxies can be long. */
const MAX_HEADER_BYTES = 8_192;

/** An HTTP proxy for CONNECT. */
export class ConnectProxy extends EventEmitter<ProxyEvents> {
  readonly #routes: Routes;
  readonly #joined = new JoinedConnections();
  readonly #waiting = new Set<Socket>();
  readonly #server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: REQUEST_MS,
      headersTimeout: REQUEST_MS,
      noDelay: true,
    },
    (_, response) => notConnect(response),
  );

  /** @param routes - asked for each client */
  constructor(routes: Routes) {
    super();
    this.#routes = routes;
    this.#server.on('connect', (request, near, head) => void this.#serve(request, near as Socket, head));
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#joined.size;
  }

  /** Begins to accept. @returns the address with its port @throws Error with Node's `code`, and what to do */
  async listen(address: ProcessAddress): Promise<ProcessAddress> {
    try {
      this.#server.listen(address.port, address.host);
      await once(this.#server, 'listening');
    } catch (error) {
      throw listenFailure(error, address, 'HTTP CONNECT');
    }
    this.#server.on('error', (error) => this.emit('lost', error));
    return { host: address.host, port: (this.#server.address() as AddressInfo).port };
  }

  /** Accepts no more, and cuts what is still open when the time is over. */
  async close({ graceMs }: { readonly graceMs: number }): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const near of this.#waiting) near.destroy();
    await this.#joined.end(graceMs);
  }

  async #serve({ url = '' }: IncomingMessage, near: Socket, head: Buffer): Promise<void> {
    this.#waiting.add(near);
    near.on('error', () => undefined);
    // What follows is for the target, and waits in the kernel.
    near.pause();
    try {
      const { host, port } = authorityOf(url);
      const route = routeTo(this.#routes, host, port);
      const tunnel = route.openChannel();
      const giveUp = () => tunnel.abort();
      near.once('close', giveUp);
      await tunnel.opened.catch((error) => {
        throw tunnelRefusal(route, error);
      });
      near.off('close', giveUp);
      near.write('HTTP/1.1 200 Connection established\r\n\r\n', () => {
        const to = formatEndpoint(route);
        this.#joined.add(splice(Conduit.adopt(near, head), tunnel), (end) => this.emit('end', to, end));
        this.emit('open', to);
      });
    } catch (error) {
      this.#refuse(near, error as Error);
    } finally {
      this.#waiting.delete(near);
    }
  }

  #refuse(near: Socket, error: Error): void {
    if (near.destroyed) return;
    near.end(answer(error instanceof ProxyRefusal ? statusOf(error) : '400 Bad Request', error.message));
    // Whoever goes on talking is not listened to.
    near.resume();
    near.setTimeout(REQUEST_MS, () => near.destroy());
    this.emit('refused', error);
  }
}

/** Reads `host:port`, `[v6]:port`. @throws Error */
function authorityOf(text: string): ProcessAddress {
  const [, v6, name, digits] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  const host = v6 ?? name;
  if (host === undefined || port < 1 || port > 65_535) throw new Error('CONNECT takes host:port');
  return { host, port };
}

function statusOf({ reason, code }: ProxyRefusal): string {
  if (reason === 'host') return '403 Forbidden';
  return code === 'ETIMEDOUT' ? '504 Gateway Timeout' : '502 Bad Gateway';
}

function answer(status: string, text: string): string {
  const body = `${text}\n`;
  return [
    `HTTP/1.1 ${status}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function notConnect(response: ServerResponse): void {
  const text = 'This proxy knows CONNECT only, to endpoints of hybrid connections (curl: --proxytunnel)\n';
  response.writeHead(405, { Allow: 'CONNECT', Connection: 'close', 'Content-Type': 'text/plain' }).end(text);
}
