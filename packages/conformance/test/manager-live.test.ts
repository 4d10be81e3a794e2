/**
 * A manager whose configuration, keys, endpoint and policy change while connections are open, on a real relay.
 */
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridConnectionListener } from '@hybridge/listener';
import { HybridConnectionManager, type ManagerSettings, managerConfig } from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { connect, type HybridConnectionSocket } from '@hybridge/sender';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../src/deadline.js';

const WAIT_MS = 10_000;
const owner = process.getuid?.() ?? 0;
let relay: RelayServer;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hybridge-live-'));
});
afterEach(async () => {
  await relay.close({ graceMs: 0 });
  rmSync(folder, { recursive: true });
});

/** A target that says who it is, and then repeats what it hears. */
async function target(name: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

function managing(settings: ManagerSettings, options: { dataDir?: string } = {}) {
  const policyFile = { paths: [join(folder, 'policy.yaml')], owner };
  const manager = new HybridConnectionManager(managerConfig(settings), { policyFile, ...options });
  onTestFinished(() => manager.stop({ graceMs: 0 }));
  manager.start();
  return manager;
}

const listenString = (name = 'sql', key: 'primary' | 'secondary' = 'primary') =>
  relay.connectionString(name, { policy: 'defaultListener', key });

async function online(manager: HybridConnectionManager): Promise<void> {
  const isOnline = () => manager.status().every(({ state }) => state.name === 'online');
  await until(isOnline, WAIT_MS, 'the manager to be online');
}

/** Dials, and waits for the target's name. */
async function reach(name = 'sql'): Promise<{ socket: HybridConnectionSocket; said: string }> {
  const socket = connect(relay.connectionString(name, 'defaultSender'));
  onTestFinished(() => void socket.destroy());
  const [said] = await once(socket, 'data');
  socket.on('error', () => undefined);
  return { socket, said: String(said) };
}

async function echo(socket: HybridConnectionSocket): Promise<void> {
  socket.write('ping');
  expect(String((await once(socket, 'data'))[0])).toBe('ping');
}

describe('a manager', () => {
  it('leads where its relay says, and says what that knows', async () => {
    const endpoint = await target('one');
    relay = await startRelay({ hybridConnections: [{ name: 'sql', endpoint }] });
    const manager = managing({ connections: [{ connectionString: listenString() }] });
    await online(manager);
    expect((await reach()).said).toBe('one');
    await until(() => manager.status()[0]?.relay?.listeners === 1, WAIT_MS, 'the listener to be counted');
    expect(manager.status()[0]).toMatchObject({
      target: endpoint,
      serviceEndpoint: expect.stringContaining('127.0.0.1'),
      relay: { createdAt: expect.any(Date), updatedAt: expect.any(Date) },
    });
  });

  it('takes over a changed key with connections open, and keeps the former one while that is wrong', async () => {
    const endpoint = await target('one');
    relay = await startRelay({ hybridConnections: ['sql'] });
    const manager = managing({ connections: [{ connectionString: listenString(), endpoint }] });
    await online(manager);
    const { socket } = await reach();
    const wrong = listenString().replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');
    manager.apply(managerConfig({ connections: [{ connectionString: wrong, endpoint }] }));
    const isRefused = () => manager.status()[0]?.replacement?.name === 'refused';
    await until(isRefused, WAIT_MS, 'the wrong key to be refused');
    await echo((await reach()).socket);

    const secondary = listenString('sql', 'secondary');
    manager.apply(managerConfig({ connections: [{ connectionString: secondary, endpoint }] }));
    const isTaken = () => manager.status()[0]?.replacement === undefined;
    await until(isTaken, WAIT_MS, 'the other key to be taken');
    await relay.regenerateKey({ hybridConnection: 'sql', policy: 'defaultListener' }, 'primary');
    await echo(socket);
    await echo((await reach()).socket);
    expect(manager.status()[0]?.state.name).toBe('online');
  });

  it('adds, removes and changes hybrid connections without touching the others', async () => {
    const [one, two, three] = [await target('one'), await target('two'), await target('three')];
    relay = await startRelay({ hybridConnections: ['sql', 'crm', 'web'] });
    const sql = { connectionString: listenString('sql'), endpoint: one };
    const crm = { connectionString: listenString('crm'), endpoint: two };
    const manager = managing({ connections: [sql, crm] });
    await online(manager);
    const [overSql, overCrm] = [await reach('sql'), await reach('crm')];
    const states: string[] = [];
    manager.on('state', (name, { name: state }) => states.push(`${name} ${state}`));
    const ended: string[] = [];
    manager.on('end', (name, { reason }) => ended.push(`${name} ${reason}`));

    const web = { connectionString: listenString('web'), endpoint: three };
    expect(manager.apply(managerConfig({ connections: [sql, web] }))).toEqual({
      added: ['web'],
      removed: ['crm'],
      changed: [],
    });
    await online(manager);
    expect((await reach('web')).said).toBe('three');
    await echo(overSql.socket);
    await echo(overCrm.socket);
    overCrm.socket.end();
    await until(() => ended.includes('crm finished'), WAIT_MS, 'the removed one to end');

    manager.apply(managerConfig({ connections: [{ ...sql, endpoint: three }, web] }));
    await echo(overSql.socket);
    expect((await reach('sql')).said).toBe('three');
    expect(states.some((state) => state.startsWith('sql'))).toBe(false);
  });

  it('comes back with the id that it had', async () => {
    const endpoint = await target('one');
    relay = await startRelay({ hybridConnections: ['sql'] });
    const ids: string[] = [];
    const dataDir = join(folder, 'data');
    for (let time = 0; time < 2; time += 1) {
      const settings = { connections: [{ connectionString: listenString(), endpoint }] };
      const manager = managing(settings, { dataDir });
      await online(manager);
      ids.push(...listenerIds());
      await manager.stop({ graceMs: 0 });
      await until(() => listenerIds().length === 0, WAIT_MS, 'the listener to have left');
    }
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  it('takes the place that it still has at the relay', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const settings = { connections: [{ connectionString: listenString(), endpoint: '127.0.0.1:1' }] };
    const dataDir = join(folder, 'data');
    const before = managing(settings, { dataDir });
    await online(before);
    const [id] = listenerIds();
    await before.stop({ graceMs: 0 });
    await until(() => listenerIds().length === 0, WAIT_MS, 'the listener to have left');

    // Stands for what is left of a machine that lost its power: the relay has not noticed yet.
    const remains = new HybridConnectionListener({ connectionString: listenString(), id });
    remains.once('offline', () => void remains.close());
    await remains.listen();
    const gone = once(remains, 'close');
    await online(managing(settings, { dataDir }));
    await gone;
    expect(listenerIds()).toEqual([id]);
  });
});

describe('the policy of the machine', () => {
  const write = (text: string, mode = 0o644) => {
    writeFileSync(join(folder, 'policy.yaml'), text);
    chmodSync(join(folder, 'policy.yaml'), mode);
  };

  it('takes effect while the manager runs, in both directions', async () => {
    const endpoint = await target('one');
    relay = await startRelay({ hybridConnections: ['sql'] });
    const manager = managing({ connections: [{ connectionString: listenString(), endpoint }] });
    await online(manager);
    const { socket } = await reach();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    write('allow: ["10.0.0.0/8:*"]');
    manager.reloadPolicy();
    await closed;
    expect(manager.status()[0]?.state).toMatchObject({ name: 'blocked', rule: 'allow' });
    await until(() => listenerIds().length === 0, WAIT_MS, 'the manager to leave the relay');
    write('allow: ["127.0.0.0/8:*"]');
    await online(manager);
    expect((await reach()).said).toBe('one');
  });

  it.skipIf(process.platform === 'win32')(
    'that users could write blocks everything, and says so',
    async () => {
      relay = await startRelay({ hybridConnections: ['sql'] });
      write('hybridConnections: allowed', 0o666);
      const manager = managing({
        connections: [{ connectionString: listenString(), endpoint: '127.0.0.1:1' }],
      });
      const [status] = await manager.settled({ timeoutMs: WAIT_MS });
      expect(status?.state).toMatchObject({ name: 'blocked', rule: 'the policy cannot be used' });
      expect(manager.warnings[0]).toContain('can be written by ordinary users');
      expect(listenerIds()).toEqual([]);
    },
  );
});

/** Who holds the relay's hybrid connections, as the relay says. */
function listenerIds(): string[] {
  const all = relay.status().namespaces.flatMap(({ hybridConnections }) => hybridConnections);
  return all.flatMap(({ listeners }) => listeners.map(({ trackingId }) => trackingId.replace(/_.*/, '')));
}
