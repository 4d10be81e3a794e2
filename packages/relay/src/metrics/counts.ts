/**
 * What is counted for one hybrid connection, in one process or in several together.
 *
 * Source: docs/protocol.md, section 9.2 (the documented metrics); docs/audit-and-metrics.md (which is which).
 * @module
 */

/** What only grows, as long as the relay runs. */
export const TOTALS = [
  'listenerSuccess',
  'listenerClientError',
  'listenerServerError',
  'senderSuccess',
  'senderClientError',
  'senderServerError',
  'listenerDisconnects',
  'senderDisconnects',
  'bytesFromSenders',
  'bytesFromListeners',
  'requests',
  /** Milliseconds of all listeners together. */
  'listenerMs',
] as const;

/** What is there now. */
export const LEVELS = ['listeners', 'connections', 'requestsUnderWay'] as const;

/** Something that only grows. */
type Total = (typeof TOTALS)[number];

/** Something that is there now. */
type Level = (typeof LEVELS)[number];

/** All that is counted. */
export type Counts = { readonly [Name in Total | Level]: number };

/** The counts of one hybrid connection. Empty names: what belongs to none, or to one of too many. */
export interface EntityCounts extends Counts {
  readonly namespace: string;
  readonly hybridConnection: string;
}

/** Names a hybrid connection among all, whatever the case of its names. */
export function entityId(namespace: string, hybridConnection: string): string {
  return `${namespace}/${hybridConnection}`.toLowerCase();
}

/** Nothing counted yet. */
export const NO_COUNTS: Counts = Object.freeze(
  Object.fromEntries([...TOTALS, ...LEVELS].map((name) => [name, 0])) as unknown as Counts,
);

/** Adds up. */
export function addCounts(one: Counts, other: Counts): Counts {
  const sum = {} as Record<Total | Level, number>;
  for (const name of TOTALS) sum[name] = one[name] + other[name];
  for (const name of LEVELS) sum[name] = one[name] + other[name];
  return sum;
}

/** What remains of a process that is gone: nobody is connected to it, what it did stays done. */
export function withoutLevels(counts: Counts): Counts {
  return { ...counts, listeners: 0, connections: 0, requestsUnderWay: 0 };
}
