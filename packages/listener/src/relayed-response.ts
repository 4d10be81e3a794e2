/**
 * The answer to an HTTP request from the relay, as the `http.ServerResponse` that applications know.
 *
 * Node keeps the headers and words the errors; what would go to a socket goes to {@link ResponseBody} instead. What the
 * wire has no place for does nothing: trailers, and the informational answers 100, 102 and 103.
 *
 * Application to wire: `write` answers `false` once the body's buffer is full, and 'drain' follows when it is not.
 *
 * Source: docs/protocol.md, section 4.3.
 * @module
 */
import {
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';
import { lastingMethods } from './lasting-methods.js';
import type { ResponseBody } from './response-body.js';

type Callback = (error?: Error | null) => void;
type HeaderValue = number | string | readonly string[];

/** What the stream below knows better. */
const STATE = [
  'writableCorked',
  'writableFinished',
  'writableHighWaterMark',
  'writableLength',
  'writableNeedDrain',
] as const;

/** One answer. */
export class RelayedResponse extends ServerResponse {
  static readonly #lasting = lastingMethods(RelayedResponse.prototype);
  readonly #body: ResponseBody;

  constructor(request: IncomingMessage, body: ResponseBody) {
    super(request);
    Object.defineProperties(this, RelayedResponse.#lasting);
    for (const name of STATE)
      Object.defineProperty(this, name, { get: () => body[name], configurable: true });
    this.#body = body;
    body.on('drain', () => this.emit('drain'));
    body.once('finish', () => this.emit('finish'));
  }

  override writeHead(statusCode: number, ...rest: unknown[]): this {
    const reason = typeof rest[0] === 'string' ? rest.shift() : undefined;
    if (statusCode >= 100 && statusCode < 200) {
      throw Object.assign(new RangeError(`An answer through a relay cannot have the status ${statusCode}`), {
        code: 'ERR_HTTP_INVALID_STATUS_CODE',
      });
    }
    if (!this.headersSent)
      this.#setHeaders(rest.find((headers) => headers !== undefined && headers !== null));
    // Given a reason of `undefined`, Node takes it for the headers, of which there are none: that is what is meant.
    super.writeHead(statusCode, reason as string);
    this.#body.begin({
      statusCode: this.statusCode,
      statusDescription: this.statusMessage,
      responseHeaders: relayed(this),
      hasBody: this.#hasBody,
    });
    return this;
  }

  override flushHeaders(): void {
    this.#begin();
    this.#body.flush();
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    // Node words what is wrong with it, and reports it as ever.
    if (this.finished || this.destroyed) return super.write(chunk, ...(rest as [BufferEncoding, Callback]));
    return this.#write(chunk, ...encodingAndCallback(rest));
  }

  override end(...args: unknown[]): this {
    const chunk = typeof args[0] === 'function' ? undefined : args.shift();
    if (this.finished) return super.end(...(args as [() => void]));
    const [encoding, callback] = encodingAndCallback(args);
    if (chunk === undefined || chunk === null) this.#begin();
    // Not by `this.write`: middleware that replaced it does not expect to be asked again.
    else if (!this.destroyed) this.#write(chunk, encoding, () => undefined);
    this.once('finish', callback);
    this.finished = true;
    if (!this.destroyed) this.#body.end();
    return this;
  }

  override cork(): void {
    this.#body.cork();
  }

  override uncork(): void {
    this.#body.uncork();
  }

  override addTrailers(): void {
    // The wire has no place for them.
  }

  override writeContinue(callback?: () => void): void {
    // The relay has said it.
    if (callback !== undefined) process.nextTick(callback);
  }

  override writeProcessing(callback?: () => void): void {
    if (callback !== undefined) process.nextTick(callback);
  }

  override writeEarlyHints(_hints: object, callback?: () => void): void {
    if (callback !== undefined) process.nextTick(callback);
  }

  get #hasBody(): boolean {
    return this.req.method !== 'HEAD' && this.statusCode !== 204 && this.statusCode !== 304;
  }

  #write(chunk: unknown, encoding: BufferEncoding, callback: Callback): boolean {
    this.#begin();
    if (this.#hasBody) return this.#body.write(chunk, encoding, callback);
    process.nextTick(callback);
    return true;
  }

  /** Through the public method, which middleware may have replaced. */
  #begin(): void {
    if (!this.headersSent) this.writeHead(this.statusCode);
  }

  #setHeaders(headers: unknown): void {
    if (Array.isArray(headers)) this.#setFields(headers.flat() as string[]);
    else if (headers !== undefined) {
      for (const [name, value] of Object.entries(headers as OutgoingHttpHeaders)) {
        if (value !== undefined) this.setHeader(name, value);
      }
    }
  }

  /** Names and values in turn: they replace what was set before, but not each other. */
  #setFields(fields: readonly string[]): void {
    for (let i = 0; i < fields.length; i += 2) this.removeHeader(fields[i]!);
    for (let i = 0; i < fields.length; i += 2) this.appendHeader(fields[i]!, fields[i + 1]!);
  }
}

function encodingAndCallback(args: readonly unknown[]): [BufferEncoding, Callback] {
  const callback = args.find((arg) => typeof arg === 'function') ?? (() => undefined);
  return [(typeof args[0] === 'string' ? args[0] : 'utf8') as BufferEncoding, callback as Callback];
}

/** Of one connection only, or said by the relay itself, which frames the body anew. */
const NOT_RELAYED = /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

function relayed(response: ServerResponse): Record<string, string | readonly string[]> {
  const headers: [name: string, value: string | readonly string[]][] = [];
  const isAboutNothing = response.req.method === 'HEAD' || response.statusCode === 304;
  // Older type definitions have it for client requests alone.
  for (const name of (response as unknown as ClientRequest).getRawHeaderNames()) {
    if (NOT_RELAYED.test(name) || (/^content-length$/i.test(name) && !isAboutNothing)) continue;
    headers.push([name, textOf(name, response.getHeader(name) as HeaderValue)]);
  }
  return Object.fromEntries(headers);
}

/** Only cookies cannot be joined: a date in one holds a comma. */
function textOf(name: string, value: HeaderValue): string | readonly string[] {
  if (!Array.isArray(value)) return String(value);
  if (value.length === 1) return String(value[0]);
  return /^set-cookie$/i.test(name) ? value.map(String) : value.join(', ');
}
