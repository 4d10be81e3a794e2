/**
 * The window of one stream: what its peer may send, how large that is to be, and when more is given.
 *
 * What the reader has taken is given back once it is half the window. If a whole window would have been taken in less than
 * two round trips at that pace, the peer has waited for window and not for us: it is made larger, up to a limit and as
 * far as the budget goes. If it would have lasted for many, the window is made smaller again. So a stream over a long
 * link gets what the link needs, one on the spot stays small, and a reader that is slow never gets more than it reads.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0065.
 * @module
 */
import type { RoundTrip } from './round-trip.js';
import { FULL_WINDOW_BYTES, type WindowBudget } from './window-budget.js';

/** Ours: below so many round trips a window is too small. */
const TOO_SHORT_ROUND_TRIPS = 2;

/** Ours: above so many round trips a window that has grown is too large. */
const TOO_LONG_ROUND_TRIPS = 16;

/** How much the windows of a session may be, and how far the peer is. */
export interface WindowHost {
  readonly budget: WindowBudget;
  readonly roundTrip: RoundTrip;
}

/** What one stream's peer may send. */
export class ReceiveWindow {
  readonly #host: WindowHost;
  /** What the peer was given, and what of it is left. */
  #size: number;
  #left: number;
  /** Taken by the reader, and not given back. */
  #taken = 0;
  /** Since when. */
  #since: number;
  #isUsed = false;
  /** What the peer can send before it has heard of what it was given at `#toldAt`; below 0 once it has. */
  #unheard = 0;
  #toldAt: number;

  /**
   * @param size - taken from the host's budget, to which it goes back.
   * @param toldAt - when the peer was told, before which it could send nothing.
   */
  constructor(host: WindowHost, size: number, toldAt: number) {
    this.#host = host;
    this.#size = size;
    this.#left = size;
    this.#since = toldAt;
    this.#toldAt = toldAt;
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** The peer has sent so many bytes. @returns whether it may. */
  receive(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    if (this.#unheard >= 0) this.#heard(bytes);
    return true;
  }

  /** The reader has taken so many. @returns whether it is time to {@link give}. */
  take(bytes: number): boolean {
    this.#taken += bytes;
    return this.#taken >= this.#size / 2;
  }

  /** Makes the window what a new stream would have now, if that is more. @returns how much is given; perhaps 0. */
  widen(): number {
    const { budget, roundTrip } = this.#host;
    const bytes = budget.grow(this.#size, budget.first(roundTrip.ms));
    this.#size += bytes;
    this.#left += bytes;
    return bytes;
  }

  /** Gives the peer what the reader has taken, and more or less as it needs. @returns how much; perhaps 0. */
  give(): number {
    const now = this.#host.roundTrip.now();
    const change = this.#change(now);
    const bytes = this.#taken + change;
    if (this.#unheard < 0 && bytes > 0) {
      this.#unheard = this.#left;
      this.#toldAt = now;
    }
    this.#size += change;
    this.#left += bytes;
    this.#taken = 0;
    this.#since = now;
    return bytes;
  }

  /** The stream is over. */
  close(): void {
    this.#host.budget.giveBack(this.#size);
  }

  #heard(bytes: number): void {
    this.#unheard -= bytes;
    if (this.#unheard >= 0) return;
    const { roundTrip } = this.#host;
    roundTrip.seen(this.#toldAt);
    // What came before the first byte was not the peer's pace.
    if (!this.#isUsed) this.#since = roundTrip.now();
    this.#isUsed = true;
  }

  #change(now: number): number {
    const { budget, roundTrip } = this.#host;
    const size = this.#size;
    if (size < FULL_WINDOW_BYTES) return budget.grow(size, FULL_WINDOW_BYTES);
    const lastsMs = ((now - this.#since) * size) / this.#taken;
    // Where it lasts for less than one, the link takes twice as much at the least.
    if (lastsMs < roundTrip.ms) return budget.grow(size, 4 * size);
    if (lastsMs < TOO_SHORT_ROUND_TRIPS * roundTrip.ms) return budget.grow(size, 2 * size);
    if (lastsMs < TOO_LONG_ROUND_TRIPS * roundTrip.ms || size < 2 * FULL_WINDOW_BYTES) return 0;
    const less = size >> 1;
    budget.shrink(less);
    return -less;
  }
}
