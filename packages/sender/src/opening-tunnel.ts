/**
 * One rendezvous on its way: the relay is dialled and the token asked for at the same time, and then one request carries
 * both.
 *
 * Source: docs/protocol.md, sections 1.5 and 3.1.
 * @module
 */
import type { DataChannel, Dial, OpeningChannel } from '@hybridge/socket';
import { authorizedHeaders, type RequestHeaders } from './authorized-headers.js';
import type { ResolvedOptions } from './options.js';
import { translate } from './translate.js';

/** A tunnel that has a rendezvous of its own. */
export class OpeningTunnel implements OpeningChannel {
  readonly opened: Promise<DataChannel>;
  /** The subprotocol that was agreed on, once it is open. */
  protocol: string | undefined;
  readonly #options: ResolvedOptions;
  readonly #dial: Dial;
  /** For a token provider that takes its time. */
  #waiting: AbortController | undefined;
  #abortedFor: Error | undefined;

  /** @param protocols - what is offered to the listener. */
  constructor(options: ResolvedOptions, dial: Dial, protocols: readonly string[] = options.protocols) {
    this.#options = options;
    this.#dial = dial;
    this.opened = this.#open(protocols);
  }

  abort(reason: Error = new DOMException('The connection was given up', 'AbortError')): void {
    this.#abortedFor ??= reason;
    this.#dial.abort(reason);
    this.#waiting?.abort(reason);
  }

  async #open(protocols: readonly string[]): Promise<DataChannel> {
    const { address, connectTimeoutMs } = this.#options;
    try {
      const given = authorizedHeaders(this.#options, connectTimeoutMs, () => this.#signal());
      const headers: RequestHeaders = given instanceof Promise ? await given : given;
      const { channel, protocol } = await this.#dial.upgrade({ headers, protocols });
      this.protocol = protocol;
      return channel;
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
