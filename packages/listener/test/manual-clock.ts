/** A clock that a test sets forward by hand. */
import type { Clock, Timer } from '../src/clock.js';

interface Pending {
  readonly callback: () => void;
  readonly at: number;
}

export class ManualClock implements Clock {
  /** What `random()` answers. */
  chance = 0.5;
  #now = Date.UTC(2030, 0, 1);
  /** What the clock was set by, which timers do not care about. */
  #setBy = 0;
  readonly #pending = new Set<Pending>();

  now(): number {
    return this.#now + this.#setBy;
  }

  random(): number {
    return this.chance;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const pending = { callback, at: this.#now + delayMs };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending), ref() {}, unref() {} };
  }

  /** Lets time pass; each timer goes off at its time. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.#first(until); next !== undefined; next = this.#first(until)) {
      this.#now = next.at;
      this.#pending.delete(next);
      next.callback();
    }
    this.#now = until;
  }

  /** Lets time pass without anything going off, as on a machine that sleeps; overdue timers go off at its end. */
  sleep(ms: number): void {
    this.#now += ms;
    const overdue = [...this.#pending].filter((pending) => pending.at <= this.#now);
    for (const pending of overdue) {
      this.#pending.delete(pending);
      pending.callback();
    }
  }

  /** Sets the clock without any time passing. */
  set(byMs: number): void {
    this.#setBy += byMs;
  }

  /** When the timers that are set will go off, in milliseconds from now. */
  get timers(): number[] {
    return [...this.#pending].map((pending) => pending.at - this.#now);
  }

  #first(until: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at <= until && (first === undefined || pending.at < first.at)) first = pending;
    }
    return first;
  }
}
