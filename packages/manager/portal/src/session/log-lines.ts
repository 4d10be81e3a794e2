/**
 * The log as the page keeps it.
 * @module
 */
import type { LogEntry } from '../../../src/service/api.js';

/** As many as the manager keeps, more or less. */
export const KEPT_ENTRIES = 1_000;

/**
 * Adds an entry. A stream that is taken up again begins with entries that are there already: they are left out. A manager that
 * was started anew counts from the beginning, so the time decides, too.
 */
export function withEntry(entries: readonly LogEntry[], entry: LogEntry): readonly LogEntry[] {
  const last = entries.at(-1);
  if (last !== undefined && entry.number <= last.number && entry.at <= last.at) return entries;
  return [...entries.slice(1 - KEPT_ENTRIES), entry];
}
