import { describe, expect, it } from 'vitest';
import { HybridConnection, Namespace } from '../directory/directory.js';
import { Counters, type Flow } from './counters.js';
import type { EntityCounts } from './counts.js';

const namespace = new Namespace('contoso', [], new Map());
const entity = (name: string) =>
  new HybridConnection(namespace, {
    name,
    endpoint: undefined,
    requiresClientAuthorization: true,
    authorizationRules: new Map(),
  });
const refusal = (status: number, code = 'Some') => ({ status, code });

function counters() {
  const time = { now: 0 };
  const flows: Flow[] = [];
  const made = new Counters(
    () => time.now,
    () => flows,
  );
  const of = (name: string): EntityCounts | undefined =>
    made.snapshot().find(({ hybridConnection }) => hybridConnection === name);
  return { made, time, flows, of };
}

describe('the counters of a process', () => {
  it('count who comes and goes', () => {
    const { made, of } = counters();
    const sql = entity('sql');
    made.listenerOpened(sql);
    made.listenerOpened(sql);
    made.listenerClosed(sql);
    made.tunnelOpened(sql);
    made.requestBegun(sql);
    made.requestEnded(sql, true, 10, 20);
    made.requestBegun(sql);
    expect(of('sql')).toMatchObject({
      ...{ namespace: 'contoso', listenerSuccess: 2, listenerDisconnects: 1, listeners: 1 },
      ...{ connections: 1, requests: 2, requestsUnderWay: 1, senderSuccess: 2 },
      ...{ bytesFromSenders: 10, bytesFromListeners: 20 },
    });
  });

  it('count bytes of connections that are open and of those that were, once', () => {
    const { made, flows, of } = counters();
    const sql = entity('sql');
    made.tunnelOpened(sql);
    const flow = { hybridConnection: sql, bytesFromSender: 5, bytesFromListener: 7 };
    flows.push(flow);
    expect(of('sql')).toMatchObject({ bytesFromSenders: 5, bytesFromListeners: 7 });
    expect(of('sql')).toMatchObject({ bytesFromSenders: 5, bytesFromListeners: 7 });
    made.tunnelClosed(flow);
    flows.length = 0;
    expect(of('sql')).toMatchObject({ bytesFromSenders: 5, bytesFromListeners: 7, senderDisconnects: 1 });
  });

  it('count the time of all listeners together', () => {
    const { made, time, of } = counters();
    const sql = entity('sql');
    time.now = 1_000;
    made.listenerOpened(sql);
    time.now = 2_000;
    made.listenerOpened(sql);
    time.now = 5_000;
    made.listenerClosed(sql);
    time.now = 6_000;
    expect(of('sql')?.listenerMs).toBe(1_000 + 2 * 3_000 + 1_000);
  });

  it.each([
    ['listener', 401, 'listenerClientError'],
    ['listener', 503, 'listenerServerError'],
    ['sender', 404, 'senderClientError'],
    ['sender', 502, 'senderServerError'],
  ] as const)('count a %s that is refused with %i', (side, status, name) => {
    const { made, of } = counters();
    made.refused(entity('sql'), side, 'listen', refusal(status));
    expect(of('sql')?.[name]).toBe(1);
    expect([...made.refusals]).toEqual([['listen Some', 1]]);
  });

  it('count a hybrid connection that was removed and declared again as one', () => {
    const { made, of } = counters();
    made.tunnelOpened(entity('sql'));
    made.tunnelOpened(entity('SQL'));
    expect(of('sql')?.senderSuccess).toBe(2);
  });

  it('let made-up names make nothing grow', () => {
    const { made } = counters();
    for (let n = 0; n < 100; n += 1) made.refused(undefined, 'sender', 'connect', refusal(404));
    expect(made.snapshot()).toHaveLength(1);
    expect(made.snapshot()[0]).toMatchObject({ namespace: '', hybridConnection: '', senderClientError: 100 });
  });

  it('put together what is too many', () => {
    const { made } = counters();
    for (let n = 0; n < 10_050; n += 1) made.tunnelOpened(entity(`e${n}`));
    expect(made.snapshot()).toHaveLength(10_001);
    expect(made.snapshot()[0]).toMatchObject({ hybridConnection: '', senderSuccess: 50 });
  });
});
