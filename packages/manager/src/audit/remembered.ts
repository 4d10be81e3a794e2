/**
 * The last records of an audit log that has no files.
 * @module
 */
import type { AuditRecord } from './audit-record.js';

/** So many at least, and less than twice as many. */
const MAX_REMEMBERED = 1_000;

/** In the order in which they came. */
export class Remembered {
  #records: AuditRecord[] = [];

  add(record: AuditRecord): void {
    if (this.#records.push(record) >= 2 * MAX_REMEMBERED) this.#records.splice(0, MAX_REMEMBERED);
  }

  /** All of them; none is left. */
  take(): readonly AuditRecord[] {
    return this.#records.splice(0);
  }

  /** One page, newest first. @param page - `before` is how many were seen */
  find(
    matches: (record: AuditRecord) => boolean,
    { limit, before = '' }: { readonly limit: number; readonly before?: string | undefined },
  ): { readonly records: readonly AuditRecord[]; readonly next?: string } {
    const found = this.#records.filter(matches).reverse();
    const skipped = /^\d{1,9}$/.test(before) ? Number(before) : 0;
    const records = found.slice(skipped, skipped + limit);
    const next = skipped + records.length;
    return { records, ...(next < found.length && { next: String(next) }) };
  }
}
