/**
 * An HTTP request from the relay, as the `http.IncomingMessage` that applications know.
 *
 * Wire to application: when `push` answers `false` the rendezvous stops reading, and TCP slows the relay and the sender
 * down. A body that came with the request is there at once.
 *
 * Source: docs/protocol.md, section 4.2.
 * @module
 */
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { MAX_INLINE_BODY_BYTES, type Request } from '@hybridge/protocol';

/** How a request is shown to the application. */
export interface RelayedRequestOptions {
  /** The name under which the relay is reached, for a request without `Host`. */
  readonly host: string;
  /** Path of the hybrid connection, to take off the front of `url`; `undefined` to leave `url` as it is. */
  readonly stripPath: string | undefined;
  /** Length of a body that is known, in bytes; `undefined` while it is still to come. */
  readonly contentLength: number | undefined;
}

/** What a request needs from its exchange. */
export interface RequestHome {
  /** What stands for the connection; made when it is asked for. */
  readonly socket: Socket;
  /** The application has room for more of the body. */
  wanted(): void;
}

let socketOf: (request: RelayedRequest) => Socket | undefined;

/** The connection of a request, which is made when it is asked for. */
const SOCKET: PropertyDescriptor & ThisType<RelayedRequest> = {
  configurable: true,
  enumerable: true,
  get() {
    return socketOf(this);
  },
  set() {
    // Node's constructor does.
  },
};

/** One request. */
export class RelayedRequest extends IncomingMessage {
  /** Names the request in the logs of relay and listener. */
  readonly trackingId: string;
  /** `url` as the relay gave it, where {@link RelayedRequestOptions.stripPath} changed it. */
  originalUrl?: string;
  readonly #home: RequestHome;

  constructor(message: Request, home: RequestHome, options: RelayedRequestOptions) {
    super(SIZE as unknown as Socket);
    this.#home = home;
    // What stays when the prototype is exchanged: see RelayedResponse.
    this._read = RelayedRequest.prototype._read;
    this._destroy = RelayedRequest.prototype._destroy;
    Object.defineProperty(this, 'socket', SOCKET);
    Object.defineProperty(this, 'client', SOCKET);
    this.trackingId = message.id;
    this.httpVersion = '1.1';
    this.httpVersionMajor = 1;
    this.httpVersionMinor = 1;
    this.method = message.method;
    this.url = message.requestTarget;
    if (options.stripPath !== undefined) {
      this.originalUrl = message.requestTarget;
      this.url = withoutPath(message.requestTarget, options.stripPath);
    }
    const fields = fieldsOf(message, options);
    // As Node fills it from the wire: `headers` and `headersDistinct` are made from it when they are asked for.
    (this as unknown as Filled)._addHeaderLines(fields, fields.length);
  }

  static {
    // Before an instance has its own ones, Node's constructor writes to these.
    Object.defineProperties(RelayedRequest.prototype, { socket: SOCKET, client: SOCKET });
    socketOf = (request) => (#home in request ? request.#home.socket : undefined);
  }

  override _read(): void {
    this.#home.wanted();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // As newer versions of Node do; what is left to older ones asks for the connection.
    if (error === null && this.complete && this.readableEnded) done(null);
    else super._destroy(error, done);
  }
}

/** How much of a body may wait to be read: what Node asks the connection for. */
const SIZE = { readableHighWaterMark: MAX_INLINE_BODY_BYTES };

interface Filled {
  _addHeaderLines(fields: readonly string[], count: number): void;
}

/** Names and values in turn. Body parsers read a body only if the headers announce one, and the relay drops those. */
function fieldsOf(message: Request, options: RelayedRequestOptions): string[] {
  const fields: string[] = [];
  let hasHost = false;
  for (const [name, value] of Object.entries(message.requestHeaders)) {
    if (/^(?:content-length|transfer-encoding)$/i.test(name)) continue;
    hasHost ||= name.toLowerCase() === 'host';
    fields.push(name, value);
  }
  if (!hasHost) fields.push('Host', options.host);
  if (message.body && options.contentLength === undefined) fields.push('Transfer-Encoding', 'chunked');
  else if (message.body) fields.push('Content-Length', String(options.contentLength));
  return fields;
}

/** Relays match names without regard to case, and keep the sender's spelling and its percent-encoding. */
function withoutPath(target: string, entityPath: string): string {
  const [, path, rest] = /^\/?([^?]*)(.*)$/s.exec(target) as unknown as [string, string, string];
  const segments = path.split('/');
  const own = entityPath.split('/');
  const isOwn = own.every((segment, i) => decoded(segments[i]) === segment.toLowerCase());
  return isOwn ? `/${segments.slice(own.length).join('/')}${rest}` : target;
}

function decoded(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment).toLowerCase();
  } catch {
    return segment;
  }
}
