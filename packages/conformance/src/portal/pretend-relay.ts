/**
 * An admin port that only pretends: the portal's files, and answers that a test makes up.
 *
 * For what a real relay is seldom like: ten thousand hybrid connections, an alarm, a stream that breaks, a server that
 * wants to be left alone. What the portal does to a relay is tested with a real one.
 * @module
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const FILES = new URL('../../../relay/dist/portal/', import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As the relay's own (packages/service/src/http/page-files.ts). */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** What it answers: values are sent as JSON, functions are asked. */
export type Answers = Readonly<Record<string, unknown | ((url: URL) => unknown)>>;

/** The only token that it takes. */
export const TOKEN = 'a-token-that-opens-the-pretend-relay';

/** The server. */
export class PretendRelay {
  /** By path, such as `/api/session`. May be changed at any time. */
  answers: Answers;
  /** What every answer that needs a token is instead; for errors. */
  refusal: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** Sent to each stream as it opens. */
  greeting: readonly { readonly event: string; readonly data: unknown }[] = [];
  readonly #server: http.Server;
  readonly #prefix: string;
  readonly #streams = new Set<ServerResponse>();

  private constructor(answers: Answers, prefix: string) {
    this.answers = answers;
    this.#prefix = prefix;
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  /** Starts it. @param prefix - the path that it is below, as behind a reverse proxy */
  static async start(answers: Answers, prefix = '/'): Promise<PretendRelay> {
    if (!existsSync(new URL('index.html', FILES))) throw new Error('The portal is not built: npm run build');
    const relay = new PretendRelay(answers, prefix);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  /** The address of the portal. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${this.#prefix}portal/`;
  }

  /** Sends an event to all who watch. */
  tell(event: string, data: unknown): void {
    for (const stream of this.#streams) write(stream, event, data);
  }

  /** Breaks the streams that are open. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** Ends it. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://pretend');
    const path = `/${url.pathname.slice(this.#prefix.length)}`;
    if (!url.pathname.startsWith(this.#prefix)) sendJson(response, 404, errorOf('NotFound'));
    else if (path.startsWith('/portal/')) sendFile(response, path.slice('/portal/'.length) || 'index.html');
    else if (this.refusal !== undefined) {
      sendJson(response, this.refusal.status, errorOf('Refused'), this.refusal.headers);
    } else if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      sendJson(response, 401, errorOf('Unauthorized'));
    } else if (path === '/api/live') this.#stream(response);
    else this.#sendAnswer(response, path, url);
  }

  #sendAnswer(response: ServerResponse, path: string, url: URL): void {
    const answer = this.answers[path];
    if (answer === undefined) sendJson(response, 404, errorOf('NotFound'));
    else sendJson(response, 200, typeof answer === 'function' ? answer(url) : answer);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
    for (const { event, data } of this.greeting) write(response, event, data);
  }
}

function write(stream: ServerResponse, event: string, data: unknown): void {
  stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function sendFile(response: ServerResponse, name: string): void {
  const type = TYPES[extname(name)];
  if (type === undefined || name.includes('/')) {
    sendJson(response, 404, errorOf('NotFound'));
    return;
  }
  const bytes = readFileSync(fileURLToPath(new URL(name, FILES)));
  response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': POLICY }).end(bytes);
}

function errorOf(code: string): object {
  return { error: { code, message: `The answer is ${code}.` } };
}
