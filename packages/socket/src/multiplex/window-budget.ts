/**
 * How much the sessions of one sender or listener may have to hold for readers that do not read.
 *
 * What a peer may send is what it was given as window, so the sum of all windows is the most that is ever held. Each
 * stream is given the full one while the budget lasts; from then on the small one, which grows when others have ended.
 * So memory is bounded, and yet no reader ever has to wait for another one's. A window above the full one
 * leaves as much for others as it has itself, so that one long stream leaves room for the next.
 * @module
 */

/** The full window of a new stream, in bytes. Measured: smaller ones throttle a single stream even on one machine. */
export const FULL_WINDOW_BYTES = 1024 * 1024;

/** The largest window that a stream can grow to, in bytes. Ours: 100 MB/s over round trips of 320 ms. */
export const LARGEST_WINDOW_BYTES = 32 * 1024 * 1024;

/** What every stream is given, in bytes, whatever the others have. */
export const SMALL_WINDOW_BYTES = 64 * 1024;

/** Ours: what a new stream is given for each millisecond of a round trip, in bytes; 50 MB/s. */
const FIRST_BYTES_PER_MS = 50_000;

/** Ours: such a part of what is left is the most that a new stream is given above the full window. */
const FIRST_PART = 1 / 16;

/** For the windows of one session above the small one, in bytes. Ours: full windows for 128 streams. */
const SESSION_BUDGET_BYTES = 128 * 1024 * 1024;

/** For those of all sessions together, in bytes. Ours: so that no session has it all. */
const SHARED_BUDGET_BYTES = 256 * 1024 * 1024;

/** What all sessions of one sender or listener may take together. */
export class SharedBudget {
  /** What is left, in bytes. Sessions take from it and give back. */
  left: number;

  constructor(bytes: number = SHARED_BUDGET_BYTES) {
    this.left = bytes;
  }
}

/** The windows of one session. */
export class WindowBudget {
  readonly #shared: SharedBudget;
  #left: number;

  constructor(shared: SharedBudget = new SharedBudget(), bytes: number = SESSION_BUDGET_BYTES) {
    this.#shared = shared;
    this.#left = bytes;
  }

  /** What is left for windows above the small one, in bytes. */
  get left(): number {
    return Math.min(this.#left, this.#shared.left);
  }

  /** A window for a new stream: the full one, and more over a long link. @param roundTripMs - 0 if it is not known. */
  take(roundTripMs = 0): number {
    return SMALL_WINDOW_BYTES + this.grow(SMALL_WINDOW_BYTES, this.first(roundTripMs));
  }

  /** What a new stream would have, in bytes, if there is as much. @param roundTripMs - 0 if it is not known. */
  first(roundTripMs: number): number {
    const most = Math.min(roundTripMs * FIRST_BYTES_PER_MS, this.left * FIRST_PART);
    return Math.max(FULL_WINDOW_BYTES, Math.floor(most));
  }

  /** By how much a window can become larger now. @param window - what it is; @param wanted - what it would be. */
  grow(window: number, wanted: number): number {
    const most = Math.min(wanted, LARGEST_WINDOW_BYTES) - window;
    const bytes = Math.min(most, wanted > FULL_WINDOW_BYTES ? (this.left - window) >> 1 : this.left);
    if (bytes <= 0) return 0;
    this.#take(bytes);
    return bytes;
  }

  /** A window has become smaller. @param bytes - by how much. */
  shrink(bytes: number): void {
    this.#take(-bytes);
  }

  /** A stream is over. @param window - what it had in the end. */
  giveBack(window: number): void {
    this.#take(SMALL_WINDOW_BYTES - window);
  }

  #take(bytes: number): void {
    this.#left -= bytes;
    this.#shared.left -= bytes;
  }
}
