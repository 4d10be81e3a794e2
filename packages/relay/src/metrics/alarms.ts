/**
 * What is wrong with the relay right now, and what to do about it.
 *
 * An alarm does not stop traffic. It is there from when something fails until it works again.
 * @module
 */
import type { Logger } from '../logger.js';

/** The alarms that there are. docs/audit-and-metrics.md says what to do about each. */
export const ALARM_IDS = [
  /** Audit records cannot be written. */
  'audit-disk',
  /** Changes cannot be kept, and so are refused. */
  'store',
  /** Metering and the use of keys cannot be kept over a restart. */
  'usage-disk',
  /** A process is about to run out of file descriptors. */
  'descriptors',
  /** A worker does not run. */
  'workers',
] as const;

/** An alarm's name. */
export type AlarmId = (typeof ALARM_IDS)[number];

/** An alarm. */
export interface Alarm {
  readonly id: AlarmId;
  /** ISO 8601. */
  readonly since: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
}

/** The alarms of one relay. */
export class Alarms {
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #alarms = new Map<AlarmId, Alarm>();

  constructor(now: () => number, logger: Logger) {
    this.#now = now;
    this.#logger = logger;
  }

  /** Something is wrong. Said again, it is wrong since the first time. */
  raise(id: AlarmId, message: string, advice: string): void {
    const before = this.#alarms.get(id);
    const since = before?.since ?? new Date(this.#now()).toISOString();
    this.#alarms.set(id, { id, since, message, advice });
    if (before === undefined) this.#logger.error('An alarm is raised', { alarm: id, reason: message });
  }

  /** It works again. */
  clear(id: AlarmId): void {
    if (this.#alarms.delete(id)) this.#logger.info('An alarm is over', { alarm: id });
  }

  has(id: AlarmId): boolean {
    return this.#alarms.has(id);
  }

  /** What is wrong, longest first. */
  current(): Alarm[] {
    return [...this.#alarms.values()].sort((one, other) => (one.since < other.since ? -1 : 1));
  }
}
