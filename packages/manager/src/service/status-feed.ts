/**
 * Tells those who watch how the manager stands: at once, and whenever something changed, at most once a second.
 *
 * Only while somebody watches anything is done. Bytes change without any event, so the status is looked at each second, and told if it
 * is another one.
 * @module
 */
import type { ManagerStatus } from './api.js';

/** How often at most, in milliseconds. */
const PACE_MS = 1_000;

/** What is sent. */
export interface StatusEvent {
  readonly event: 'status';
  readonly data: ManagerStatus;
}

/** Tells. */
export class StatusFeed {
  readonly #status: () => ManagerStatus;
  readonly #watchers = new Set<(event: StatusEvent) => void>();
  #ticking: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #told = '';
  #toldAt = 0;

  constructor(status: () => ManagerStatus) {
    this.#status = status;
  }

  /** Begins with how it stands now. @returns what ends it */
  watch(watcher: (event: StatusEvent) => void): () => void {
    const data = this.#status();
    if (this.#watchers.size === 0) this.#told = JSON.stringify(data);
    this.#watchers.add(watcher);
    watcher({ event: 'status', data });
    this.#ticking ??= setInterval(() => this.#tell(), PACE_MS).unref();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.close();
    };
  }

  /** Something changed that should not wait for the next second. */
  changed(): void {
    if (this.#watchers.size === 0 || this.#soon !== undefined) return;
    const waitMs = Math.max(0, this.#toldAt + PACE_MS - performance.now());
    this.#soon = setTimeout(() => this.#tell(), waitMs).unref();
  }

  /** Ends the timers. */
  close(): void {
    clearInterval(this.#ticking);
    clearTimeout(this.#soon);
    this.#ticking = undefined;
    this.#soon = undefined;
  }

  #tell(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (performance.now() - this.#toldAt < PACE_MS / 2) return;
    const data = this.#status();
    const text = JSON.stringify(data);
    if (text === this.#told) return;
    this.#told = text;
    this.#toldAt = performance.now();
    // One value for all who watch: what is sent to many is written down once.
    const event: StatusEvent = { event: 'status', data };
    for (const watcher of this.#watchers) watcher(event);
  }
}
