/**
 * Which part of the relay answers a plain HTTP request.
 *
 * Four kinds come to the port of the data plane: questions to the relay about a hybrid connection, which a header marks;
 * a look at whether the namespace is there at all; addresses that only a WebSocket can use; and everything else, which
 * is a sender's request for a listener. A bare `api-version` in the query changes nothing: that one is the listener's.
 *
 * Source: docs/protocol.md, sections 1.3 (api-version), 4 (HTTP requests) and 6 (metadata).
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers one request, now or later. Never throws.
 * @param awaitsContinue - the sender wants to be told to go on (100) before it sends the body
 */
export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
) => void;

/** Who answers what. */
export interface HttpFrontOptions {
  /** A request with `X-PROCESS-AT: ServiceBus`, of any method and path. */
  readonly metadata: HttpHandler;
  /** `GET /` and `HEAD /`. */
  readonly root: HttpHandler;
  /** A path that starts with `/$hc`. */
  readonly notWebSocket: HttpHandler;
  /** A sender's request. */
  readonly relayed: HttpHandler;
}

/** Makes the one handler of all plain requests. */
export function httpFront(options: HttpFrontOptions): HttpHandler {
  return (request, response, awaitsContinue) => {
    const handler = chooseFrom(options, request);
    handler(request, response, awaitsContinue);
  };
}

function chooseFrom(options: HttpFrontOptions, { method, url = '', headers }: IncomingMessage): HttpHandler {
  if (isForServiceBus(headers['x-process-at'])) return options.metadata;
  if ((method === 'GET' || method === 'HEAD') && /^\/?(?:\?|$)/.test(url)) return options.root;
  return /^\/(?:\$|%24)hc(?:[/?]|$)/i.test(url) ? options.notWebSocket : options.relayed;
}

function isForServiceBus(value: string | string[] | undefined): boolean {
  return typeof value === 'string' && value.trim().toLowerCase() === 'servicebus';
}
