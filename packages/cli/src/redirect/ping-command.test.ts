import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridConnectionListener } from '@hybridge/listener';
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../program.js';

let relay: RelayServer;
let manager: HybridConnectionManager;
let foreign: HybridConnectionListener;
let target: net.Server;
let endpoint: string;

beforeAll(async () => {
  target = net.createServer((socket) => socket.on('error', () => undefined).end('welcome'));
  await once(target.listen(0, '127.0.0.1'), 'listening');
  endpoint = `127.0.0.1:${(target.address() as net.AddressInfo).port}`;
  const hybridConnections = ['sql', 'foreign'].map((name) => ({ name, endpoint }));
  relay = await startRelay({ namespaces: [{ name: 'localhost', hybridConnections }] });
  const connectionString = relay.connectionString('sql', 'defaultListener');
  manager = new HybridConnectionManager(managerConfig({ connections: [{ connectionString }] }));
  manager.start();
  foreign = new HybridConnectionListener(relay.connectionString('foreign', 'defaultListener'));
  foreign.on('connection', (socket) => socket.on('error', () => undefined).end('hello'));
  await Promise.all([manager.settled({ timeoutMs: 10_000 }), foreign.listen()]);
});
afterAll(async () => {
  await manager.stop({ graceMs: 0 });
  await foreign.close({ graceMs: 0 });
  await relay.close({ graceMs: 0 });
  target.close();
});

async function ping(args: readonly string[], name = 'sql', more: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' };
  const sink = (stream: 'stdout' | 'stderr') => ({ write: (text: string) => (written[stream] += text) });
  const interrupts = () => ({ first: new Promise<never>(() => {}), second: new Promise<never>(() => {}) });
  const env = { HYBRIDGE_CONNECTION_STRING: relay.connectionString(name, 'defaultSender'), ...more };
  const code = await run(['ping', ...args], {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env,
    interrupts,
  });
  return { code, ...written };
}

const stepsIn = (stdout: string): { name: string; outcome: string; detail: Record<string, unknown> }[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('hybridge ping', () => {
  it('goes all the way, hears the manager, and measures the way there and back', async () => {
    const { code, stdout, stderr } = await ping([endpoint, '--json', '--count', '2', '--no-proxy']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const steps = stepsIn(stdout);
    expect(steps.map(({ name }) => name).slice(-8)).toEqual([
      'match',
      'listeners',
      'manager',
      'manager-dns',
      'manager-policy',
      'manager-tcp',
      'probe',
      'round-trip',
    ]);
    expect(steps.at(-1)).toMatchObject({ outcome: 'ok', detail: { of: 'manager', count: 2 } });
  });

  it('writes a line a step, with its time', async () => {
    const { stdout } = await ping([endpoint, '--count', '1']);
    expect(stdout).toMatch(/\nok +match +\d+\.\d ms {2}127\.0\.0\.1:\d+ is led through sql on /);
    expect(stdout).toMatch(
      /\nok +round-trip +\d+\.\d ms {2}1 × through the relay to the manager and back: min \S+, avg \S+, max \S+ ms\n$/,
    );
  });

  it('opens connections where the listener does not answer for itself', async () => {
    const { code, stdout } = await ping([endpoint, '--json', '--count', '2'], 'foreign');
    expect(code).toBe(0);
    const steps = stepsIn(stdout);
    expect(steps.find(({ name }) => name === 'manager')).toMatchObject({ outcome: 'skipped' });
    expect(steps.some(({ name }) => name === 'manager-tcp')).toBe(false);
    expect(steps.at(-1)).toMatchObject({ name: 'round-trip', detail: { of: 'connection', count: 2 } });
  });

  it('stops where the hybrid connection is for something else', async () => {
    const { code, stdout } = await ping(['127.0.0.1:1', '--json']);
    expect(code).toBe(1);
    expect(stepsIn(stdout).at(-1)).toMatchObject({
      name: 'match',
      outcome: 'failed',
      detail: { near: [{ difference: 'port' }] },
    });
  });

  it('leaves the target alone with --count 0 but for one connection', async () => {
    const { stdout } = await ping([endpoint, '--json', '--count', '0'], 'foreign');
    expect(stepsIn(stdout).at(-1)?.name).toBe('probe');
  });

  it('goes by the configuration of the application, in a file or the environment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hybridge-ping-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const config = join(folder, 'hybridge.json');
    const connections = [
      { connectionString: 'env:FOREIGN', endpoint: 'other.test:1' },
      { connectionString: 'env:HYBRIDGE_CONNECTION_STRING' },
    ];
    writeFileSync(config, JSON.stringify({ connections, proxy: false }));
    const FOREIGN = relay.connectionString('foreign', 'defaultSender');
    const ways: [string[], Record<string, string>][] = [
      [['--config', config], {}],
      [[], { HYBRIDGE_CONFIG: config }],
      [[], { HYBRIDGE_CONNECTIONS: 'env:FOREIGN=>other.test:1 env:HYBRIDGE_CONNECTION_STRING' }],
    ];
    for (const [args, more] of ways) {
      const { code, stdout } = await ping([endpoint, '--json', ...args], 'sql', { FOREIGN, ...more });
      expect(code, stdout).toBe(0);
      const [first] = stepsIn(stdout);
      expect(first).toMatchObject({ name: 'match', outcome: 'ok', detail: { hybridConnection: 'sql' } });
    }
    const proxied = ['--config', config, '--proxy', 'http://127.0.0.1:1'];
    const failing = await ping([endpoint, '--json', ...proxied], 'sql', { FOREIGN });
    const failed = stepsIn(failing.stdout).find(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject({ name: 'tcp', detail: { port: 1 } });
    const { code, stdout } = await ping(['other.tset:1', '--json', '--config', config], 'sql', { FOREIGN });
    expect(code).toBe(1);
    expect(stepsIn(stdout)).toMatchObject([
      { name: 'match', detail: { near: [{ difference: 'spelling' }] } },
    ]);
  });

  it('says why a relay cannot be asked for its endpoints', async () => {
    const DOWN = relay.connectionString('sql', 'defaultSender').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
    const { code, stdout } = await ping(['sql01:1433', '--json'], 'sql', { HYBRIDGE_CONNECTIONS: DOWN });
    expect(code).toBe(1);
    const steps = stepsIn(stdout);
    expect(steps[0]).toMatchObject({ name: 'match', outcome: 'warning' });
    expect(steps.find(({ outcome }) => outcome === 'failed')).toMatchObject({ name: 'tcp' });
  });

  it('says why it is not known what an app has attached', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hybridge-ping-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const config = join(folder, 'hybridge.json');
    writeFileSync(
      config,
      JSON.stringify({ app: { url: 'http://127.0.0.1:1', token: 't0ken', name: 'webshop' } }),
    );
    const { code, stdout } = await ping(['sql01:1433', '--json', '--config', config]);
    expect(code).toBe(1);
    expect(stepsIn(stdout)).toMatchObject([
      { name: 'match', outcome: 'failed', message: expect.stringMatching(/^app webshop: /) },
    ]);
    expect(stdout).not.toContain('t0ken');
  });

  it.each([
    [['sql01'], '"sql01" is not host:port'],
    [[], "missing required argument 'endpoint'"],
    [['sql01:1433', '--config', '/nowhere.yaml'], '/nowhere.yaml: cannot be read (ENOENT)'],
    [['sql01:1433', '--config', 'x', '--connection-string', 'y'], 'not both'],
    [['sql01:1433', '--count', 'many'], 'It is not a number from 0 to 256'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await ping(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
