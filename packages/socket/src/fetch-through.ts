/**
 * `fetch` by the way to a relay: through its proxy, with its trust.
 *
 * For the little that is asked beside the tunnels: management, versions. A connection for each request; no redirect is followed, no
 * cookie kept, no encoding asked for.
 * @module
 */
import { type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { openSocket } from './open-socket.js';
import type { TransportOptions } from './transport.js';

/** What of a request can be said. */
export interface FetchInit {
  /** @defaultValue GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Gives up, the answer's body included. */
  readonly signal: AbortSignal;
}

/** As much of `fetch` as there is here. */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>;

/** Statuses whose answers have no body. */
const BODILESS = [204, 205, 304];

/**
 * Makes one.
 * @param transport - how the relay is reached
 * @returns which rejects with a RelayError `ERR_RELAY_PROXY`, Node's own error of DNS, TCP and TLS, or the reason of the signal
 */
export function fetchThrough(transport: TransportOptions): Fetch {
  return async (url, { method = 'GET', headers, body, signal }) => {
    const { protocol, host, pathname, search } = new URL(url);
    const where = `${protocol === 'https:' ? 'wss' : 'ws'}://${host}`;
    const socket = await openSocket(where, { ...transport, signal }).opened;
    const asked = request({
      ...{ method, path: `${pathname}${search}`, signal },
      headers: { Host: host, Connection: 'close', ...headers },
      createConnection: () => socket,
    });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.on('response', resolve);
      asked.on('error', (error) => reject(signal.aborted ? signal.reason : error));
      asked.end(body);
    });
    const { statusCode: status = 0, rawHeaders } = response;
    const told: [string, string][] = [];
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) told.push([rawHeaders[at]!, rawHeaders[at + 1]!]);
    const hasBody = method !== 'HEAD' && !BODILESS.includes(status);
    if (!hasBody) response.resume();
    return new Response(hasBody ? (Readable.toWeb(response) as ReadableStream) : null, {
      ...{ status, headers: told },
    });
  };
}
