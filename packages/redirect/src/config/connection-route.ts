/**
 * One hybrid connection as long as it is configured: its sender, and where it leads.
 *
 * Where the configuration does not say the endpoint, the relay is asked: at once, again after a failure, and then once a
 * minute, since an endpoint may be changed.
 * @module
 */
import { askRelay, type EntityDescription, endpointIn } from '@hybridge/diagnosis';
import { HybridConnectionSender } from '@hybridge/sender';
import { type OpeningChannel, transportOptions } from '@hybridge/socket';
import type { Route } from '../routes/route.js';
import { RedirectConfigError } from './config-error.js';
import { type ConnectionConfig, isRelay } from './connection-config.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';
import type { RedirectConfig } from './redirect-config.js';

/** Whom it tells. */
export interface ConnectionRouteOptions {
  readonly sender: RedirectConfig['sender'];
  /** Its route is another one, or there is one now. */
  readonly onChange: () => void;
  /** The relay did not accept its key. */
  readonly onDenied: () => void;
  /** One line, free of secrets. */
  readonly onProblem: (message: string) => void;
}

/** How long until a relay is asked again that did not answer, in milliseconds. */
const RETRY_MS = 5_000;
/** And one that did. */
const REFRESH_MS = 60_000;

/** One hybrid connection. */
export class ConnectionRoute {
  readonly #config: ConnectionConfig;
  readonly #options: ConnectionRouteOptions;
  readonly #sender: HybridConnectionSender;
  readonly #closed = new AbortController();
  #endpoint: Endpoint | undefined;
  #route: Route | undefined;
  #timer: NodeJS.Timeout | undefined;
  #problem: string | undefined;
  /** Resolves once its endpoint is known, or could not be had at first. Never rejects. */
  readonly ready: Promise<void>;

  /** @throws RelayError `ERR_RELAY_ARGUMENT` */
  constructor(config: ConnectionConfig, options: ConnectionRouteOptions) {
    this.#config = config;
    this.#options = options;
    this.#sender = new HybridConnectionSender({
      ...options.sender,
      connectionString: config.connectionString,
    });
    if (config.endpoint !== undefined) this.#lead(config.endpoint);
    this.ready = config.endpoint === undefined ? this.#ask() : Promise.resolve();
  }

  /** `undefined` as long as its endpoint is not known. */
  get route(): Route | undefined {
    return this.#route;
  }

  /** No more is opened or asked. Tunnels stay. */
  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#sender.close();
  }

  #open(): OpeningChannel {
    const opening = this.#sender.open();
    opening.opened.catch(({ code }: NodeJS.ErrnoException) => {
      if (code === 'EACCES') this.#options.onDenied();
    });
    return opening;
  }

  async #ask(): Promise<void> {
    const { connectionString } = this.#config;
    const { signal } = this.#closed;
    let again = RETRY_MS;
    try {
      const description = await askRelay({
        connectionString,
        transport: transportOptions(this.#options.sender),
        signal,
      });
      this.#found(description);
      again = REFRESH_MS;
    } catch (error) {
      if (signal.aborted) return;
      this.#tell((error as Error).message);
    }
    this.#timer = setTimeout(() => this.#ask(), again).unref();
  }

  #found({ userMetadata }: EntityDescription): void {
    const { endpoint: text, isReadable } = endpointIn(userMetadata);
    if (text === undefined) {
      this.#lead(undefined);
      const what = isReadable ? 'the relay names no endpoint' : 'its user metadata at the relay is not JSON';
      throw new RedirectConfigError(`${what}: enter one there, or in the configuration`);
    }
    const endpoint = parseEndpoint(text);
    if (isRelay(this.#config, endpoint)) throw new RedirectConfigError('its endpoint is the relay itself');
    this.#problem = undefined;
    this.#lead(endpoint);
  }

  #lead(endpoint: Endpoint | undefined): void {
    const known = this.#endpoint;
    if (endpoint?.host === known?.host && endpoint?.port === known?.port) return;
    this.#endpoint = endpoint;
    const { hybridConnection, namespace } = this.#config;
    const sender = this.#sender;
    this.#route = endpoint && {
      ...endpoint,
      hybridConnection,
      namespace,
      open: () => sender.connect({ allowHalfOpen: true }),
      openChannel: () => this.#open(),
    };
    // In the constructor, whoever made it will look.
    if (this.ready !== undefined) this.#options.onChange();
  }

  /** Once, until it is another problem. What was known of it stays in force. */
  #tell(message: string): void {
    if (message === this.#problem) return;
    this.#problem = message;
    const { hybridConnection, namespace } = this.#config;
    this.#options.onProblem(`hybrid connection ${hybridConnection} of ${namespace}: ${message}`);
  }
}
