/**
 * One of the two ways to a running manager, over HTTP: from the bytes of a request to a route, and back.
 *
 * What can be asked is a table; this decides who may, reads what is sent, and answers. Nothing is read of a request before it is known
 * that it may ask, apart from its header.
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  ANSWER_HEADERS,
  checkInput,
  methodNotAllowed,
  openEventStream,
  parseTarget,
  RestError,
  RouteTable,
  readBody,
  sendAnswer,
  sendPage,
  smallServer,
} from '@hybridge/service';
import type { ControlAnswer, ControlEvents, ControlRoute, FrontName } from './control-route.js';
import type { ControlDeed } from './ports.js';

/** Connections at once; more are closed as they come. */
const MAX_CONNECTIONS = 256;
/** Those who watch or test at once. */
const MAX_STREAMS = 32;

/** What a front is made of. */
export interface ControlFrontOptions {
  readonly name: FrontName;
  readonly routes: readonly ControlRoute[];
  /** Who may. @throws RestError */
  readonly admit: (request: IncomingMessage) => void;
  /** Pages for browsers, and what holds for whoever asks for them. */
  readonly pages?:
    | { readonly folder: string; readonly admit: (request: IncomingMessage) => void }
    | undefined;
  /** Told of what was done, or tried; not of what was only looked at. */
  readonly onDeed?: ((deed: ControlDeed) => void) | undefined;
  /** Told of failures that are our own. */
  readonly onFailure: (error: unknown) => void;
}

/** Answers. Its server listens where it is told to by others. */
export class ControlFront {
  readonly server: Server;
  readonly #options: ControlFrontOptions;
  readonly #table: RouteTable<ControlRoute>;
  readonly #streams = new Set<() => void>();

  constructor(options: ControlFrontOptions) {
    this.#options = options;
    this.#table = new RouteTable(
      options.routes.filter(({ only }) => only === undefined || only === options.name),
    );
    this.server = smallServer({
      maxConnections: MAX_CONNECTIONS,
      serve: (request, response) => this.#serve(request, response),
    });
  }

  /** Stops at once. */
  close(): void {
    for (const end of this.#streams) end();
    this.server.close();
    this.server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { segments, query } = parseTarget(request.url ?? '');
      const { pages } = this.#options;
      if (pages !== undefined && !['api', 'metrics'].includes(segments[0]!.toLowerCase())) {
        pages.admit(request);
        await sendPage(pages.folder, segments, request, response);
        return;
      }
      this.#options.admit(request);
      const answer = await this.#answer(segments, query, request);
      if (answer.events === undefined) sendAnswer(request, response, answer);
      else this.#stream(answer.events, request, response);
    } catch (error) {
      const refusal = this.#refusalOf(error);
      sendAnswer(request, response, { status: refusal.status, headers: refusal.headers, body: refusal });
    }
  }

  async #answer(
    segments: readonly string[],
    asked: URLSearchParams,
    request: IncomingMessage,
  ): Promise<ControlAnswer> {
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    const match = this.#table.match(method, segments);
    if (match.type === 'none') throw new RestError(404, 'NotFound', 'There is nothing at this address.');
    if (match.type === 'method') throw methodNotAllowed(match.allowed);
    const { route, params } = match;
    try {
      const answer = await this.#handle(match, asked, request);
      this.#told(route, params, answer.status);
      return answer;
    } catch (error) {
      this.#told(route, params, error instanceof RestError ? error.status : 500);
      throw error;
    }
  }

  async #handle(
    { route, params }: { readonly route: ControlRoute; readonly params: Readonly<Record<string, string>> },
    asked: URLSearchParams,
    request: IncomingMessage,
  ): Promise<ControlAnswer> {
    // A field that was left empty asks for nothing.
    const given = Object.fromEntries([...asked].filter(([, value]) => value !== ''));
    const query = route.query === undefined ? {} : checkInput(route.query, given);
    const body = route.body === undefined ? undefined : checkInput(route.body, await this.#body(request));
    return route.handle({ params, query, body, by: this.#options.name });
  }

  #told(
    { method, path, only }: ControlRoute,
    { id }: Readonly<Record<string, string>>,
    status: number,
  ): void {
    // What is for one way only gives a secret away.
    if (method === 'GET' && only === undefined) return;
    const isAboutConnection = path.startsWith('/api/connections/');
    const connection = isAboutConnection ? id?.toLowerCase() : undefined;
    this.#options.onDeed?.({ action: `${method} ${path}`, by: this.#options.name, connection, status });
  }

  async #body(request: IncomingMessage): Promise<unknown> {
    const body = await readBody(request);
    if (body === undefined) throw new RestError(400, 'BadRequest', 'A body is needed.', { target: 'body' });
    return body;
  }

  #stream(events: ControlEvents, request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'HEAD') {
      sendAnswer(request, response, { status: 200, headers: { 'Content-Type': 'text/event-stream' } });
      return;
    }
    if (this.#streams.size >= MAX_STREAMS) {
      throw new RestError(503, 'TooManyStreams', `As many as ${MAX_STREAMS} watch or test already.`, {
        headers: { 'Retry-After': '10' },
      });
    }
    let isClosed = false;
    const close = () => {
      isClosed = true;
      response.end();
    };
    this.#streams.add(close);
    openEventStream(response, {
      headers: ANSWER_HEADERS,
      subscribe: events,
      isPassing: ({ event }) => event === 'status',
      mayGoOn: () => !isClosed,
      onEnd: () => this.#streams.delete(close),
    });
  }

  /** What is unexpected keeps its words to itself: they may say too much. */
  #refusalOf(error: unknown): RestError {
    if (error instanceof RestError) return error;
    this.#options.onFailure(error);
    return new RestError(500, 'InternalServerError', 'The manager failed to do this.', { cause: error });
  }
}
