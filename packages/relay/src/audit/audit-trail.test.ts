import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { RelayEvents } from '../events.js';
import { silentLogger } from '../logger.js';
import { Alarms } from '../metrics/alarms.js';
import { AuditTrail } from './audit-trail.js';

const LABELS = { subscription: 'sub', resourceGroup: 'group' };

function trail() {
  const events = new EventEmitter<RelayEvents>();
  const made = new AuditTrail({
    options: {},
    folder: undefined,
    labelsOf: () => LABELS,
    alarms: new Alarms(() => 0, silentLogger),
    now: () => 0,
  });
  made.listen(events);
  return { made, events };
}

/** A refusal that was the n-th. */
const refused = (n: number): RelayEvents['refused'][0] => ({
  ...{ operationName: 'InvalidSasToken', time: new Date(n), namespace: 'Contoso', hybridConnection: 'sql' },
  ...{
    trackingId: String(n),
    action: 'connect',
    status: 401,
    code: 'X',
    reason: 'no',
    remoteAddress: 'here',
  },
});

describe('an audit trail without a folder', () => {
  it('remembers the last records, and finds them page by page', async () => {
    const { made, events } = trail();
    for (let n = 0; n < 5; n += 1) events.emit('refused', refused(n));
    const first = await made.query({ limit: 3, namespace: 'contoso' });
    expect(first.records.map(({ ActivityId }) => ActivityId)).toEqual(['4', '3', '2']);
    const second = await made.query({ limit: 3, before: first.next });
    expect(second).toEqual({ records: [expect.objectContaining({ ActivityId: '1' }), expect.anything()] });
  });

  it('remembers so many and no more', async () => {
    const { made, events } = trail();
    for (let n = 0; n < 5_000; n += 1) events.emit('refused', refused(n));
    const { records } = await made.query({ limit: 10_000 });
    expect(records.length).toBeLessThan(2_000);
    expect(records[0]!.ActivityId).toBe('4999');
  });

  it('shows records as they come, until nobody looks, and hears nothing when it is closed', async () => {
    const { made, events } = trail();
    const seen: string[] = [];
    const stop = made.watch(({ ActivityId }) => seen.push(ActivityId));
    events.emit('refused', refused(1));
    stop();
    events.emit('refused', refused(2));
    await made.close();
    expect(seen).toEqual(['1']);
    expect(events.eventNames()).toEqual([]);
  });
});

describe('what is done through the admin port', () => {
  it.each([
    [
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.Relay/namespaces/Contoso/hybridConnections/a~b/authorizationRules/send/regenerateKeys',
      { namespace: 'Contoso', hybridConnection: 'a/b', policy: 'send' },
    ],
    [
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app/hybridConnectionNamespaces/contoso/relays/a%2Fb',
      { namespace: 'contoso', hybridConnection: 'a/b' },
    ],
    ['/api/tokens/%E0%A4%A', {}],
  ])('%s is found by what it is about', async (path, names) => {
    const { made } = trail();
    made.administered({ action: 'x', path, tokenName: 'me', role: 'owner', status: 200 });
    const [record] = (await made.query({ limit: 1 })).records;
    expect(record).toMatchObject({
      category: 'Administrative',
      endpoint: path,
      message: 'A change was made.',
    });
    expect(record!.properties).toEqual({
      action: 'x',
      path,
      tokenName: 'me',
      role: 'owner',
      status: 200,
      ...names,
    });
  });

  it('is told apart from what was tried', async () => {
    const { made } = trail();
    made.administered({ action: 'refused', status: 403 });
    expect((await made.query({ limit: 1 })).records[0]!.message).toBe('A request was refused.');
    made.administered({ action: 'listHybridConnectionKeys', status: 200 });
    expect((await made.query({ limit: 1 })).records[0]!.message).toBe('Keys were read.');
  });

  it('has the id of its answer, and what only the body says', async () => {
    const { made } = trail();
    const details = { namespace: 'contoso', hybridConnection: 'sql', key: 'secondary' };
    made.administered({ action: 'syncKeys', path: '/api/sync-keys', requestId: 'an-id', details });
    const { records } = await made.query({ limit: 1, hybridConnection: 'SQL' });
    expect(records[0]).toMatchObject({
      ActivityId: 'an-id',
      resourceId: expect.stringMatching(/NAMESPACES\/CONTOSO$/),
      properties: { action: 'syncKeys', path: '/api/sync-keys', ...details },
    });
  });
});
