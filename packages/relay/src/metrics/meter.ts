/**
 * All that one process of a relay measures about itself, and how the relay as a whole gets to know of it.
 * @module
 */
import { HealthWatch, type ProcessHealth } from '@hybridge/service';
import type { DescriptorStatus } from '../descriptors.js';
import { Counters, type Flow } from './counters.js';
import { type EntityCounts, entityId, LEVELS, TOTALS } from './counts.js';
import { type KeyUsage, KeyUse } from './key-use.js';

/** How often a process says what is new, in milliseconds. */
export const FIGURES_MS = 2_000;

/** Time of listeners that is not told of on its own, in milliseconds each: it changes all the time. */
const LISTENER_TIME_MS = 60_000;

/** What has changed in one process since it was asked last. */
export interface Figures {
  /** As they are now, of those hybrid connections where something has changed. */
  readonly counts: readonly EntityCounts[];
  /** Refusals so far, by `action code`. */
  readonly refusals: readonly (readonly [string, number])[];
  /** What was seen since. */
  readonly keyUse: readonly KeyUsage[];
  readonly health: ProcessHealth;
}

/** The meter of one process. */
export class Meter {
  readonly counters: Counters;
  readonly keyUse: KeyUse;
  readonly #told = new Map<string, EntityCounts>();
  readonly #descriptors: () => DescriptorStatus | undefined;
  #health: HealthWatch | undefined;

  /**
   * @param now - milliseconds since 1970
   * @param flows - the joined connections of now
   * @param descriptors - looks at those of this process
   */
  constructor(
    now: () => number,
    flows: () => Iterable<Flow>,
    descriptors: () => DescriptorStatus | undefined,
  ) {
    this.#descriptors = descriptors;
    this.counters = new Counters(() => performance.now(), flows);
    this.keyUse = new KeyUse(now);
  }

  /** What is new. */
  take(): Figures {
    this.#health ??= new HealthWatch(this.#descriptors);
    const counts = this.counters.snapshot().filter((each) => this.#isNew(each));
    return {
      counts,
      refusals: [...this.counters.refusals],
      keyUse: this.keyUse.take(),
      health: this.#health.look(),
    };
  }

  stop(): void {
    this.#health?.stop();
  }

  #isNew(counts: EntityCounts): boolean {
    const id = entityId(counts.namespace, counts.hybridConnection);
    const before = this.#told.get(id);
    if (before !== undefined && isSame(before, counts)) return false;
    this.#told.set(id, counts);
    return true;
  }
}

function isSame(before: EntityCounts, now: EntityCounts): boolean {
  if (TOTALS.some((name) => name !== 'listenerMs' && before[name] !== now[name])) return false;
  if (LEVELS.some((name) => before[name] !== now[name])) return false;
  return now.listenerMs - before.listenerMs < LISTENER_TIME_MS * Math.max(1, now.listeners);
}
