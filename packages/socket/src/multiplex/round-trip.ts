/**
 * How long a question and its answer take in one session, as far as the session has seen.
 *
 * Nothing is sent to find out: what is seen is how long something took that the peer could only do once it had heard of
 * something else. That is a round trip and perhaps more, so the shortest one counts, as long as the session lasts.
 * @module
 */

/** The round trip of one session. */
export class RoundTrip {
  /** The time in milliseconds, from any point on. */
  readonly now: () => number;
  #ms: number | undefined;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** In milliseconds; 0 while nothing has been seen. */
  get ms(): number {
    return this.#ms ?? 0;
  }

  /** The peer has answered now. @param since - when it was asked. */
  seen(since: number): void {
    const ms = this.now() - since;
    this.#ms = Math.min(ms, this.#ms ?? ms);
  }
}
