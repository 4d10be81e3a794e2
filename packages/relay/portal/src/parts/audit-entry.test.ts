/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { auditEntry } from './audit-entry.js';

const RECORD = {
  resourceId: '/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.RELAY/NAMESPACES/CONTOSO',
  ActivityId: '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa',
  endpoint: 'sb://contoso.servicebus.windows.net/site/hyco/5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa_G3',
  operationName: 'Microsoft.Relay/HybridConnections/NewListenerRegistered',
  EventTimeString: '2024-03-01T10:06:11.1234567Z',
  message: 'New listener registered.',
  category: 'HybridConnectionsEvent',
};

describe('an audit record', () => {
  it('in the documented schema reads as one line', () => {
    expect(auditEntry(RECORD)).toMatchObject({
      time: '2024-03-01T10:06:11.1234567Z',
      operation: 'NewListenerRegistered',
      message: 'New listener registered.',
      subject: 'site/hyco',
    });
  });

  it('has the rest of it as details, without what is empty', () => {
    const { details } = auditEntry({
      ...RECORD,
      properties: { policy: 'defaultListener', key: undefined, bytes: 12 },
    });
    expect(details.map(([name]) => name)).toEqual([
      'resourceId',
      'ActivityId',
      'endpoint',
      'policy',
      'bytes',
    ]);
    expect(details.at(-1)).toEqual(['bytes', '12']);
  });

  it.each([{}, { properties: null }, { operationName: 5, message: {} }])(
    'may hold anything: %j',
    (record) => {
      expect(() => auditEntry(record)).not.toThrow();
    },
  );
});
