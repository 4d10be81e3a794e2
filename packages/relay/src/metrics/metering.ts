/**
 * Listener-hours and bytes of each hybrid connection, over restarts.
 * @module
 */
import type { EntityCounts } from './counts.js';
import { entityId } from './counts.js';
import type { Usage } from './usage-file.js';

/** Hybrid connections that are remembered. Those that are gone are kept, too: what was used was used. */
const MAX_REMEMBERED = 20_000;

const HOUR_MS = 3_600_000;

/** What a hybrid connection has used. */
export interface Metered {
  readonly namespace: string;
  readonly name: string;
  /** Now. */
  readonly listeners: number;
  readonly listenerHours: number;
  readonly bytes: number;
}

/** Meters. */
export class Metering {
  #before: readonly Usage[] = [];
  #since: string;

  /** @param since - ISO 8601 */
  constructor(since: string) {
    this.#since = since;
  }

  /** Since when it is counted. ISO 8601. */
  get since(): string {
    return this.#since;
  }

  /** Takes over what was used before a restart. */
  restore(since: string, before: readonly Usage[]): void {
    this.#since = since;
    this.#before = before.slice(0, MAX_REMEMBERED);
  }

  /** Adds what was used since the start. */
  report(counts: Iterable<EntityCounts>): Metered[] {
    const all = new Map<string, Metered>();
    for (const { namespace, name, listenerMs, bytes } of this.#before) {
      const listenerHours = listenerMs / HOUR_MS;
      all.set(entityId(namespace, name), { namespace, name, listeners: 0, listenerHours, bytes });
    }
    for (const { namespace, hybridConnection: name, listeners, listenerMs, ...each } of counts) {
      if (name === '') continue;
      const id = entityId(namespace, name);
      const before = all.get(id);
      all.set(id, {
        ...{ namespace, name, listeners },
        listenerHours: (before?.listenerHours ?? 0) + listenerMs / HOUR_MS,
        bytes: (before?.bytes ?? 0) + each.bytesFromSenders + each.bytesFromListeners,
      });
    }
    return [...all.values()];
  }

  /** What the next start is to take over. */
  state(counts: Iterable<EntityCounts>): Usage[] {
    return this.report(counts)
      .map(({ namespace, name, listenerHours, bytes }) => {
        return { namespace, name, listenerMs: Math.round(listenerHours * HOUR_MS), bytes };
      })
      .filter(({ listenerMs, bytes }) => listenerMs > 0 || bytes > 0);
  }
}
