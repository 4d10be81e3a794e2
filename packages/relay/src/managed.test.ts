/**
 * A relay that is managed while it runs, and what that means for those who are connected.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConnectionString } from '@hybridge/sas';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { connectUrl, Listener, open, refused, roundTrip, tokenFor } from '../test/clients.js';
import { connectionStringOf } from './directory/connection-string-of.js';
import type { Change } from './model/change.js';
import { RelayServer } from './relay-server.js';
import { startRelay } from './start-relay.js';

let relay: RelayServer;
afterEach(() => relay.close());

const place = { namespace: 'localhost', hybridConnection: 'sql' };
const listenerToken = (slot: 'primary' | 'secondary' = 'primary') =>
  tokenFor(relay, 'sql', { policy: 'defaultListener', slot });

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'relay-managed-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return join(path, 'data');
}

/** A relay with a data folder; what it declares, if anything. */
async function start(dataDir: string, ...names: string[]): Promise<void> {
  relay = new RelayServer({
    dataDir,
    listen: { port: 0 },
    ...(names.length > 0 && {
      namespaces: [{ name: 'localhost', hybridConnections: names.map((name) => ({ name })) }],
    }),
  });
  await relay.listen();
}

describe('a policy that is deleted', () => {
  it('closes the listeners that came by it (1008), and leaves the rest', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const own = await Listener.start(relay, 'sql', { token: listenerToken() });
    const root = await Listener.start(relay, 'sql');
    const tunnels = await Promise.all([1, 2, 3, 4].map(() => open(connectUrl(relay, 'sql'))));
    await Promise.all(tunnels.map((tunnel) => roundTrip(tunnel, 'before')));
    const token = listenerToken();
    await relay.managed.change({ type: 'delete-rule', ...place, name: 'defaultListener' });
    expect(await own.closed).toMatchObject({
      code: 1008,
      reason: expect.stringMatching(/^InvalidSignature/),
    });
    await Promise.all(tunnels.map((tunnel) => roundTrip(tunnel, 'after')));
    expect(root.control.readyState).toBe(WebSocket.OPEN);
    expect(await refused(connectUrl(relay, 'sql', { token }))).toMatchObject({ status: 401 });
  });

  it('is another when it is made again', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const token = tokenFor(relay, 'sql', { policy: 'defaultSender' });
    await relay.managed.change({ type: 'delete-rule', ...place, name: 'defaultSender' });
    await relay.managed.change({ type: 'put-rule', ...place, name: 'defaultSender', rights: ['Send'] });
    expect(await refused(connectUrl(relay, 'sql', { token }))).toMatchObject({ status: 401 });
  });
});

describe('a policy whose rights change', () => {
  it('closes the listeners that came by it when it may not listen any more', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', { token: listenerToken() });
    const rule = { type: 'put-rule', ...place, name: 'defaultListener' } as const;
    await relay.managed.change({ ...rule, rights: ['Listen', 'Send'] });
    expect(listener.control.readyState).toBe(WebSocket.OPEN);
    await roundTrip(await open(connectUrl(relay, 'sql', { token: listenerToken() })));
    await relay.managed.change({ ...rule, rights: ['Send'] });
    expect(await listener.closed).toMatchObject({
      code: 1008,
      reason: expect.stringMatching(/^Unauthorized/),
    });
  });
});

describe('a namespace that is created while the relay runs', () => {
  it('is served by its name, and the first one by any other as before', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const before = relay.connectionString('sql');
    await relay.managed.change({ type: 'put-namespace', name: 'second.example' });
    await relay.managed.change({ type: 'put-hybrid-connection', namespace: 'second.example', name: 'web' });
    expect(relay.connectionString('sql')).toBe(before);
    await Listener.start(relay, 'sql');
    await roundTrip(await open(connectUrl(relay, 'sql')));
    const { port } = new URL(relay.url);
    const root = { namespace: 'second.example' };
    const text = relay.managed.connectionStringOf(root, 'rootManageSharedAccessKey', 'secondary');
    expect(text).toContain(`Endpoint=ws://second.example:${port}/;SharedAccessKeyName=RootManage`);
    expect(parseConnectionString(text).entityPath).toBeUndefined();
    expect(relay.connectionString('web')).toContain(`Endpoint=ws://second.example:${port}/`);
    const headers = { Host: 'second.example' };
    const token = tokenFor(relay, 'web', { resource: 'http://second.example/web' });
    const url = `${relay.url}/$hc/web?sb-hc-action=connect&sb-hc-token=${encodeURIComponent(token)}`;
    expect(await refused(url, { headers })).toMatchObject({
      reason: expect.stringContaining('no listeners'),
    });
    await relay.managed.change({ type: 'delete-namespace', name: 'second.example' });
    expect(await refused(url, { headers })).toMatchObject({ status: 404 });
  });
});

