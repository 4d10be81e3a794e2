/**
 * An HTTP proxy that knows CONNECT alone, and whose only targets are the endpoints that have routes.
 *
 * Requests with an address in them (`GET http://host/`) are not led anywhere: a page in a browser could send those to a port of this machine.
 *
 * Source: RFC 9110, section 9.3.6.
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ProcessAddress } from '../addresses.js';
import { ProxyRefusal, type Routes } from './target.js';
import { REQUEST_MS, TunnelProxy } from './tunnel-proxy.js';

/** A CONNECT has few headers; credentials for proxies can be long. */
const MAX_HEADER_BYTES = 8_192;

/** An HTTP proxy for CONNECT. */
export class ConnectProxy extends TunnelProxy {
  readonly #server: Server;

  /** @param routes - asked for each client */
  constructor(routes: Routes) {
    const server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        requestTimeout: REQUEST_MS,
        headersTimeout: REQUEST_MS,
        noDelay: true,
      },
      (_, response) => notConnect(response),
    );
    super('HTTP CONNECT', server, routes);
    this.#server = server;
    server.on('connect', (request, near, head) => void this.#serve(request, near as Socket, head));
    server.on('clientError', (_, socket) => socket.destroy());
  }

  override async close(options: { readonly graceMs: number }): Promise<void> {
    const closed = super.close(options);
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve({ url = '' }: IncomingMessage, near: Socket, head: Buffer): Promise<void> {
    // What follows is for the target, and waits in the kernel.
    near.pause();
    await this.serve(near, async () => {
      const accept = (written: () => void) =>
        near.write('HTTP/1.1 200 Connection established\r\n\r\n', written);
      await this.lead(near, authorityOf(url), accept, head);
    });
  }

  protected override refuse(near: Socket, error: Error): void {
    near.end(answer(error instanceof ProxyRefusal ? statusOf(error) : '400 Bad Request', error.message));
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
