/**
 * Who connects to one hybrid connection again and again.
 *
 * What is asked of it once, the relay's address, the credential and whom to trust, is resolved once; tokens are made when
 * the last one is half over. With `preconnect` there are also connections to the relay that wait to be used.
 *
 * Source: docs/protocol.md, sections 1.1, 1.5 and 3.1.
 * @module
 */
import {
  type Channel,
  type Dial,
  Dialler,
  HybridConnectionSocket,
  type OpeningChannel,
} from '@hybridge/socket';
import { authorizedHeaders, type RequestHeaders } from './authorized-headers.js';
import {
  type HybridConnectionSenderOptions,
  type ResolvedOptions,
  resolveOptions,
  type SenderOptions,
} from './options.js';
import { translate } from './translate.js';

/** Opens tunnels, of which each is a socket. */
export class HybridConnectionSender {
  readonly #options: ResolvedOptions;
  readonly #dialler: Dialler;

  /**
   * Reads the options. Connections are dialled ahead from now on, if they are to be.
   * @param options - a connection string, or options
   * @throws RelayError `ERR_RELAY_ARGUMENT`
   */
  constructor(options: string | HybridConnectionSenderOptions) {
    this.#options = resolveOptions(options);
    const { preconnect } = typeof options === 'string' ? {} : options;
    this.#dialler = new Dialler({ ...this.#options.transport, preconnect });
    this.#dialler.prepare(this.#options.url);
  }

  /**
   * A socket whose other end is at the listener of the hybrid connection. It is there at once and opens by itself.
   * @param options - for this connection, in place of the sender's own
   */
  connect(options: Pick<SenderOptions, 'allowHalfOpen' | 'signal'> = {}): HybridConnectionSocket {
    const { allowHalfOpen = this.#options.allowHalfOpen, signal = this.#options.signal } = options;
    return new HybridConnectionSocket((ended) => openUntil(this.open(), ended), {
      allowHalfOpen,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** The same for `splice()`, which needs no stream in between. The options `signal` and `allowHalfOpen` are not for it. */
  open(): OpeningChannel {
    return new OpeningTunnel(
      this.#options,
      this.#dialler.dial(this.#options.nextUrl(), { timeoutMs: this.#options.connectTimeoutMs }),
    );
  }

  /** Closes the connections that were dialled ahead, and dials no more of them. Tunnels stay. */
  close(): void {
    this.#dialler.close();
  }
}

/** One tunnel on its way: the relay is dialled and the token asked for at the same time. */
class OpeningTunnel implements OpeningChannel {
  readonly opened: Promise<Channel>;
  readonly #options: ResolvedOptions;
  readonly #dial: Dial;
  /** For a token provider that takes its time. */
  #waiting: AbortController | undefined;
  #abortedFor: Error | undefined;

  constructor(options: ResolvedOptions, dial: Dial) {
    this.#options = options;
    this.#dial = dial;
    this.opened = this.#open();
  }

  abort(reason: Error = new DOMException('The connection was given up', 'AbortError')): void {
    this.#abortedFor ??= reason;
    this.#dial.abort(reason);
    this.#waiting?.abort(reason);
  }

  async #open(): Promise<Channel> {
    const { address, protocols, connectTimeoutMs } = this.#options;
    try {
      const given = authorizedHeaders(this.#options, connectTimeoutMs, () => this.#signal());
      const headers: RequestHeaders = given instanceof Promise ? await given : given;
      return (await this.#dial.upgrade({ headers, protocols })).channel;
    } catch (error) {
      this.#dial.abort();
      throw translate(error, address);
    }
  }

  #signal(): AbortSignal {
    this.#waiting = new AbortController();
    if (this.#abortedFor !== undefined) this.#waiting.abort(this.#abortedFor);
    return this.#waiting.signal;
  }
}

/** What a socket does when it is destroyed before it is open. */
function openUntil(opening: OpeningChannel, ended: AbortSignal): Promise<Channel> {
  ended.addEventListener('abort', () => opening.abort(ended.reason), { once: true });
  return opening.opened;
}
