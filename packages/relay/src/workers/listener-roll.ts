/**
 * Who listens, over all workers: the one place where it is decided whether a listener gets a place.
 *
 * Pure bookkeeping. It lives in the primary process, which sends what it says to the workers.
 *
 * Source: docs/protocol.md, sections 2.2 (26th listener) and 2.9 (reconnecting).
 * @module
 */
import type { ListenerEntry } from './messages.js';

interface Placed {
  readonly entry: ListenerEntry;
  readonly identity: string | undefined;
}

/** The roll. */
export class ListenerRoll {
  readonly #byId = new Map<string, Placed>();
  readonly #byPath = new Map<string, Set<Placed>>();

  /** All who have a place. */
  get entries(): ListenerEntry[] {
    return [...this.#byId.values()].map(({ entry }) => entry);
  }

  /**
   * Takes a place, if there is one. A listener that comes back does not need a second one.
   * @param identity - the same for a listener that comes back; `undefined`: it cannot be told
   */
  take(entry: ListenerEntry, identity: string | undefined, limit: number): boolean {
    const placed = this.#byPath.get(entry.path) ?? new Set();
    if (placed.size - sameAs(identity, placed).length >= limit) return false;
    const place: Placed = { entry, identity };
    this.#byId.set(entry.id, place);
    this.#byPath.set(entry.path, placed.add(place));
    return true;
  }

  /** The listener is online. @returns its earlier channels that are still there, and now have to go */
  opened(id: string): ListenerEntry[] {
    const place = this.#byId.get(id);
    if (place === undefined) return [];
    const all = [...(this.#byPath.get(place.entry.path) ?? [])];
    return sameAs(place.identity, all.slice(0, all.indexOf(place))).map(({ entry }) => entry);
  }

  /** Its channel is gone. @returns `false` when it had no place */
  leave(id: string): boolean {
    const place = this.#byId.get(id);
    if (place === undefined) return false;
    this.#byId.delete(id);
    const { path } = place.entry;
    const placed = this.#byPath.get(path);
    if (placed?.delete(place) && placed.size === 0) this.#byPath.delete(path);
    return true;
  }

  /** A worker is gone, and all who listened there. */
  leaveAllOf(worker: number): void {
    for (const { id, worker: theirs } of this.entries) if (theirs === worker) this.leave(id);
  }
}

function sameAs(identity: string | undefined, places: Iterable<Placed>): Placed[] {
  return identity === undefined ? [] : [...places].filter((other) => other.identity === identity);
}
