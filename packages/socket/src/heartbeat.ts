/**
 * One timer for the keep-alive of very many connections.
 *
 * Each connection is put into one of many slots, and a slot is due once an interval; so the pings of ten thousand
 * connections are spread over the interval instead of meeting in one turn of the event loop: with a minute between
 * pings there are 256 slots, and a turn has some forty pings, which take less than a millisecond.
 * @module
 */

const MIN_SLOTS = 16;
const MAX_SLOTS = 256;

/** The shortest time between two turns of the wheel, as far as {@link MIN_SLOTS} allows: waking up costs, too. */
const TURN_MS = 100;

/** Something that wants to be told once an interval. */
export interface Beating {
  /** An interval has passed. */
  beat(): void;
}

/** Tells each member once an interval, for as long as there are members. The timer never keeps a process alive. */
export class Heartbeat {
  readonly #intervalMs: number;
  readonly #slots: ReadonlyArray<Set<Beating>>;
  #members = 0;
  #nextToJoin = 0;
  #nextToBeat = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param intervalMs - how often each member is told, in milliseconds. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
    const count = Math.min(MAX_SLOTS, Math.max(MIN_SLOTS, Math.floor(intervalMs / TURN_MS)));
    this.#slots = Array.from({ length: count }, () => new Set<Beating>());
  }

  /** The heartbeat that all connections with this interval share. */
  static every(intervalMs: number): Heartbeat {
    const existing = shared.get(intervalMs);
    if (existing !== undefined) return existing;
    const heartbeat = new Heartbeat(intervalMs);
    shared.set(intervalMs, heartbeat);
    return heartbeat;
  }

  /** @returns the slot that the member is in, by which it leaves. */
  join(member: Beating): number {
    // The slot that was just served is the farthest from being due, so a newcomer waits a whole interval or nearly.
    // Those that come together are spread over a quarter of the interval.
    const slots = this.#slots.length;
    const back = 1 + (this.#nextToJoin++ % Math.floor(slots / 4));
    const slot = (this.#nextToBeat + slots - back) % slots;
    this.#slots[slot]!.add(member);
    this.#members += 1;
    this.#timer ??= setInterval(() => this.#beat(), this.#intervalMs / this.#slots.length).unref();
    return slot;
  }

  /** Ends a membership; calling it again does nothing. @param slot - that `join` gave */
  leave(member: Beating, slot: number): void {
    if (!this.#slots[slot]!.delete(member)) return;
    this.#members -= 1;
    if (this.#members > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    const slot = this.#slots[this.#nextToBeat]!;
    this.#nextToBeat = (this.#nextToBeat + 1) % this.#slots.length;
    for (const member of slot) member.beat();
  }
}

const shared = new Map<number, Heartbeat>();
