/**
 * Requests to the server that the page came from, with a bearer token.
 *
 * Addresses are relative to a base, so that a page works below any path of a reverse proxy.
 * @module
 */
import { ApiError, apiErrorOf } from './api-error.js';
import { EventStreamParser, type ServerEvent } from './event-stream.js';

/** What a client needs. */
export interface ApiClientOptions {
  /** Of the server, ending in a slash. */
  readonly base: URL;
  readonly token: string;
  /** Told when the server no longer takes the token. */
  readonly onUnauthorized?: () => void;
}

/** Values of a query; those that are undefined or empty are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** How a stream of events is asked for. */
export interface EventsOptions {
  readonly method?: 'GET' | 'POST';
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly onSign?: () => void;
}

/** Talks to the server. */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /** @throws ApiError */
  get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.send('GET', path, { query, ...(signal === undefined ? {} : { signal }) });
  }

  /** Sends JSON, and reads JSON if any comes back. @throws ApiError */
  async send<T>(
    method: string,
    path: string,
    { query = {}, body, signal }: { query?: Query; body?: unknown; signal?: AbortSignal } = {},
  ): Promise<T> {
    const response = await this.#fetch(path, query, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /**
   * Reads server-sent events until the stream ends.
   * @param options - how: with which method (GET unless given) and body, and what is told when anything comes, if only a sign of life
   * @throws ApiError
   */
  async *events(
    path: string,
    signal: AbortSignal,
    { method = 'GET', body, onSign }: EventsOptions = {},
  ): AsyncGenerator<ServerEvent, void> {
    const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const response = await this.#fetch(
      path,
      {},
      {
        method,
        headers: { Accept: 'text/event-stream', ...json },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      },
    );
    const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>)
      .pipeThrough(new TextDecoderStream())
      .getReader();
    const parser = new EventStreamParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onSign?.();
      yield* parser.push(value);
    }
  }

  async #fetch(path: string, query: Query, init: RequestInit): Promise<Response> {
    const { base, token, onUnauthorized } = this.#options;
    const url = new URL(path.replace(/^\/+/, ''), base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    }
    const headers = { ...init.headers, Authorization: `Bearer ${token}` };
    const response = await answerOf(fetch(url, { ...init, headers, cache: 'no-store' }));
    if (response.ok) return response;
    if (response.status === 401) onUnauthorized?.();
    throw apiErrorOf(response.status, await response.text(), response.headers.get('Retry-After'));
  }
}

/** What was aborted stays an abort; everything else is a server that did not answer. */
async function answerOf(response: Promise<Response>): Promise<Response> {
  try {
    return await response;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'Unreachable', 'The server does not answer.', { cause });
  }
}
