/**
 * What is answered to those who do not ask for a WebSocket: plain HTTP requests, and what is no HTTP at all.
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Refusal, reasonPhrase, refusals, type Tracking } from '@hybridge/protocol';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import type { Journal } from '../journal.js';
import type { Counters } from '../metrics/counters.js';
import { refuse } from './refuse.js';
import { trackingIdFor } from './tracking.js';

/** Refuses, politely. */
export class PlainRequests {
  readonly #journal: Journal;
  readonly #host: string;
  readonly #now: () => number;
  readonly #counters: Counters;

  /** @param host - what the relay calls itself in its answers */
  constructor(journal: Journal, host: string, now: () => number, counters: Counters) {
    this.#journal = journal;
    this.#host = host;
    this.#now = now;
    this.#counters = counters;
  }

  /** Answers an HTTP request. */
  onRequest(request: IncomingMessage, response: ServerResponse): void {
    const refusal = refusals.notWebSocket();
    const phrase = reasonPhrase(refusal, this.#record(refusal, request.socket));
    response.writeHead(refusal.status, phrase, {
      Connection: 'close, Upgrade',
      Upgrade: 'websocket',
      'Content-Type': 'text/plain',
    });
    response.end(`${phrase}\n`);
  }

  /** Answers what is no request that can be answered in earnest. */
  onGarbage(status: number, why: string, socket: Socket): void {
    const refusal = { ...refusals.badRequest(why), status };
    refuse(socket, refusal, this.#record(refusal, socket));
  }

  #record(refusal: Refusal, socket: Socket): Tracking {
    const trackingId = trackingIdFor(undefined);
    this.#counters.refused(undefined, 'sender', 'http', refusal);
    this.#journal.record('refused', {
      operationName: 'ProcessingRequestFailed',
      namespace: undefined,
      hybridConnection: undefined,
      trackingId,
      action: 'http',
      ...refusal,
      remoteAddress: formatEndpoint(remoteEndpoint(socket)),
    });
    return { trackingId, systemTracker: `sb://${this.#host}/`, timestamp: new Date(this.#now()) };
  }
}
