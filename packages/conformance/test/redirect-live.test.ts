/**
 * Redirections whose configuration changes while they are in force: the relay's word for an endpoint, the file, the keys of
 * an app.
 *
 * Source: docs/decisions/0074.
 * @module
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { HybridConnectionListener } from '@hybridge/listener';
import { type Redirection, type RedirectSettings, redirect, redirectFrom } from '@hybridge/redirect';
import { RelayServer } from '@hybridge/relay';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const GROUP = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hybridge/providers';
const WEB = 'api-version=2016-08-01';
const POLL = { timeout: 20_000 };

let relay: RelayServer;
let admin: string;
const listeners: HybridConnectionListener[] = [];
let redirection: Redirection | undefined;
let problems: string[] = [];
const onProblem = (message: string) => problems.push(message);

beforeAll(async () => {
  relay = new RelayServer({
    listen: { port: 0 },
    admin: { port: 0 },
    namespaces: [
      {
        name: 'localhost',
        hybridConnections: [
          { name: 'sql', endpoint: 'sql01.corp.example:1433' },
          { name: 'crm', endpoint: 'crm.corp.example:443' },
          { name: 'bare' },
        ],
      },
    ],
  });
  admin = (await relay.listen()).admin!;
  for (const name of ['sql', 'crm']) {
    const listener = new HybridConnectionListener(
      relay.connectionString(name, { policy: 'defaultListener' }),
    );
    listener.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.write(`${name}:`);
      socket.pipe(socket);
    });
    await listener.listen();
    listeners.push(listener);
  }
});
afterAll(async () => {
  await Promise.all(listeners.map((each) => each.close({ graceMs: 0 })));
  await relay?.close({ graceMs: 0 });
});
afterEach(() => {
  redirection?.undo();
  redirection = undefined;
  problems = [];
});

const send = (name: string) => relay.connectionString(name, { policy: 'defaultSender' });

// biome-ignore lint/suspicious/noExplicitAny: each answer has a shape of its own
async function ask(method: string, path: string, body?: object): Promise<any> {
  const response = await fetch(admin + path, {
    method,
    headers: { authorization: `Bearer ${relay.adminToken}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** What is at an endpoint, or why nothing is. */
async function at(host: string, port: number): Promise<string> {
  try {
    const socket = net.connect(port, host);
    await once(socket, 'connect');
    socket.end('hello');
    return (await buffer(socket)).toString();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no code';
  }
}

describe('an endpoint that the configuration does not say', () => {
  it('is what the relay says to a key that may only send', async () => {
    redirection = redirect({ connections: [{ connectionString: send('sql') }] }, { onProblem });
    await redirection.ready;
    expect(redirection.routes.hosts).toEqual(['sql01.corp.example']);
    expect(await at('sql01.corp.example', 1433)).toBe('sql:hello');
    expect(problems).toEqual([]);
  });

  it('is a problem that is told when the relay does not say it either; the others are redirected', async () => {
    const connections = ['bare', 'crm'].map((name) => ({ connectionString: send(name) }));
    redirection = redirect({ connections }, { onProblem });
    await redirection.ready;
    expect(await at('crm.corp.example', 443)).toBe('crm:hello');
    expect(problems).toEqual([
      expect.stringMatching(/^hybrid connection bare of .*the relay names no endpoint/),
    ]);
  });
});

