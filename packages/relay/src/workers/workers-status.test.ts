import { describe, expect, it } from 'vitest';
import type { ListenerStatus, RelayStatus } from '../relay-status.js';
import { workersStatus } from './workers-status.js';

const startedAt = new Date(0);
const memory = (rss: number) => ({ rss, heapTotal: 1, heapUsed: 1, external: 1, arrayBuffers: 1 });

function statusOf(connections: number, listenerIds: readonly string[]): RelayStatus {
  const listeners = listenerIds.map((id) => ({ id }) as ListenerStatus);
  const sql = { name: 'sql', endpoint: undefined, requiresClientAuthorization: true, listeners, tunnels: [] };
  const namespace = {
    name: 'ns',
    hosts: ['ns'],
    pending: 1,
    connections,
    requests: 2,
    hybridConnections: [sql],
  };
  const descriptors = { open: 20, limit: 100, shortages: connections, lastShortageAt: new Date(connections) };
  return { url: 'ws://x', startedAt, uptimeMs: 1, memory: memory(100), descriptors, namespaces: [namespace] };
}

const asked = (worker: number, status: RelayStatus | undefined) => {
  return {
    worker,
    pid: worker,
    url: 'ws://x',
    startedAt,
    uptimeMs: 1,
    restarts: 0,
    stalls: 0,
    silentMs: 0,
    status,
  };
};

describe('the status of several workers', () => {
  const own = { url: 'ws://x', startedAt, uptimeMs: 5, memory: memory(10) };

  it('is the sum of what they have, and says where each listener is', () => {
    const status = workersStatus(own, [asked(1, statusOf(3, ['a'])), asked(2, statusOf(4, ['b', 'c']))]);
    expect(status).toMatchObject({ uptimeMs: 5, memory: { rss: 210 } });
    expect(status.descriptors).toEqual({ open: 40, limit: 200, shortages: 7, lastShortageAt: new Date(4) });
    expect(status.namespaces).toMatchObject([{ name: 'ns', pending: 2, connections: 7, requests: 4 }]);
    expect(status.namespaces[0]!.hybridConnections[0]!.listeners).toEqual([
      { id: 'a', worker: 1 },
      { id: 'b', worker: 2 },
      { id: 'c', worker: 2 },
    ]);
    expect(status.workers).toMatchObject([
      { worker: 1, listeners: 1, connections: 3 },
      { worker: 2, listeners: 2, connections: 4 },
    ]);
  });

  it('shows a worker that does not answer, without figures', () => {
    const status = workersStatus(own, [asked(1, undefined), asked(2, statusOf(4, []))]);
    expect(status.workers[0]).toMatchObject({ worker: 1, memory: undefined, connections: 0 });
    expect(status.namespaces[0]).toMatchObject({ connections: 4 });
  });
});
