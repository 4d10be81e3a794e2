/**
 * How much a session may have to hold for readers that do not read.
 *
 * What a peer may send is what it was given as window, so the sum of all windows is the most that is ever held. Each
 * stream is given the full one while the session's budget lasts; from then on the small one, which grows when others
 * have ended. So memory is bounded, and yet no reader ever has to wait for another one's.
 * @module
 */

/** The full window of a stream, in bytes. Measured: smaller ones throttle a single stream even on one machine. */
export const FULL_WINDOW_BYTES = 1024 * 1024;

/** What every stream is given, in bytes, whatever the others have. */
export const SMALL_WINDOW_BYTES = 64 * 1024;

/** For the windows of a session above the small one, in bytes. Ours: 64 full windows. */
const BUDGET_BYTES = 64 * 1024 * 1024;

/** The windows of one session. */
export class WindowBudget {
  #left: number;

  constructor(bytes: number = BUDGET_BYTES) {
    this.#left = bytes;
  }

  /** What is left for windows above the small one, in bytes. */
  get left(): number {
    return this.#left;
  }

  /** A window for a new stream. */
  take(): number {
    return SMALL_WINDOW_BYTES + this.grow(SMALL_WINDOW_BYTES);
  }

  /** By how much a window can become larger now. @param window - what it is. */
  grow(window: number): number {
    const bytes = Math.min(FULL_WINDOW_BYTES - window, this.#left);
    this.#left -= bytes;
    return bytes;
  }

  /** A stream is over. @param window - what it had in the end. */
  giveBack(window: number): void {
    this.#left += window - SMALL_WINDOW_BYTES;
  }
}
