/**
 * What the relay says of a hybrid connection when it is asked, and how its clock and this machine's compare.
 *
 * The clock has to be told of while all is well: a token of a clock that is an hour behind is good for a few minutes, again and again.
 *
 * Source: docs/decisions/0073.
 * @module
 */
import type { AskRelayOptions, ClockComparison, EntityDescription } from '@hybridge/diagnosis';
import type { ClockTrouble, ConnectionStatus, RelaySide } from '../status/connection-status.js';

/** Asks about one hybrid connection, and remembers what was said last. */
export class RelayEnquiry {
  readonly #ask: (options: AskRelayOptions) => Promise<EntityDescription>;
  readonly #onWarning: (problem: Error) => void;
  #relay: RelaySide | undefined;
  #clock: ClockTrouble | undefined;

  constructor(
    ask: (options: AskRelayOptions) => Promise<EntityDescription>,
    onWarning: (problem: Error) => void,
  ) {
    this.#ask = ask;
    this.#onWarning = onWarning;
  }

  /** As a status has it. */
  get found(): Pick<ConnectionStatus, 'relay' | 'clock'> {
    return { ...(this.#relay && { relay: this.#relay }), ...(this.#clock && { clock: this.#clock }) };
  }

  /** @throws as `askRelay` does. An answer to a question that was given up is not remembered. */
  async ask(options: AskRelayOptions): Promise<EntityDescription> {
    const description = await this.#ask(options);
    const { createdAt, updatedAt, listenerCount: listeners } = description;
    if (options.signal.aborted) return description;
    this.#relay = { at: new Date(), createdAt, updatedAt, listeners };
    this.#compared(description.clock);
    return description;
  }

  /** Tells of a clock that is off once, and again when it was right in between. */
  #compared(found: ClockComparison | undefined): void {
    const wasOff = this.#clock !== undefined;
    this.#clock = undefined;
    if (found?.advice === undefined) return;
    const { behindMs, message, advice } = found;
    this.#clock = { behindMs, message, advice };
    if (!wasOff) this.#onWarning(new Error(`${message}. ${advice}`));
  }
}
