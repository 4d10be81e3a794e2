import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ManagerSettings, managerConfig } from './config/manager-config.js';
import { ManagerInstruments } from './instruments.js';
import { HybridConnectionManager } from './manager.js';

const CONNECTION =
  'Endpoint=sb://127.0.0.1:1/;SharedAccessKeyName=a;SharedAccessKey=c2VjcmV0LXNlY3JldA==;EntityPath=Pay';

function settings(more: Partial<ManagerSettings> = {}) {
  const connections = [{ connectionString: CONNECTION, endpoint: 'sql01:1433', name: 'pay' }];
  return managerConfig({ connections, audit: { syslog: false }, updates: { check: false }, ...more });
}

async function watching(more: Partial<ManagerSettings> = {}, dataDir?: string) {
  const told: string[] = [];
  const manager = new HybridConnectionManager(settings(more), { dataDir, policyFile: { paths: [] } });
  const instruments = new ManagerInstruments(manager, {
    ...{ version: '1.2.3', dataDir, env: {}, startFacts: { configFile: '/etc/x.yaml' } },
    tell: (level, message) => told.push(`${level}: ${message}`),
  });
  await instruments.start();
  onTestFinished(async () => {
    await manager.stop({ graceMs: 0 });
    await instruments.close();
  });
  return { manager, instruments, told };
}

async function get(port: number, { path = '/metrics', method = 'GET', host = `127.0.0.1:${port}` } = {}) {
  const asked = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    headers: { Host: host },
    agent: false,
  }).end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, type: response.headers['content-type'], text };
}

const ID = '127.0.0.1:1/pay';

const sender = {
  ...{ id: 'i', rendezvousId: 'i', remoteEndpoint: { address: '192.0.2.1', port: 1 }, target: 'sql01:1433' },
};

describe('the metrics of a manager', () => {
  it('have its states, its counters and what its status does not say', async () => {
    const { manager, instruments } = await watching();
    manager.emit('state', 'pay', { name: 'online', since: new Date() }, ID);
    manager.emit('state', 'pay', { name: 'connecting', attempt: 1 }, ID);
    manager.emit('state', 'pay', { name: 'online', since: new Date() }, ID);
    const failure = { at: new Date(), code: 'ECONNREFUSED', message: 'x', advice: 'x' };
    const violation = { at: new Date(), during: 'dial', rule: 'allow', message: 'x' } as const;
    for (let n = 0; n < 3; n += 1) manager.emit('targetFailure', 'pay', failure, sender, ID);
    manager.emit('targetFailure', 'pay', { ...failure, code: 'EACCES' }, { ...sender, violation }, ID);
    manager.emit('policyViolation', 'pay', violation, ID);
    const lines = instruments.metrics().split('\n');
    const labels = 'namespace="127.0.0.1:1",hybrid_connection="Pay"';
    expect(lines).toEqual(
      expect.arrayContaining([
        `hybridge_build_info{version="1.2.3",node="${process.version}"} 1`,
        `hybridge_manager_connection_state{${labels},state="stopped"} 1`,
        `hybridge_manager_connection_state{${labels},state="online"} 0`,
        `hybridge_manager_active_tunnels{${labels}} 0`,
        `hybridge_manager_bytes_transferred_total{${labels},direction="to_target"} 0`,
        `hybridge_manager_registrations_total{${labels}} 2`,
        `hybridge_manager_registrations_lost_total{${labels}} 1`,
        `hybridge_manager_target_failures_total{${labels},code="ECONNREFUSED"} 3`,
        `hybridge_manager_policy_violations_total{${labels}} 1`,
        'hybridge_audit_records_lost_total 0',
        'hybridge_manager_policy_unusable 0',
      ]),
    );
    expect(instruments.metrics()).not.toContain('hybridge_manager_update_available');
    // Each line is a comment or a sample, as Prometheus reads it.
    for (const line of lines.slice(0, -1))
      expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|\w+(\{.*\})? -?[\d.e+-]+)$/);
  });

  it('are to be had at a port of this machine, by its own name alone', async () => {
    const { instruments } = await watching({ metrics: { port: 0 } });
    const port = instruments.metricsPort!;
    expect(await get(port)).toMatchObject({
      ...{ status: 200, type: expect.stringContaining('version=0.0.4') },
      text: expect.stringContaining('hybridge_manager_connection_state'),
    });
    expect(await get(port, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect((await get(port, { host: `localhost:${port}` })).status).toBe(200);
    expect((await get(port, { path: '/' })).status).toBe(404);
    expect((await get(port, { method: 'POST' })).status).toBe(405);
    expect((await get(port, { host: `evil.example:${port}` })).status).toBe(421);
  });

  it('come and go with the configuration', async () => {
    const { manager, instruments } = await watching();
    expect(instruments.metricsPort).toBeUndefined();
    manager.apply(settings({ metrics: { port: 0 } }));
    await expect.poll(() => instruments.metricsPort).toBeDefined();
    const port = instruments.metricsPort!;
    expect((await get(port)).status).toBe(200);
    manager.apply(settings());
    expect(instruments.metricsPort).toBeUndefined();
    await expect(get(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('do not keep a manager from running when their port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { told } = await watching({ metrics: { port } });
    expect(told).toContainEqual(expect.stringMatching(/^warn: .*EADDRINUSE/));
  });

  it('are there as soon as their port is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { instruments } = await watching({ metrics: { port } });
    await new Promise((resolve) => other.close(resolve));
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    await expect.poll(() => instruments.metricsPort).toBeDefined();
    expect((await get(port)).status).toBe(200);
  });
});

describe('a manager that is watched over', () => {
  it('has its start and its end written down, and no key', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'instruments-'));
    onTestFinished(() => rmSync(dataDir, { recursive: true }));
    const { manager, instruments } = await watching({}, dataDir);
    manager.apply(settings({ connections: [{ connectionString: CONNECTION, endpoint: 'sql02:1433' }] }), {
      by: 'browser',
    });
    instruments.ports.record!({ action: 'POST /api/test', by: 'socket', status: 200 });
    await manager.stop({ graceMs: 0 });
    await instruments.close();
    const { value: records } = await instruments.ports.audit!({ limit: 10 });
    expect(records.toReversed()).toMatchObject([
      { operation: 'manager-started', version: '1.2.3', pid: process.pid, configFile: '/etc/x.yaml' },
      { operation: 'configuration-changed', by: 'browser', changed: ['Pay'] },
      { operation: 'administered', action: 'POST /api/test', by: 'socket', status: 200 },
      { operation: 'manager-stopped', pid: process.pid },
    ]);
    expect(JSON.stringify(records)).not.toContain('c2VjcmV0');
  });

  it('says once when it keeps no audit log', async () => {
    expect((await watching()).told).toEqual([expect.stringMatching(/^info: no audit log is kept/)]);
    expect((await watching({ audit: { enabled: false } })).told).toEqual([]);
  });
});
