/**
 * An audit record as people read it. Source: docs/protocol.md, section 9.3; docs/audit-and-metrics.md.
 * @module
 */
import type { AuditRecord } from '../api/types.js';

/** What a list shows of a record. */
export interface AuditEntry {
  readonly time: string;
  /** Without what all of them begin with. */
  readonly operation: string;
  readonly message: string;
  /** The hybrid connection or the resource, where the record names one. */
  readonly subject: string;
  /** Everything else in it that is not empty. */
  readonly details: readonly (readonly [name: string, value: string])[];
}

const HIDDEN = new Set(['EventTimeString', 'operationName', 'message', 'category', 'properties']);

/** Reads a record. It may come from another version, so nothing in it is taken for granted. */
export function auditEntry(record: AuditRecord): AuditEntry {
  const properties =
    typeof record.properties === 'object' && record.properties !== null ? record.properties : {};
  const details = [
    ...Object.entries(record).filter(([name]) => !HIDDEN.has(name)),
    ...Object.entries(properties),
  ];
  return {
    time: textOf(record.EventTimeString),
    operation: textOf(record.operationName).replace(/^Microsoft\.Relay\/(HybridConnections\/)?/, ''),
    message: textOf(record.message),
    subject: subjectOf(record, properties as Readonly<Record<string, unknown>>),
    details: details
      .filter(([, value]) => value !== undefined && value !== null && value !== '')
      .map(([name, value]) => [name, textOf(value)] as const),
  };
}

function subjectOf(record: AuditRecord, properties: Readonly<Record<string, unknown>>): string {
  const { namespace, hybridConnection } = properties;
  if (typeof hybridConnection === 'string' && hybridConnection !== '') return hybridConnection;
  // sb://host/path, and behind an underscore what stands for the node.
  const path = /^[a-z]+:\/\/[^/]*\/([^?]*)/i.exec(textOf(record.endpoint))?.[1] ?? '';
  const name = path.replace(/\/[0-9a-f-]{36}(_\w*)?$/i, '');
  if (name !== '') return name;
  return typeof namespace === 'string' ? namespace : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
