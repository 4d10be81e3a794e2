/** `hybridge up` with what an app has attached at the relay, while an operator changes that by commands. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { HybridConnectionListener } from '@hybridge/listener';
import { RelayServer } from '@hybridge/relay';
import { expect, it, onTestFinished } from 'vitest';
import { hybridge } from '../../src/command.js';
import { HybridgeProcess, requireBuild } from '../../src/processes.js';
import { freePort } from '../../src/services/server-process.js';

requireBuild();

const NAME = 'greeting.corp.example';
/** An app is read every ten seconds. */
const SYNCED = { timeout: 25_000 };

it('leads to what is attached, by keys that are rolled, and no more to what is detached', {
  timeout: 120_000,
}, async () => {
  const port = await freePort();
  const relay = new RelayServer({
    listen: { port: 0 },
    admin: { port: 0 },
    namespaces: [
      { name: 'localhost', hybridConnections: [{ name: 'greeting', endpoint: `${NAME}:${port}` }] },
    ],
  });
  const { admin } = await relay.listen();
  onTestFinished(() => relay.close({ graceMs: 0 }));
  const listener = new HybridConnectionListener(
    relay.connectionString('greeting', { policy: 'defaultListener' }),
  );
  listener.on('connection', (socket) => socket.on('error', () => undefined).end('hello'));
  await listener.listen();
  onTestFinished(() => listener.close({ graceMs: 0 }));

  const folder = mkdtempSync(join(tmpdir(), 'hybridge-app-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [config, hosts] = [join(folder, 'app.json'), join(folder, 'hosts')];
  writeFileSync(hosts, '127.0.0.1 localhost\n');
  const app = { url: admin!, token: relay.adminToken!, name: 'shop' };
  writeFileSync(config, JSON.stringify({ app }), { mode: 0o600 });
  const operate = async (...args: readonly string[]) => {
    const env = { HYBRIDGE_ADMIN_URL: admin!, HYBRIDGE_ADMIN_TOKEN: relay.adminToken! };
    const { code, stderr } = await hybridge(args, { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  };
  await operate('plan', 'create', 'farm', '--tier', 'Basic');
  await operate('app', 'create', 'shop', '--plan', 'farm');

  const up = await HybridgeProcess.start('up', [
    ...['--config', config, '--hosts', hosts, '--no-dns', '--no-socks', '--no-connect'],
  ]);
  onTestFinished(async () => void (await up.end()));
  expect(up.ready).toMatchObject({ endpoints: [] });

  const address = () => new RegExp(`^(\\S+) ${NAME}$`, 'm').exec(readFileSync(hosts, 'utf8'))?.[1];
  const heard = async () => {
    const socket = connect(port, address());
    try {
      await once(socket, 'connect');
      return String(await buffer(socket));
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  };
  await operate('app', 'attach', 'shop', 'greeting');
  await expect.poll(address, SYNCED).toMatch(/^127\.77\./);
  expect(await heard()).toBe('hello');

  await operate('key', 'regenerate', 'greeting', '--rule', 'defaultSender', '--primary', '--yes');
  expect(await heard()).toBe('ECONNRESET'); // the app has the old key
  await operate('key', 'sync', 'greeting');
  await expect.poll(heard, SYNCED).toBe('hello');

  await operate('app', 'detach', 'shop', 'greeting', '--yes');
  await expect.poll(address, SYNCED).toBeUndefined();
});
