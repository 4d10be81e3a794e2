/**
 * A port of this machine's own at which Prometheus finds the metrics, without a token.
 *
 * It answers `GET /metrics` and nothing else, and only to who calls it by a name of this machine: pages in a browser may have found another
 * name for it. A port that cannot be had stops nothing, and is tried again: a manager that is about to end may still have it.
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EXPOSITION_TYPE, keepTrying, listening, smallServer } from '@hybridge/service';
import type { MetricsOptions } from './metrics-settings.js';

/** Connections at once: Prometheus takes one. */
const MAX_CONNECTIONS = 32;

/** What it is made of. */
export interface MetricsPortOptions {
  /** The text of now. */
  readonly text: () => string;
  readonly onProblem: (message: string) => void;
}

/** Listens where it is told to. */
export class MetricsPort {
  readonly #options: MetricsPortOptions;
  #server: Server | undefined;
  /** Where it is to be. */
  #place: MetricsOptions | undefined;
  #endTrying = () => {};

  constructor(options: MetricsPortOptions) {
    this.#options = options;
  }

  /** Where it listens; `undefined` where it does not. */
  get address(): AddressInfo | undefined {
    return (this.#server?.address() as AddressInfo | null) ?? undefined;
  }

  /** Listens there from now on, and nowhere else. @param place - `undefined` for nowhere */
  async move(place: MetricsOptions | undefined): Promise<void> {
    this.close();
    if (place === undefined) return;
    this.#place = place;
    try {
      await this.#listen(place);
    } catch (error) {
      if (this.#place !== place) return;
      const { code, message } = error as NodeJS.ErrnoException;
      this.#options.onProblem(
        `There are no metrics at ${place.host}:${place.port} yet: it cannot be listened there (${code ?? message})`,
      );
      this.#endTrying = keepTrying(() => this.#listen(place));
    }
  }

  close(): void {
    this.#endTrying();
    this.#place = undefined;
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = undefined;
  }

  async #listen(place: MetricsOptions): Promise<void> {
    const server = smallServer({
      maxConnections: MAX_CONNECTIONS,
      serve: async (request, response) => this.#serve(request, response),
    });
    this.#server = server;
    try {
      await listening(server, place);
    } catch (error) {
      if (this.#server === server) this.#server = undefined;
      throw error;
    }
    // It is to be somewhere else by now, or nowhere.
    if (this.#server !== server) server.close();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const refusal = refusalOf(request);
    if (refusal !== undefined) {
      response.writeHead(refusal, { Connection: 'close' }).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': EXPOSITION_TYPE, 'Cache-Control': 'no-store' });
    response.end(request.method === 'HEAD' ? '' : this.#options.text());
  }
}

/** @returns a status; `undefined` when there is nothing against the request */
function refusalOf({ url = '', method = '', headers }: IncomingMessage): number | undefined {
  if (!isOwnName(headers.host)) return 421;
  if (url.split('?')[0] !== '/metrics') return 404;
  return method === 'GET' || method === 'HEAD' ? undefined : 405;
}

function isOwnName(host = ''): boolean {
  return /^(127(\.\d{1,3}){3}|\[::1\]|localhost)(:\d{1,5})?$/i.test(host);
}
