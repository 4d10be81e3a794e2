/**
 * Keys that an administrator rolls by REST while traffic flows: who still has the old one is seen before, who has it is
 * told then, and nobody else notices.
 *
 * Source: docs/management.md, "To roll a key without an outage".
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { HybridConnectionListener, type HybridConnectionSocket } from '@hybridge/listener';
import { type RelayConfig, RelayServer, RelayWorkers } from '@hybridge/relay';
import { sharedAccessKeyProvider } from '@hybridge/sas';
import { connect } from '@hybridge/sender';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { requireBuild } from '../src/processes.js';

requireBuild();

const CONNECTIONS = 100;
/** Between two messages of a connection: a hundred that go as fast as they can leave nothing for anybody else. */
const PACE_MS = 20;
const GROUP = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hybridge/providers';
const SQL = `${GROUP}/Microsoft.Relay/namespaces/localhost/hybridConnections/sql`;
const ATTACHED = `${GROUP}/Microsoft.Web/sites/shop/hybridConnectionNamespaces/localhost/relays/sql`;
const VERSIONS = { relay: 'api-version=2021-11-01', web: 'api-version=2016-08-01' };

type Key = 'primary' | 'secondary';

/** A policy of the report, as far as these tests look. */
interface PolicyUse {
  readonly name: string;
  readonly keys: Record<
    Key,
    {
      readonly lastUsedAt?: string;
      readonly listeners: readonly { readonly id: string }[];
      readonly recentSenders: readonly { readonly count: number }[];
    }
  >;
  readonly apps: readonly { readonly app: string; readonly uses: Key | 'old' }[];
}

let relay: RelayServer | RelayWorkers;
let admin: string;
const listeners: HybridConnectionListener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((each) => each.close({ graceMs: 0 })));
  await relay.close({ graceMs: 0 });
});

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

const keysOf = (policy: string): Promise<{ primaryKey: string; secondaryKey: string }> =>
  ask('POST', `${SQL}/authorizationRules/${policy}/listKeys?${VERSIONS.relay}`);
const regenerate = (policy: string): Promise<{ primaryKey: string }> =>
  ask('POST', `${SQL}/authorizationRules/${policy}/regenerateKeys?${VERSIONS.relay}`, {
    keyType: 'PrimaryKey',
  });

async function useOf(policy: string): Promise<PolicyUse> {
  const { policies } = await ask('GET', '/api/key-use?namespace=localhost&hybridConnection=sql');
  return (policies as PolicyUse[]).find(({ name }) => name === policy)!;
}

/** A listener that is given another key as a configuration would be. */
interface Rekeyable {
  readonly listener: HybridConnectionListener;
  readonly offline: (number | undefined)[];
  key: string;
}

async function listen(key: string): Promise<Rekeyable> {
  const endpoint = relay.connectionString('sql', { policy: 'defaultListener' }).split(';')[0]!.slice(9);
  const listener: HybridConnectionListener = new HybridConnectionListener({
    ...{ endpoint, entityPath: 'sql' },
    backoff: { firstMs: 50, earlyMs: 200 },
    tokenProvider: {
      getToken: (resource) =>
        sharedAccessKeyProvider({ keyName: 'defaultListener', key: made.key }).getToken(resource),
    },
  });
  const made: Rekeyable = { listener, offline: [], key };
  listener.on('connection', (socket) => socket.on('error', () => undefined).pipe(socket));
  listener.on('offline', (because) => made.offline.push((because as { closeCode?: number }).closeCode));
  listeners.push(listener);
  await listener.listen();
  return made;
}

async function dial(key: Key): Promise<HybridConnectionSocket> {
  const socket = connect(relay.connectionString('sql', { policy: 'defaultSender', key }));
  await once(socket, 'connect');
  return socket;
}

async function echo(socket: HybridConnectionSocket, text: string): Promise<void> {
  socket.write(text);
  let received = '';
  while (received.length < text.length) received += String((await once(socket, 'data'))[0]);
  expect(received).toBe(text);
}

const config: RelayConfig = {
  listen: { port: 0 },
  admin: { port: 0 },
  namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'sql', endpoint: 'db01:1433' }] }],
};

