/**
 * The server below a small interface, with bounds on what anybody may make it hold: connections, headers, time.
 * @module
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { ListenOptions } from 'node:net';
import { isTooLarge } from './read-body.js';

/** For the whole header of a request, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
/** For a whole request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Bytes of a header: tokens and addresses are short here. */
const MAX_HEADER_BYTES = 16_384;

/** What it is made of. */
export interface SmallServerOptions {
  /** Connections at once; more are closed as they come. */
  readonly maxConnections: number;
  /** Answers a request. Never rejects. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** Makes one. */
export function smallServer({ maxConnections, serve }: SmallServerOptions): http.Server {
  const server = http.createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      connectionsCheckingInterval: 5_000,
    },
    (request, response) => void serve(request, response),
  );
  server.maxConnections = maxConnections;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // Who asks first whether to send a body that is too large is told before it is sent.
    if (!isTooLarge(request)) response.writeContinue();
    void serve(request, response);
  });
  return server;
}

/** Starts to listen. Rejects with Node's own error. */
export async function listening(server: http.Server, place: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => {
      server.off('error', reject);
      // Such as that descriptors are short: who asks has to ask again.
      server.on('error', () => undefined);
      resolve();
    });
  });
}
