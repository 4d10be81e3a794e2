/**
 * Which records of the audit log are wanted.
 * @module
 */
import type { AuditSearch } from '@hybridge/service';
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

/** Makes a filter ready. A time that cannot be read counts as absent. */
export function prepareFilter(filter: AuditFilter): AuditSearch<AuditRecord> {
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
    recordOf,
    timeOf: ({ EventTimeString }) => Date.parse(EventTimeString),
    mayMatch: (line) => text === undefined || line.toLowerCase().includes(text),
    matches: ({ EventTimeString, operationName, properties }) => {
      const time = Date.parse(EventTimeString);
      if (time < from || time > to) return false;
      if (operation !== undefined && !isOperation(operationName.toLowerCase(), operation)) return false;
      return wanted.every(([name, value]) => String(properties?.[name] ?? '').toLowerCase() === value);
    },
  };
}

function recordOf(value: unknown): AuditRecord | undefined {
  const record = value as AuditRecord | null | undefined;
  const isOne = typeof record?.EventTimeString === 'string' && typeof record.operationName === 'string';
  return isOne ? record : undefined;
}

function isOperation(name: string, wanted: string): boolean {
  return name.startsWith(wanted) || name.slice(OPERATION_PREFIX.length).startsWith(wanted);
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}
