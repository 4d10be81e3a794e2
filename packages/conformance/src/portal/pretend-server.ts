/**
 * A server with pages for browsers that only pretends: their files, and answers that a test makes up.
 *
 * For what a real one is seldom like: ten thousand hybrid connections, an alarm, a stream that breaks, a server that
 * wants to be left alone. What a page does to a relay or a manager is tested with a real one.
 * @module
 */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** As often as the real ones: a page takes silence for an end. */
const HEARTBEAT_MS = 15_000;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** As the real ones' (packages/service/src/http/page-files.ts). */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Which pages, and what they find where. */
export interface Site {
  /** The folder that they were built to, ending in a slash. */
  readonly files: URL;
  /** Where the pages are: `/` or `/portal/`. */
  readonly pages: string;
  /** Path of the stream of events. */
  readonly stream: string;
}

/**
 * What it answers, by path such as `/api/session`, or by method and path where that is not for reading: values are sent as JSON,
 * functions are asked. What is {@link Events} is sent as such, what is a {@link Refusal} as the error that it is.
 */
export type Answers = Readonly<Record<string, unknown | ((url: URL) => unknown)>>;

/** An answer of events, one after the other. */
export class Events {
  readonly events: readonly { readonly event: string; readonly data: unknown }[];

  constructor(events: Events['events']) {
    this.events = events;
  }
}

/** An answer that is an error. */
export class Refusal {
  readonly status: number;
  readonly error: { readonly code: string; readonly message: string; readonly target?: string };

  constructor(status: number, error: Refusal['error']) {
    this.status = status;
    this.error = error;
  }
}

/** The only token that it takes. */
export const TOKEN = 'a-token-that-opens-the-pretend-server';

/** The server. */
export class PretendServer {
  /** May be changed at any time. */
  answers: Answers;
  /** What every answer that needs a token is instead; for errors. */
  refusal: { readonly status: number; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** Sent to each stream as it opens. */
  greeting: readonly { readonly event: string; readonly data: unknown }[] = [];
  /** What was asked for beside reading: method and path, and what was sent. */
  readonly changes: { readonly what: string; readonly body: unknown }[] = [];
  readonly #server: http.Server;
  readonly #site: Site;
  readonly #prefix: string;
  readonly #streams = new Set<ServerResponse>();

  private constructor(site: Site, answers: Answers, prefix: string) {
    this.#site = site;
    this.answers = answers;
    this.#prefix = prefix;
    this.#server = http.createServer((request, response) => this.#answer(request, response));
  }

  /** Starts it. @param prefix - the path that it is below, as behind a reverse proxy */
  static async start(site: Site, answers: Answers, prefix = '/'): Promise<PretendServer> {
    if (!existsSync(new URL('index.html', site.files)))
      throw new Error('The pages are not built: npm run build');
    const server = new PretendServer(site, answers, prefix);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  /** The address of the pages. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${this.#prefix}${this.#site.pages.slice(1)}`;
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
    const { pages, stream, files } = this.#site;
    if (!url.pathname.startsWith(this.#prefix)) sendJson(response, 404, errorOf('NotFound'));
    else if (path.startsWith(pages) && !path.startsWith('/api/')) {
      sendFile(response, files, path.slice(pages.length) || 'index.html');
    } else if (this.refusal !== undefined) {
      sendJson(response, this.refusal.status, errorOf('Refused'), this.refusal.headers);
    } else if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      sendJson(response, 401, errorOf('Unauthorized'));
    } else if (path === stream) this.#stream(response);
    else void this.#sendAnswer(request, response, path, url);
  }

  async #sendAnswer(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    url: URL,
  ): Promise<void> {
    const isRead = request.method === 'GET';
    const what = isRead ? path : `${request.method} ${path}`;
    const body = await text(request);
    if (!isRead) this.changes.push({ what, body: body === '' ? undefined : JSON.parse(body) });
    const found = this.answers[what] ?? this.answers[path];
    const answer = typeof found === 'function' ? found(url) : found;
    if (answer === undefined) sendJson(response, 404, errorOf('NotFound'));
    else if (answer instanceof Refusal) sendJson(response, answer.status, { error: answer.error });
    else if (answer instanceof Events) sendEvents(response, answer);
    else sendJson(response, 200, answer);
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    this.#streams.add(response);
    const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
    response.once('close', () => {
      clearInterval(heartbeat);
      this.#streams.delete(response);
    });
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

function sendEvents(response: ServerResponse, { events }: Events): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (const { event, data } of events) write(response, event, data);
  response.end();
}

function sendFile(response: ServerResponse, files: URL, name: string): void {
  const type = TYPES[extname(name)];
  if (type === undefined || name.includes('/')) {
    sendJson(response, 404, errorOf('NotFound'));
    return;
  }
  const bytes = readFileSync(fileURLToPath(new URL(name, files)));
  response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': POLICY }).end(bytes);
}

function errorOf(code: string): object {
  return { error: { code, message: `The answer is ${code}.` } };
}
