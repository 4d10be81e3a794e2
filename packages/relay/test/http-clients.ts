/**
 * Plain clients of a relay's HTTP half, for its tests: a sender on `node:http`, and listeners that frame their messages
 * as each of the known listeners does.
 *
 * Source: docs/protocol.md, section 4.4.
 * @module
 */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { formatFromListener, parseFromRelay, type Request, type Response } from '@hybridge/protocol';
import { WebSocket } from 'ws';
import type { RelayServer } from '../src/relay-server.js';
import { type Credentials, listenUrl, open, tokenFor } from './clients.js';

/** What a sender got. */
export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** What a sender asks, where it differs from `GET /{name}` with a good token. */
export interface HttpQuestion {
  readonly method?: string;
  /** Behind the name of the hybrid connection. */
  readonly rest?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** Leaves the length out. */
  readonly chunked?: boolean;
  /** `false`: none. */
  readonly token?: string | false;
  readonly agent?: http.Agent;
}

/** Begins a request; its body may be written. */
export function begin(relay: RelayServer, name: string, question: HttpQuestion = {}): http.ClientRequest {
  const { method = 'GET', rest = '', headers = {}, token = tokenFor(relay, name), agent } = question;
  const { hostname, port } = new URL(relay.url);
  return http.request({
    host: hostname,
    port,
    method,
    path: `/${name}${rest}`,
    headers: { ...(token !== false && { ServiceBusAuthorization: token }), ...headers },
    agent: agent ?? false,
  });
}

/** The answer to a request. Rejects when it is cut short. */
export async function answerTo(request: http.ClientRequest): Promise<HttpAnswer> {
  // One that is refused may find its connection closed while it still sends.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode!,
    reason: response.statusMessage!,
    headers: response.headers,
    rawHeaders: response.rawHeaders,
    body: Buffer.concat(chunks),
  };
}

/** Asks, and waits for the answer. */
export async function ask(
  relay: RelayServer,
  name: string,
  question: HttpQuestion = {},
): Promise<HttpAnswer> {
  const { body, chunked } = question;
  const length = body === undefined || chunked ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const request = begin(relay, name, { ...question, headers: { ...length, ...question.headers } });
  const answer = answerTo(request);
  if (chunked) request.write(body);
  request.end(chunked ? undefined : body);
  return answer;
}

/** A request as a listener has it, whichever way it came. */
export interface Received {
  readonly request: Request;
  readonly body: Buffer;
  /** Where it came: the control channel, or a rendezvous that the listener dialled for it. */
  readonly channel: WebSocket;
}

/** What a listener makes of a request. */
export type Handler = (received: Received, listener: HttpListener) => void | Promise<void>;

/** A listener for HTTP requests, on a bare WebSocket. */
export class HttpListener {
  /** Addresses of requests that are to be fetched. */
  readonly pointers: string[] = [];
  readonly received: Received[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(
    readonly control: WebSocket,
    private readonly handler: Handler,
    fetches: boolean,
  ) {
    control.on('error', () => undefined);
    this.closed = once(control, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
    readRequests(
      control,
      (received) => this.#handle(received),
      (address) => {
        this.pointers.push(address);
        if (fetches) void this.fetch(address);
      },
    );
  }

  /** Opens a control channel. @param options - `fetches: false` for a listener that does not know pointers */
  static async start(
    relay: RelayServer,
    name: string,
    handler: Handler,
    options: Credentials & { readonly fetches?: boolean } = {},
  ): Promise<HttpListener> {
    // A request may come with the handshake's answer.
    const control = new WebSocket(listenUrl(relay, name, options), { perMessageDeflate: false });
    const listener = new HttpListener(control, handler, options.fetches ?? true);
    await once(control, 'open');
    return listener;
  }

  /** Dials the address of a request. */
  async dial(address: string): Promise<WebSocket> {
    const channel = await open(address, { maxPayload: 256 * 1024 * 1024 });
    channel.on('error', () => undefined);
    return channel;
  }

  /** Comes for a request. */
  async fetch(address: string): Promise<WebSocket> {
    const channel = new WebSocket(address, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
    channel.on('error', () => undefined);
    readRequests(channel, (received) => this.#handle(received));
    await once(channel, 'open');
    return channel;
  }

  /** The next request. */
  async next(): Promise<Received> {
    const before = this.received.length;
    while (this.received.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
    return this.received[before]!;
  }

  #handle(received: Received): void {
    this.received.push(received);
    void this.handler(received, this);
  }
}

/** Puts requests together with their bodies. */
function readRequests(
  channel: WebSocket,
  onRequest: (received: Received) => void,
  onPointer: (address: string) => void = () => undefined,
): void {
  let waiting: Request | undefined;
  channel.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      if (waiting === undefined) throw new Error('a body without a request');
      const request = waiting;
      waiting = undefined;
      onRequest({ request, body: data, channel });
      return;
    }
    if (waiting !== undefined) throw new Error('something came between a request and its body');
    const message = parseFromRelay(String(data));
    if (message.type === 'requestPointer') onPointer(message.address);
    if (message.type !== 'request') return;
    if (message.body) waiting = message;
    else onRequest({ request: message, body: Buffer.alloc(0), channel });
  });
}

/** The head of a response as JSON. */
export function head(received: Received, changes: Partial<Response> = {}): string {
  return formatFromListener({
    type: 'response',
    requestId: received.request.id,
    statusCode: 200,
    responseHeaders: {},
    body: false,
    ...changes,
  });
}

/** Answers on the channel that the request came on, in two messages. */
export function respond(
  received: Received,
  body?: string | Uint8Array,
  changes: Partial<Response> = {},
): void {
  received.channel.send(head(received, { body: body !== undefined, ...changes }));
  if (body !== undefined) received.channel.send(body, { binary: true });
}
