/**
 * Bytes a second, from two looks at counters.
 * @module
 */
import type { LiveOverview } from '../api/types.js';

/** How fast each hybrid connection is, and all together. */
export interface Rates {
  readonly total: number;
  /** By {@link keyOf}. */
  readonly each: ReadonlyMap<string, number>;
}

/** What is known before there are two looks. */
export const NO_RATES: Rates = { total: 0, each: new Map() };

/** Names a hybrid connection among all. No name holds a line end. */
export function keyOf(namespace: string, name: string): string {
  return `${namespace}\n${name}`;
}

/** Compares two looks. A counter that began anew, as after a restart, counts from 0. */
export function ratesBetween(before: LiveOverview, after: LiveOverview): Rates {
  const seconds = (Date.parse(after.time) - Date.parse(before.time)) / 1_000;
  if (!(seconds > 0)) return NO_RATES;
  const bytes = new Map(
    before.hybridConnections.map((each) => [keyOf(each.namespace, each.name), sum(each)]),
  );
  const each = new Map<string, number>();
  for (const now of after.hybridConnections) {
    const key = keyOf(now.namespace, now.name);
    each.set(key, grown(bytes.get(key) ?? 0, sum(now)) / seconds);
  }
  return { total: grown(sum(before.totals), sum(after.totals)) / seconds, each };
}

function sum(counters: { readonly bytesFromSenders: number; readonly bytesFromListeners: number }): number {
  return counters.bytesFromSenders + counters.bytesFromListeners;
}

function grown(before: number, after: number): number {
  return after < before ? after : after - before;
}
