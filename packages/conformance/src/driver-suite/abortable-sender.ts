/**
 * A sender whose connections can all be aborted at once, as an application does by its `AbortSignal`.
 * @module
 */
import { HybridConnectionSender } from '@hybridge/sender';

/** As adapters take it. */
export class AbortableSender {
  readonly #sender: HybridConnectionSender;
  #controller = new AbortController();

  constructor(connectionString: string) {
    this.#sender = new HybridConnectionSender(connectionString);
  }

  connect(options: Parameters<HybridConnectionSender['connect']>[0] = {}) {
    return this.#sender.connect({ ...options, signal: this.#controller.signal });
  }

  /** Ends the connections that there are; new ones can be made. */
  abort(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
  }
}