describe('a hybrid connection that is deleted', () => {
  it('takes its listeners and connections with it, and what apps have attached', async () => {
    relay = await startRelay({ hybridConnections: [{ name: 'sql', endpoint: 'db:1' }] });
    const listener = await Listener.start(relay, 'sql');
    const tunnel = await open(connectUrl(relay, 'sql'));
    const labels = { subscription: 's', resourceGroup: 'g' };
    const attach: Change[] = [
      { type: 'put-plan', name: 'p', labels },
      { type: 'put-app', name: 'a', labels, plan: 'p' },
      { type: 'attach', subscription: 's', app: 'a', ...place },
    ];
    for (const change of attach) await relay.managed.change(change);
    const closed = new Promise((resolve) => tunnel.once('close', resolve));
    const model = await relay.managed.change({
      type: 'delete-hybrid-connection',
      namespace: 'localhost',
      name: 'SQL',
    });
    expect(await listener.closed).toMatchObject({ code: 1001 });
    expect(await closed).toBe(1001);
    expect(model.apps[0]!.attachments).toEqual([]);
  });
});

describe('a tunnel', () => {
  it('can be cut, and no other is', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    await Listener.start(relay, 'sql');
    const [one, other] = [await open(connectUrl(relay, 'sql')), await open(connectUrl(relay, 'sql'))];
    await Promise.all([roundTrip(one), roundTrip(other)]);
    const ids = (await relay.managed.status()).namespaces[0]!.hybridConnections[0]!.tunnels.map(
      ({ id }) => id,
    );
    const ends = [one, other].map((tunnel) => new Promise((resolve) => tunnel.once('close', resolve)));
    for (const tunnel of [one, other]) tunnel.on('error', () => undefined);
    expect(await relay.managed.cutTunnel(ids[0]!)).toBe(true);
    expect(await Promise.race(ends)).toBe(1006);
    expect([one, other].filter(({ readyState }) => readyState === WebSocket.OPEN)).toHaveLength(1);
    expect(await relay.managed.cutTunnel('nothing')).toBe(false);
  });
});

describe('what was changed', () => {
  it('is there after a restart', async () => {
    const dataDir = folder();
    await start(dataDir);
    await relay.managed.change({
      type: 'put-hybrid-connection',
      namespace: 'localhost',
      name: 'new',
      endpoint: 'db:1',
    });
    await relay.managed.change({ type: 'put-namespace', name: 'second.example' });
    const { model } = relay.managed;
    await relay.close();
    await start(dataDir);
    expect(relay.managed.model).toEqual(model);
    expect(readdirSync(dataDir).sort()).toEqual(expect.arrayContaining(['state.json', 'state.lock']));
    await relay.close();
    expect(readdirSync(dataDir)).not.toContain('state.lock');
  });

  it('is not there where it could not be kept', async () => {
    const dataDir = folder();
    await start(dataDir);
    const before = relay.managed.model;
    rmSync(dataDir, { recursive: true });
    await expect(relay.managed.change({ type: 'put-namespace', name: 'b' })).rejects.toMatchObject({
      code: 'ERR_RELAY_STORE',
    });
    await expect(relay.addHybridConnection('sql')).rejects.toMatchObject({ code: 'ERR_RELAY_STORE' });
    expect(relay.managed.model).toBe(before);
  });
});