describe.each([
  ['one process', () => new RelayServer(config)],
  ['two workers', () => new RelayWorkers({ ...config, workers: { count: 2 } })],
])('keys of a relay of %s that are rolled while 100 connections carry data', (_, make) => {
  it('are seen in use before, and cut nobody but listeners that have the old one', {
    timeout: 90_000,
  }, async () => {
    relay = make();
    admin = (await relay.listen()).admin!;
    await ask('PUT', `${GROUP}/Microsoft.Web/serverfarms/farm?${VERSIONS.web}`, { sku: { tier: 'Basic' } });
    await ask('PUT', `${GROUP}/Microsoft.Web/sites/shop?${VERSIONS.web}`, {
      properties: { serverFarmId: 'farm' },
    });
    await ask('PUT', `${ATTACHED}?${VERSIONS.web}`, { properties: { sendKeyName: 'defaultSender' } });
    const before = await keysOf('defaultListener');
    const byPrimary = [await listen(before.primaryKey), await listen(before.primaryKey)];
    const bySecondary = [await listen(before.secondaryKey), await listen(before.secondaryKey)];
    const sockets = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, index) => dial(index % 2 === 0 ? 'primary' : 'secondary')),
    );
    const broken: unknown[] = [];
    for (const socket of sockets) socket.once('close', () => broken.push(socket));
    const turns = sockets.map(() => 0);
    let stop = false;
    onTestFinished(() => {
      stop = true;
    });
    const traffic = Promise.all(
      sockets.map(async (socket, index) => {
        for (; !stop; turns[index]! += 1) {
          await echo(socket, `${index} ${'x'.repeat(2_000)}`);
          await sleep(PACE_MS);
        }
      }),
    );

    // Who still has which key. Workers tell every other second.
    const sentBy = async (key: Key) =>
      (await useOf('defaultSender')).keys[key].recentSenders.reduce((sum, { count }) => sum + count, 0);
    await expect.poll(() => sentBy('primary'), { timeout: 20_000 }).toBe(CONNECTIONS / 2);
    await expect.poll(() => sentBy('secondary'), { timeout: 20_000 }).toBe(CONNECTIONS / 2);
    expect((await useOf('defaultSender')).apps).toMatchObject([{ app: 'shop', uses: 'primary' }]);
    const { keys } = await useOf('defaultListener');
    expect([keys.primary.listeners.length, keys.secondary.listeners.length]).toEqual([2, 2]);
    const untouched = keys.secondary.listeners.map(({ id }) => id).sort();

    const { primaryKey } = await regenerate('defaultListener');
    await regenerate('defaultSender');
    await expect.poll(() => byPrimary.map(({ offline }) => offline[0])).toEqual([1008, 1008]);

    // Nobody has come by the new keys, and whoever left by the old one did not use them.
    await expect.poll(async () => (await useOf('defaultListener')).keys.primary.listeners).toEqual([]);
    const then = [...turns];
    await expect
      .poll(() => turns.every((turn, index) => turn > then[index]! + 1), { timeout: 30_000 })
      .toBe(true);
    expect((await useOf('defaultListener')).keys.primary.lastUsedAt).toBeUndefined();
    expect((await useOf('defaultSender')).keys.primary).toMatchObject({ recentSenders: [] });
    expect((await useOf('defaultSender')).apps).toMatchObject([{ app: 'shop', uses: 'old' }]);

    // What an administrator does then.
    const place = { namespace: 'localhost', hybridConnection: 'sql' };
    expect(await ask('POST', '/api/sync-keys', place)).toEqual({ updated: ['shop'] });
    expect((await useOf('defaultSender')).apps).toMatchObject([{ app: 'shop', uses: 'primary' }]);
    const copy = await ask('POST', `${ATTACHED}/listKeys?${VERSIONS.web}`);
    expect(copy.properties.sendKeyValue).toBe((await keysOf('defaultSender')).primaryKey);
    for (const each of byPrimary) each.key = primaryKey;
    await expect
      .poll(async () => (await useOf('defaultListener')).keys.primary.listeners.length, { timeout: 20_000 })
      .toBe(2);
    await expect
      .poll(async () => (await useOf('defaultListener')).keys.primary.lastUsedAt, { timeout: 20_000 })
      .toBeDefined();
    const socket = await dial('primary');
    await echo(socket, 'hello');
    socket.destroy();

    // Those by the other key never noticed.
    const { secondary } = (await useOf('defaultListener')).keys;
    expect(secondary.listeners.map(({ id }) => id).sort()).toEqual(untouched);
    expect(bySecondary.flatMap(({ offline }) => offline)).toEqual([]);
    expect(broken).toEqual([]);
    expect((await ask('GET', '/api/tunnels?limit=1')).total).toBeGreaterThanOrEqual(CONNECTIONS);

    stop = true;
    await traffic;
    for (const each of sockets) each.destroy();
  });
});
