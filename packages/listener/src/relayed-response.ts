/**
 * The answer to an HTTP request from the relay, as the `http.ServerResponse` that applications know.
 *
 * Node keeps the headers and words the errors; what would go to a socket goes to the relay instead. An answer that is
 * given with one `end` and is small leaves at once as one message; for any other a {@link ResponseBody} is made. What
 * the wire has no place for does nothing: trailers, and the informational answers 100, 102 and 103.
 *
 * Application to wire: `write` answers `false` once the body's buffer is full, and 'drain' follows when it is not.
 *
 * Source: docs/protocol.md, section 4.3.
 * @module
 */
import { type OutgoingHttpHeaders, OutgoingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { MAX_INLINE_BODY_BYTES } from '@hybridge/protocol';
import type { RelayedRequest } from './relayed-request.js';
import { ResponseBody, type ResponseHead, type ResponseWays } from './response-body.js';
import { relayedFields, relayedHeaders } from './response-headers.js';

type Callback = (error?: Error | null) => void;

/** What the stream below knows better, once there is one. */
const STATE = [
  'writableCorked',
  'writableFinished',
  'writableHighWaterMark',
  'writableLength',
  'writableNeedDrain',
] as const;

/** What a response needs from its exchange. */
export interface ResponseHome extends ResponseWays {
  /** What stands for the connection; made when it is asked for. */
  readonly socket: Socket;
  /** The answer is with the kernel. */
  answered(): void;
  /** The answer could not be sent to its end. */
  failed(): void;
}

let socketOf: (response: RelayedResponse) => Socket | null;

/** Newer versions of Node have an accessor of their own for what they write to. */
const inherited = Object.getOwnPropertyDescriptor(OutgoingMessage.prototype, 'socket')?.set;

/** The connection of a response, which is made when it is asked for. */
const SOCKET: PropertyDescriptor & ThisType<RelayedResponse> = {
  configurable: true,
  enumerable: true,
  get() {
    return socketOf(this);
  },
  set(socket: Socket | null) {
    inherited?.call(this, socket);
  },
};

/** One answer. */
export class RelayedResponse extends ServerResponse {
  readonly #home: ResponseHome;
  #head: ResponseHead | undefined;
  #body: ResponseBody | undefined;

  constructor(request: RelayedRequest, home: ResponseHome) {
    super(request);
    this.#home = home;
    // Methods that stay when the prototype is exchanged. As assignments, since a property that is defined costs ten times as much.
    const own = RelayedResponse.prototype as this;
    this.writeHead = own.writeHead;
    this.flushHeaders = own.flushHeaders;
    this.write = own.write;
    this.end = own.end;
    this.cork = own.cork;
    this.uncork = own.uncork;
    this.addTrailers = own.addTrailers;
    this.writeContinue = own.writeContinue;
    this.writeProcessing = own.writeProcessing;
    this.writeEarlyHints = own.writeEarlyHints;
    this.destroy = own.destroy;
    this.setTimeout = own.setTimeout;
    Object.defineProperty(this, 'socket', SOCKET);
  }

  static {
    // Before an instance has its own one, Node's constructor writes to this.
    Object.defineProperty(RelayedResponse.prototype, 'socket', SOCKET);
    socketOf = (response) => (#home in response ? response.#home.socket : null);
  }

  override writeHead(statusCode: number, reason?: unknown, headers?: unknown): this {
    if (statusCode >= 100 && statusCode < 200) {
      throw Object.assign(new RangeError(`An answer through a relay cannot have the status ${statusCode}`), {
        code: 'ERR_HTTP_INVALID_STATUS_CODE',
      });
    }
    const fields = typeof reason === 'string' ? headers : (reason ?? headers);
    const phrase = typeof reason === 'string' ? reason : this.statusMessage || STATUS_CODES[statusCode];
    if (this.headersSent || phrase === undefined || !isAnswer(statusCode, phrase)) {
      // Node words what is wrong with it; what it lets pass is odd, and put right by it.
      if (!this.headersSent) this.#setHeaders(fields);
      super.writeHead(statusCode, typeof reason === 'string' ? reason : (undefined as unknown as string));
      this.#begin(this.statusCode, this.statusMessage, relayedHeaders(this));
      return this;
    }
    const isPlain = fields !== null && typeof fields === 'object' && !Array.isArray(fields);
    const isFirst = isPlain && this.getHeaderNames().length === 0;
    if (!isFirst) this.#setHeaders(fields);
    const relayed = isFirst
      ? relayedFields(this, statusCode, fields as OutgoingHttpHeaders)
      : relayedHeaders(this, statusCode);
    this.statusCode = statusCode;
    this.statusMessage = phrase;
    // What tells all of Node's methods, and of middleware, that the head is out.
    (this as unknown as Headed)._header = `HTTP/1.1 ${statusCode} ${phrase}\r\n\r\n`;
    this.#begin(statusCode, phrase, relayed);
    return this;
  }

  override flushHeaders(): void {
    this.#beginIfNot();
    this.#stream().flush();
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    // Node words what is wrong with it, and reports it as ever.
    if (this.finished || this.destroyed) return super.write(chunk, ...(rest as [BufferEncoding, Callback]));
    return this.#write(chunk, encodingOf(rest[0]), callbackOf(rest) ?? nothing);
  }

  override end(...args: unknown[]): this {
    const chunk = typeof args[0] === 'function' ? undefined : args.shift();
    if (this.finished) return super.end(...(args as [() => void]));
    const callback = callbackOf(args);
    if (chunk === undefined || chunk === null || !this.destroyed) this.#beginIfNot();
    if (this.#sendWhole(chunk, encodingOf(args[0]))) {
      if (callback !== undefined) this.once('finish', callback);
      this.finished = true;
      return this;
    }
    // Not by `this.write`: middleware that replaced it does not expect to be asked again.
    if (chunk !== undefined && chunk !== null && !this.destroyed) {
      this.#write(chunk, encodingOf(args[0]), nothing);
    }
    if (callback !== undefined) this.once('finish', callback);
    this.finished = true;
    if (!this.destroyed) this.#stream().end();
    return this;
  }

  override cork(): void {
    this.#stream().cork();
  }

  override uncork(): void {
    this.#body?.uncork();
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

  override destroy(error?: Error): this {
    // It has to be there for what Node does now.
    if (!this.destroyed) socketOf(this);
    return super.destroy(error);
  }

  override setTimeout(ms: number, callback?: () => void): this {
    socketOf(this);
    return super.setTimeout(ms, callback);
  }

  /** The exchange is over before the answer is. */
  static giveUp(response: RelayedResponse): void {
    response.#body?.destroy();
  }

  get #hasBody(): boolean {
    return this.req.method !== 'HEAD' && this.statusCode !== 204 && this.statusCode !== 304;
  }

  #begin(
    statusCode: number,
    statusDescription: string,
    responseHeaders: ResponseHead['responseHeaders'],
  ): void {
    this.#head = { statusCode, statusDescription, responseHeaders, hasBody: this.#hasBody };
    this.#body?.begin(this.#head);
  }

  /** Through the public method, which middleware may have replaced. */
  #beginIfNot(): void {
    if (!this.headersSent) this.writeHead(this.statusCode);
  }

  /** Sends an answer that is whole and small, without a stream. @returns whether that was possible. */
  #sendWhole(chunk: unknown, encoding: BufferEncoding): boolean {
    const home = this.#home;
    if (this.#body !== undefined || this.#head === undefined || this.destroyed || !home.isInline)
      return false;
    let body: Uint8Array | undefined;
    if (chunk !== undefined && chunk !== null && this.#head.hasBody) {
      if (typeof chunk === 'string') body = Buffer.from(chunk, encoding);
      else if (chunk instanceof Uint8Array) body = chunk;
      else return false;
      if (body.length > MAX_INLINE_BODY_BYTES) return false;
      if (body.length === 0) body = undefined;
    }
    if (!home.sendWhole(this.#head, body, this.#onSent)) return false;
    if (body !== undefined) home.moved(body.length);
    return true;
  }

  readonly #onSent = (error?: Error | null): void => {
    if (error === undefined || error === null) this.#finish();
    else this.#home.failed();
  };

  #finish(): void {
    this.#home.answered();
    this.emit('finish');
  }

  #write(chunk: unknown, encoding: BufferEncoding, callback: Callback): boolean {
    this.#beginIfNot();
    if (this.#head?.hasBody !== false) return this.#stream().write(chunk, encoding, callback);
    process.nextTick(callback);
    return true;
  }

  #stream(): ResponseBody {
    if (this.#body !== undefined) return this.#body;
    const body = new ResponseBody(this.#home);
    this.#body = body;
    if (this.#head !== undefined) body.begin(this.#head);
    for (const name of STATE)
      Object.defineProperty(this, name, { get: () => body[name], configurable: true });
    body.on('drain', () => this.emit('drain'));
    body.once('finish', () => this.#finish());
    body.once('error', () => this.#home.failed());
    return body;
  }

  #setHeaders(headers: unknown): void {
    if (Array.isArray(headers)) this.#setFields(headers.flat() as string[]);
    else if (headers !== undefined && headers !== null) {
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

function callbackOf(args: readonly unknown[]): Callback | undefined {
  return args.find((arg) => typeof arg === 'function') as Callback | undefined;
}

function encodingOf(arg: unknown): BufferEncoding {
  return (typeof arg === 'string' ? arg : 'utf8') as BufferEncoding;
}

function nothing(): void {}

interface Headed {
  _header: string;
}

/** Whether Node would find nothing wrong with a status line. */
function isAnswer(statusCode: number, phrase: string): boolean {
  return Number.isInteger(statusCode) && statusCode <= 999 && !/[^\t\x20-\x7e\x80-\xff]/.test(phrase);
}
