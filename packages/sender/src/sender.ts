/**
 * Who connects to one hybrid connection again and again.
 *
 * What is asked of it once, the relay's address, the credential and whom to trust, is resolved once; tokens are made when
 * the last one is half over. With `preconnect` there are also connections to the relay that wait to be used; with
 * `multiplex` many tunnels share one, if the listener can do that.
 *
 * Source: docs/protocol.md, sections 1.1, 1.5 and 3.1.
 * @module
 */
import { multiplexOffer } from '@hybridge/protocol';
import { type Channel, Dialler, HybridConnectionSocket, type OpeningChannel } from '@hybridge/socket';
import { resolveMultiplex } from './multiplex-options.js';
import { OpeningTunnel } from './opening-tunnel.js';
import {
  type HybridConnectionSenderOptions,
  type ResolvedOptions,
  resolveOptions,
  type SenderOptions,
} from './options.js';
import { SenderSessions } from './sessions.js';
import { translate } from './translate.js';

/** Opens tunnels, of which each is a socket. */
export class HybridConnectionSender {
  readonly #options: ResolvedOptions;
  readonly #dialler: Dialler;
  readonly #sessions: SenderSessions | undefined;

  /**
   * Reads the options. Connections are dialled ahead from now on, if they are to be.
   * @param options - a connection string, or options
   * @throws RelayError `ERR_RELAY_ARGUMENT`
   */
  constructor(options: string | HybridConnectionSenderOptions) {
    this.#options = resolveOptions(options);
    const { preconnect, multiplex } = typeof options === 'string' ? {} : options;
    const resolved = resolveMultiplex(multiplex);
    this.#dialler = new Dialler({ ...this.#options.transport, preconnect });
    this.#dialler.prepare(this.#options.url);
    const { address, connectTimeoutMs } = this.#options;
    if (resolved === undefined) return;
    this.#sessions = new SenderSessions({
      ...{ options: resolved, connectTimeoutMs },
      dial: (isOffer) => this.#dial(isOffer),
      translate: (cause) => translate(cause, address),
    });
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
    return this.#sessions === undefined ? this.#dial(false) : this.#sessions.open();
  }

  /** Closes the connections that were dialled ahead, and dials no more of them; shares none any more. Tunnels stay. */
  close(): void {
    this.#dialler.close();
    this.#sessions?.close();
  }

  #dial(isOffer: boolean): OpeningTunnel {
    const options = this.#options;
    const dial = this.#dialler.dial(options.nextUrl(), { timeoutMs: options.connectTimeoutMs });
    return new OpeningTunnel(options, dial, isOffer ? multiplexOffer(options.protocols) : options.protocols);
  }
}

/** What a socket does when it is destroyed before it is open. */
function openUntil(opening: OpeningChannel, ended: AbortSignal): Promise<Channel> {
  ended.addEventListener('abort', () => opening.abort(ended.reason), { once: true });
  return opening.opened;
}
