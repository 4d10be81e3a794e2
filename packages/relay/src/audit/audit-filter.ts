/**
 * Which records of the audit log are wanted.
 * @module
 */
import { type AuditRecord, OPERATION_PREFIX } from './audit-record.js';

/** What a record must be like. What is absent does not matter; names are the same in any case. */
export interface AuditFilter {
  /** ISO 8601; not before. */
  readonly from?: string | undefined;
  /** ISO 8601; not after. */
  readonly to?: string | undefined;
  /** Word of the operation, whole or its beginning, with or without what stands before it. */
  readonly operation?: string | undefined;
  readonly namespace?: string | undefined;
  readonly hybridConnection?: string | undefined;
  /** Name of a shared access policy. */
  readonly policy?: string | undefined;
  /** Stands anywhere in the record. */
  readonly text?: string | undefined;
}

/** A filter that is ready to be asked many times. */
export interface PreparedFilter {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** Whether a line may be of a wanted record, before it is read. */
  mayMatch(line: string): boolean;
  matches(record: AuditRecord): boolean;
}

/** Makes a filter ready. A time that cannot be read counts as absent. */
export function prepareFilter(filter: AuditFilter): PreparedFilter {
  const from = timeOf(filter.from) ?? Number.NEGATIVE_INFINITY;
  const to = timeOf(filter.to) ?? Number.POSITIVE_INFINITY;
  const text = filter.text?.toLowerCase();
  const operation = filter.operation?.toLowerCase();
  const wanted = (['namespace', 'hybridConnection', 'policy'] as const).flatMap((name) => {
    const value = filter[name]?.toLowerCase();
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    from,
    to,
    mayMatch: (line) => text === undefined || line.toLowerCase().includes(text),
    matches: ({ EventTimeString, operationName, properties }) => {
      const time = Date.parse(EventTimeString);
      if (time < from || time > to) return false;
      if (operation !== undefined && !isOperation(operationName.toLowerCase(), operation)) return false;
      return wanted.every(([name, value]) => String(properties?.[name] ?? '').toLowerCase() === value);
    },
  };
}

function isOperation(name: string, wanted: string): boolean {
  return name.startsWith(wanted) || name.slice(OPERATION_PREFIX.length).startsWith(wanted);
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}