describe('a data folder', () => {
  it('belongs to one relay at a time', async () => {
    const dataDir = folder();
    await start(dataDir, 'sql');
    const second = new RelayServer({ dataDir, listen: { port: 0 } });
    await expect(second.listen()).rejects.toMatchObject({
      code: 'ERR_RELAY_CONFIG',
      message: expect.stringContaining('in use by another relay'),
    });
    await relay.close();
    await start(dataDir, 'sql');
  });

  it('is free again when the relay cannot start', async () => {
    relay = await startRelay();
    const dataDir = folder();
    const port = Number(new URL(relay.url).port);
    await expect(new RelayServer({ dataDir, listen: { port } }).listen()).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await relay.close();
    await start(dataDir);
  });

  it('of an older version is taken over with its keys', async () => {
    const dataDir = folder();
    await start(dataDir, 'sql');
    await relay.close();
    rmSync(join(dataDir, 'state.json'));
    const id = JSON.stringify(['localhost', 'sql', 'defaultSender']);
    const keys = { [id]: { primaryKey: 'old-primary', secondaryKey: 'old-secondary' } };
    writeFileSync(join(dataDir, 'keys.json'), JSON.stringify({ version: 1, keys }));
    await start(dataDir, 'sql');
    expect(relay.connectionString('sql', 'defaultSender')).toContain('SharedAccessKey=old-primary;');
    expect(readdirSync(dataDir)).toContain('keys.json.migrated');
    expect(readdirSync(dataDir)).not.toContain('keys.json');
    // From now on it is the new file that counts.
    const key = await relay.regenerateKey({ hybridConnection: 'sql', policy: 'defaultSender' }, 'primary');
    await relay.close();
    await start(dataDir, 'sql');
    expect(relay.connectionString('sql', 'defaultSender')).toContain(`SharedAccessKey=${key};`);
  });

  it.each(['', '{}', '{"version":2,"keys":{}}', '{"version":1,"keys":{"a":{}}}'])(
    'of an older version is not used when its keys are %j',
    async (text) => {
      const dataDir = folder();
      await start(dataDir, 'sql');
      await relay.close();
      rmSync(join(dataDir, 'state.json'));
      writeFileSync(join(dataDir, 'keys.json'), text);
      await expect(start(dataDir, 'sql')).rejects.toThrow('keys.json is damaged');
      expect(readFileSync(join(dataDir, 'keys.json'), 'utf8')).toBe(text);
    },
  );
});

describe('the connection strings of a data folder', () => {
  const sender = { policy: 'defaultSender' };
  const keyOf = (text: string) => parseConnectionString(text).sharedAccessKey;

  it('are told while the relay runs, also of what was created since', async () => {
    const dataDir = folder();
    await start(dataDir, 'sql');
    await relay.addHybridConnection('new');
    const key = await relay.regenerateKey({ hybridConnection: 'new', ...sender }, 'primary');
    expect(keyOf(await connectionStringOf({ dataDir }, 'new', sender))).toBe(key);
    await expect(connectionStringOf({ dataDir }, 'nothing', sender)).rejects.toThrow(
      'no hybrid connection nothing',
    );
  });

  it('leave alone what the folder has, whatever they are asked with', async () => {
    const dataDir = folder();
    const own = { name: 'own', rights: ['Send' as const] };
    const namespaces = [
      { name: 'localhost', hybridConnections: [{ name: 'sql', authorizationRules: [own] }] },
    ];
    relay = new RelayServer({ dataDir, namespaces, listen: { port: 0 } });
    await relay.listen();
    const { model } = relay.managed;
    await relay.close();
    const given = { dataDir, namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'web' }] }] };
    const web = await connectionStringOf(given, 'web', sender);
    expect(await connectionStringOf(given, 'web', sender)).toBe(web);
    relay = new RelayServer({ dataDir, namespaces, listen: { port: 0 } });
    await relay.listen();
    expect(relay.managed.model.namespaces[0]!.hybridConnections[0]).toEqual(
      model.namespaces[0]!.hybridConnections[0],
    );
    expect(keyOf(relay.connectionString('web', 'defaultSender'))).toBe(keyOf(web));
  });
});