describe('a configuration file that changes', () => {
  it('takes effect without a restart, and one that is wrong does not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hybridge-redirect-'));
    try {
      const configFile = join(folder, 'redirect.json');
      const write = (settings: RedirectSettings | string) =>
        writeFileSync(configFile, typeof settings === 'string' ? settings : JSON.stringify(settings), {
          mode: 0o600,
        });
      write({ connections: [{ connectionString: send('sql'), endpoint: 'one.corp.example:1' }] });
      redirection = await redirectFrom({ configFile, onProblem });
      expect(await at('one.corp.example', 1)).toBe('sql:hello');
      const kept = net.connect(1, 'one.corp.example');
      await once(kept, 'connect');

      write('{ "connections": [');
      await expect.poll(() => problems, POLL).toEqual([expect.stringContaining('is not JSON')]);
      expect(await at('one.corp.example', 1)).toBe('sql:hello');

      write({ connections: [{ connectionString: send('crm'), endpoint: 'two.corp.example:2' }] });
      await expect.poll(() => redirection?.routes.hosts, POLL).toEqual(['two.corp.example']);
      expect(await at('two.corp.example', 2)).toBe('crm:hello');
      expect(await at('one.corp.example', 1)).toBe('ENOTFOUND');
      kept.end('still here');
      expect((await buffer(kept)).toString()).toBe('sql:still here');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('an app of the relay', () => {
  const attached = (name: string) =>
    `${GROUP}/Microsoft.Web/sites/shop/hybridConnectionNamespaces/localhost/relays/${name}?${WEB}`;

  it('has what it has attached redirected, by the keys that it has there, also when they are rolled', async () => {
    await ask('PUT', `${GROUP}/Microsoft.Web/serverfarms/farm?${WEB}`, { sku: { tier: 'Basic' } });
    await ask('PUT', `${GROUP}/Microsoft.Web/sites/shop?${WEB}`, { properties: { serverFarmId: 'farm' } });
    await ask('PUT', attached('sql'), { properties: { sendKeyName: 'defaultSender' } });
    const { token } = await ask('POST', '/api/tokens', { name: 'shop', role: 'operator' });

    const settings = { app: { url: admin, token, name: 'Shop' } };
    // Not by the clock: the key that is refused is what makes it look.
    redirection = redirect(settings, { onProblem, syncMs: 60_000 });
    await redirection.ready;
    expect(problems).toEqual([]);
    expect(await at('sql01.corp.example', 1433)).toBe('sql:hello');
    const kept = net.connect(1433, 'sql01.corp.example');
    await once(kept, 'connect');

    const rule = `${GROUP}/Microsoft.Relay/namespaces/localhost/hybridConnections/sql/authorizationRules/defaultSender`;
    await ask('POST', `${rule}/regenerateKeys?api-version=2021-11-01`, { keyType: 'PrimaryKey' });
    // The app has the old key until somebody syncs it.
    expect(await at('sql01.corp.example', 1433)).toBe('EACCES');
    await ask('POST', '/api/sync-keys', { namespace: 'localhost', hybridConnection: 'sql' });
    await expect.poll(() => at('sql01.corp.example', 1433), POLL).toBe('sql:hello');

    kept.end('still here');
    expect((await buffer(kept)).toString()).toBe('sql:still here');
  });

  it('has what it attaches later redirected, and what it detaches no more', async () => {
    await ask('DELETE', attached('crm'));
    redirection = redirect(
      { app: { url: admin, token: relay.adminToken!, name: 'shop' } },
      { onProblem, syncMs: 200 },
    );
    await redirection.ready;
    expect(redirection.routes.hosts).toEqual(['sql01.corp.example']);
    const kept = net.connect(1433, 'sql01.corp.example');
    await once(kept, 'connect');
    await ask('PUT', attached('crm'), { properties: { sendKeyName: 'defaultSender' } });
    await expect.poll(() => redirection?.routes.hosts, POLL).toContain('crm.corp.example');
    expect(await at('crm.corp.example', 443)).toBe('crm:hello');
    await ask('DELETE', attached('sql'));
    await expect.poll(() => redirection?.routes.hosts, POLL).toEqual(['crm.corp.example']);
    expect(await at('sql01.corp.example', 1433)).toBe('ENOTFOUND');
    kept.end('still here');
    expect((await buffer(kept)).toString()).toBe('sql:still here');
  });

  it('that is not there is a problem that is told', async () => {
    const settings = { app: { url: admin, token: relay.adminToken!, name: 'nobody' } };
    redirection = redirect(settings, { onProblem });
    await redirection.ready;
    expect(problems).toEqual(['app nobody: app.name: the relay has no app nobody']);
  });

  it('is not told who has no token', async () => {
    redirection = redirect({ app: { url: admin, token: 'wrong', name: 'shop' } }, { onProblem });
    await redirection.ready;
    expect(problems).toEqual([expect.stringContaining('check app.token')]);
  });
});
