/**
 * A record of the audit log as people read it. Source: docs/audit-and-metrics.md, "A manager".
 * @module
 */
import { formatBytes, formatDuration, type RecordRow } from '@hybridge/ui';
import type { AuditRecord } from '../../../src/service/api.js';
import { asSentence } from './sentence.js';

/** Reads a record. It may come from another version, so nothing in it is taken for granted. */
export function auditRow(record: AuditRecord): RecordRow {
  const { at, operation, connection = '', ...facts } = record;
  const details = Object.entries(facts).filter(([, value]) => value !== undefined && value !== '');
  return {
    time: textOf(at),
    message: asSentence(messageOf(record)),
    operation: textOf(operation),
    subject: textOf(connection),
    details: details.map(([name, value]) => [name, textOf(value)] as const),
  };
}

function messageOf(record: AuditRecord): string {
  const fact = (name: string) => textOf(record[name]);
  switch (record.operation) {
    case 'tunnel-opened':
      return `${fact('sender')} was led to ${fact('target')}`;
    case 'tunnel-ended': {
      const time = formatDuration(numberOf(record.durationMs));
      const bytes = `${formatBytes(numberOf(record.bytesToTarget))} there, ${formatBytes(numberOf(record.bytesFromTarget))} back`;
      return `${fact('sender')} ${fact('reason')} after ${time}: ${bytes}`;
    }
    case 'target-failed':
      return `${fact('sender')} was not led to ${fact('target')}: ${fact('message')}`;
    case 'registered':
      return 'the relay hands out connections to this manager';
    case 'unregistered':
      return `the relay does not hand out connections any more: ${fact('message')}`;
    case 'diagnosed':
      return `${fact('sender')} asked how it stands here`;
    case 'configuration-changed':
      return `the configuration was changed (${fact('by')})`;
    case 'administered':
      return `${fact('action')} (${fact('by')})`;
    default:
      return fact('message') || textOf(record.operation).replaceAll('-', ' ');
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value);
}
