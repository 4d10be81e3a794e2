/**
 * Asks a relay's admin port.
 *
 * One method for an answer, one for a list in pages, one for events. The token goes to the address that was given and to
 * no other: a link to the next page gives the place in the list, and nothing else of it is used.
 *
 * Source: docs/management.md.
 * @module
 */
import {
  type AdminAdvice,
  AdminError,
  type AdminPlace,
  PLAIN_ADVICE,
  refusal,
  unreachable,
} from './admin-error.js';
import { type ServerSentEvent, serverSentEvents } from './server-sent-events.js';

/** How long an answer may take, in milliseconds: the relay writes to disk before it answers, and that may be slow. */
const TIMEOUT_MS = 30_000;
/** Silence on a stream of events, in milliseconds, after which it is taken for dead: two of its heartbeats and a half. */
const SILENCE_MS = 40_000;

/** More than a relay with ten thousand hybrid connections has to say, in bytes. */
const MAX_ANSWER_BYTES = 33_554_432;
/** More than any refusal has to say, in bytes. */
const MAX_REFUSAL_BYTES = 65_536;
/** Pages of a list: a hundred things or so each. */
const MAX_PAGES = 1_000;

/** `api-version` of Azure Resource Manager's shapes. */
export const RELAY_VERSION = '2021-11-01';
/** The same of App Service's. */
export const WEB_VERSION = '2022-03-01';

/** Values of a query; `undefined` is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** A request, as {@link AdminFetch} is asked for it. */
export interface AdminRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** What reaches the admin port: as much of `fetch` as it takes, and following no redirect. */
export type AdminFetch = (url: string, request: AdminRequest) => Promise<Response>;

/** What can be said about it. */
export interface ManagementClientOptions {
  /** How whoever uses it can give another address or token. @defaultValue plain words */
  readonly advice?: AdminAdvice;
  /** The way there. @defaultValue Node's own, which knows no proxy */
  readonly fetch?: AdminFetch;
}

const DIRECTLY: AdminFetch = (url, request) => fetch(url, { ...request, redirect: 'manual' });

/** A relay's admin port. */
export class ManagementClient {
  /** Without a slash at its end. */
  readonly base: string;
  readonly #token: string;
  readonly #place: AdminPlace;
  readonly #fetch: AdminFetch;

  /**
   * @param base - address of the admin port, which may have a path of its own behind a proxy
   * @param token - a secret
   */
  constructor(base: URL, token: string, options: ManagementClientOptions = {}) {
    const { advice = PLAIN_ADVICE, fetch: way = DIRECTLY } = options;
    this.base = base.href.replace(/\/$/, '');
    this.#token = token;
    this.#place = { base: this.base, advice };
    this.#fetch = way;
  }

  /**
   * Asks once. @returns what is in the body; `undefined` when there is none.
   * @param path - encoded, see {@link pathOf}
   * @throws AdminError
   */
  async ask<Answer>(method: string, path: string, { query = {}, body }: Ask = {}): Promise<Answer> {
    return (await this.#answer(method, path, { query, body })).body as Answer;
  }

  /** Deletes something. @throws AdminError `ERR_ADMIN_NOT_FOUND` when there is none, which the REST takes for done. */
  async delete(path: string, what: string, query: Query = {}): Promise<void> {
    const { status } = await this.#answer('DELETE', path, { query });
    if (status === 204 && !path.startsWith('/api/')) {
      throw new AdminError('ERR_ADMIN_NOT_FOUND', `there is no ${what}`);
    }
  }

  /** Reads a list to its end, however many pages it has. @throws AdminError */
  async all<Item>(path: string, query: Query): Promise<Item[]> {
    const items: Item[] = [];
    let place: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const page = await this.ask<{ value: Item[]; nextLink?: string } | undefined>('GET', path, {
        query: { ...query, $skipToken: place },
      });
      if (!Array.isArray(page?.value)) throw this.#strange();
      for (const item of page.value) items.push(item);
      place = placeIn(page.nextLink);
      if (!place) return items;
    }
    throw this.#strange();
  }

  /** What the relay sends, until it ends or `signal` says so. @throws AdminError */
  async *events(path: string, signal: AbortSignal): AsyncGenerator<ServerSentEvent> {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    try {
      const headers = { ...this.#headers(), Accept: 'text/event-stream' };
      const response = await this.#fetch(`${this.base}${path}`, {
        method: 'GET',
        headers,
        signal: AbortSignal.any([signal, silence.signal]),
      });
      if (!response.ok || response.body === null) {
        throw refusal(response.status, await this.#textOf(response), response.headers, this.#place);
      }
      yield* serverSentEvents(response.body, () => timer.refresh());
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof AdminError ? error : unreachable(error, this.#place);
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(method: string, path: string, { query = {}, body }: Ask) {
    const url = `${this.base}${path}${queryText(query)}`;
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(url, {
        method,
        headers: this.#headers(body),
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      text = await this.#textOf(response);
    } catch (cause) {
      throw cause instanceof AdminError ? cause : unreachable(cause, this.#place);
    }
    if (!response.ok) throw refusal(response.status, text, response.headers, this.#place);
    return { status: response.status, body: text === '' ? undefined : this.#read(text) };
  }

  #headers(body?: object): Record<string, string> {
    const authorization = { Authorization: `Bearer ${this.#token}` };
    return body === undefined ? authorization : { ...authorization, 'Content-Type': 'application/json' };
  }

  #read(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.#strange(cause);
    }
  }

  /** The body, unless it goes on and on. @throws AdminError */
  async #textOf({ body, ok }: Response): Promise<string> {
    const most = ok ? MAX_ANSWER_BYTES : MAX_REFUSAL_BYTES;
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels what is still to come.
      if (size > most) throw this.#strange();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #strange(cause?: unknown): AdminError {
    const message = `${this.base} does not answer as a relay's admin port does: is this the right address?`;
    return new AdminError('ERR_ADMIN_ANSWER', message, { cause });
  }
}

/** What belongs to a request. */
export interface Ask {
  readonly query?: Query;
  readonly body?: object | undefined;
}

/**
 * A path of segments, each encoded. A slash within one stays one: `%2F`.
 * @throws AdminError `ERR_ADMIN_INVALID` for `.` and `..`, which cannot be encoded and would lead to another address
 */
export function pathOf(...segments: readonly string[]): string {
  const dots = segments.find((segment) => /^\.\.?$/.test(segment));
  if (dots !== undefined) throw new AdminError('ERR_ADMIN_INVALID', `nothing can have the name ${dots}`);
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}

/** The path of a resource's id, whose segments are not encoded. */
export function pathOfId(id: string): string {
  return pathOf(...id.split('/').slice(1));
}

/** The place in a list that a link to the next page leads to. */
function placeIn(link: string | undefined): string | undefined {
  return link !== undefined && URL.canParse(link)
    ? (new URL(link).searchParams.get('$skipToken') ?? undefined)
    : undefined;
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
