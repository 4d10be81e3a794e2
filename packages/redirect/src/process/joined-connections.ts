/**
 * The joined connections of a server, counted, and ended together.
 * @module
 */
import type { Splice, SpliceEnd } from '@hybridge/socket';

/** Those that are open now. */
export class JoinedConnections {
  readonly #open = new Set<Splice>();

  /** How many. */
  get size(): number {
    return this.#open.size;
  }

  /** Counts one until it has ended. @param onEnd - hears how */
  add(joined: Splice, onEnd: (end: SpliceEnd) => void = () => undefined): void {
    this.#open.add(joined);
    void joined.closed.then((end) => {
      this.#open.delete(joined);
      onEnd(end);
    });
  }

  /** Waits until all have ended, and cuts what is left when the time is over. Asked again with less time, it is over sooner. */
  async end(graceMs: number): Promise<void> {
    const cut = setTimeout(() => {
      for (const joined of this.#open) joined.destroy();
    }, graceMs);
    await Promise.all(Array.from(this.#open, ({ closed }) => closed));
    clearTimeout(cut);
  }
}
