/**
 * How much a connection may read before the others of its process have had their turn.
 *
 * libuv reads from a socket up to 32 times before it looks at the next one: as long as each read fills its buffer, that
 * is 16 MiB, during which everybody else waits. So a connection that has others beside it stops after a budget, and goes
 * on in the next turn of the event loop; one that is alone goes on at once (docs/decisions/0053).
 * @module
 */

/** Ours; measured. A connection with a large buffer of its own then reads once a turn. */
const BUDGET_BYTES = 256 * 1024;

/** How long connections count as being beside each other after one read behind another, in milliseconds. */
const COMPANY_MS = 100;

/** The connections of a process, as far as they take turns in reading. */
export class ReadTurns {
  readonly #now: () => number;
  #latest: object | undefined;
  /** Another one has read since the clock was last asked. A small read asks no clock: it counts as of the next large one. */
  #hasCompany = false;
  #companyAt = Number.NEGATIVE_INFINITY;

  /** @param now - a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Notes that a connection has read.
   * @param reader - names the connection.
   * @param inARow - how many bytes it has read since it was last told to stop, or had nothing more to read.
   * @returns whether it may read on in this turn of the event loop.
   */
  mayReadOn(reader: object, inARow: number): boolean {
    if (this.#latest !== reader) {
      if (this.#latest !== undefined) this.#hasCompany = true;
      this.#latest = reader;
    }
    if (inARow < BUDGET_BYTES) return true;
    const now = this.#now();
    if (this.#hasCompany) this.#companyAt = now;
    this.#hasCompany = false;
    return now - this.#companyAt > COMPANY_MS;
  }

  /** The connection is gone. */
  leave(reader: object): void {
    if (this.#latest === reader) this.#latest = undefined;
  }
}
