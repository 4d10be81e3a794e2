/**
 * What an administrator sees of a relay that runs, at its admin port.
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectUrl, Listener, open, refused, roundTrip, tokenFor } from '../../test/clients.js';
import { ask, HttpListener, respond } from '../../test/http-clients.js';
import { type RelayAddresses, RelayServer } from '../relay-server.js';

let dataDir: string;
let relay: RelayServer;
let addresses: RelayAddresses;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hybridge-instruments-'));
  await start();
});

afterEach(async () => {
  await relay.close({ graceMs: 0 });
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  relay = new RelayServer({
    dataDir,
    listen: { port: 0 },
    admin: { port: 0 },
    namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'sql' }, { name: 'web' }] }],
  });
  addresses = await relay.listen();
}

async function get(path: string): Promise<string> {
  const response = await fetch(`${addresses.admin}${path}`, {
    headers: { Authorization: `Bearer ${relay.adminToken}` },
  });
  expect(response.status).toBe(200);
  return response.text();
}

// biome-ignore lint/suspicious/noExplicitAny: what JSON holds is looked at by expectations.
const json = async (path: string): Promise<any> => JSON.parse(await get(path));

/** Waits until it holds, and gives what it looked at. */
async function until<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Opens a connection and closes it, from both ends. */
async function visit(token?: string): Promise<void> {
  const sender = await open(connectUrl(relay, 'sql', token === undefined ? {} : { token }));
  await roundTrip(sender, 'hello');
  sender.close();
  await once(sender, 'close');
}

/** The value of a metric of the hybrid connection `sql`. */
async function metric(name: string, labels = ''): Promise<number | undefined> {
  const place = `namespace="localhost",hybrid_connection="sql"${labels}`;
  const text = await get('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name}{${place}}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('the metrics of a relay', () => {
  it('count connections and bytes, those that are open included', async () => {
    await Listener.start(relay, 'sql');
    await visit();
    const sender = await open(connectUrl(relay, 'sql'));
    await roundTrip(sender, 'four');
    await refused(connectUrl(relay, 'sql', { token: tokenFor(relay, 'sql', { key: 'wrong' }) }));
    await until(
      () => metric('hybridge_active_connections'),
      (count) => count === 1,
    );
    expect(await metric('hybridge_active_listeners')).toBe(1);
    expect(await metric('hybridge_sender_connections_success_total')).toBe(2);
    expect(await metric('hybridge_sender_connections_client_error_total')).toBe(1);
    expect(await metric('hybridge_sender_connections_total')).toBe(3);
    expect(await metric('hybridge_sender_disconnects_total')).toBe(1);
    expect(await metric('hybridge_bytes_transferred_total', ',direction="from_sender"')).toBe(9);
    expect(await metric('hybridge_bytes_transferred_total', ',direction="from_listener"')).toBe(9);
    sender.terminate();
  });

  it('count HTTP requests', async () => {
    await HttpListener.start(relay, 'sql', (received) => respond(received, 'hello'));
    await ask(relay, 'sql', { method: 'POST', body: 'abc' });
    expect(
      await until(
        () => metric('hybridge_http_requests_total'),
        (count) => count === 1,
      ),
    ).toBe(1);
    expect(await metric('hybridge_sender_connections_success_total')).toBe(1);
    expect(await metric('hybridge_active_http_requests')).toBe(0);
    expect(await metric('hybridge_bytes_transferred_total', ',direction="from_listener"')).toBe(5);
  });

  it('are lines that Prometheus reads, and say how the process does', async () => {
    await Listener.start(relay, 'sql');
    const text = await get('/metrics');
    for (const line of text.split('\n').slice(0, -1)) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{([a-z_]+="[^"\\]*",?)+\})? -?[\d.e+-]+)$/,
      );
    }
    for (const name of [
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'hybridge_uptime_seconds',
    ]) {
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });

  it('show nothing of names that somebody made up', async () => {
    await refused(connectUrl(relay, 'made-up', { token: tokenFor(relay, 'sql') }));
    const text = await get('/metrics');
    expect(text).not.toContain('made-up');
    expect(text).toContain('hybridge_refusals_total{action="connect",code=');
  });
});

describe('the use of keys', () => {
  it('tells the listeners and senders of each key apart', async () => {
    const by = (policy: string, slot: 'primary' | 'secondary') => tokenFor(relay, 'sql', { policy, slot });
    await Listener.start(relay, 'sql', { token: by('defaultListener', 'primary') });
    await Listener.start(relay, 'sql', { token: by('defaultListener', 'secondary') });
    await visit(by('defaultSender', 'secondary'));
    await visit(by('defaultSender', 'secondary'));
    const { policies } = await json('/api/key-use?namespace=localhost&hybridConnection=sql');
    // biome-ignore lint/suspicious/noExplicitAny: JSON.
    const policy = (name: string) => policies.find((each: any) => each.name === name);
    expect(policy('defaultListener')).toMatchObject({
      level: 'hybridConnection',
      keys: {
        primary: {
          listeners: [{ remoteAddress: expect.stringMatching(/^127\.0\.0\.1:/) }],
          recentSenders: [],
        },
        secondary: { listeners: [{}], lastUsedAt: expect.any(String) },
      },
    });
    const { primary, secondary } = policy('defaultSender').keys;
    expect(primary.lastUsedAt).toBeUndefined();
    expect(secondary.recentSenders).toEqual([
      { remoteAddress: '127.0.0.1', lastSeenAt: secondary.lastUsedAt, count: 2 },
    ]);
    expect(policy('RootManageSharedAccessKey')).toMatchObject({ level: 'namespace' });
  });

  it('of a key that was changed begins anew, and of the other one stays', async () => {
    const by = (slot: 'primary' | 'secondary') => tokenFor(relay, 'sql', { policy: 'defaultSender', slot });
    await Listener.start(relay, 'sql');
    await visit(by('primary'));
    await visit(by('secondary'));
    await new Promise((resolve) => setTimeout(resolve, 2));
    await relay.regenerateKey({ hybridConnection: 'sql', policy: 'defaultSender' }, 'primary');
    const { policies } = await json('/api/key-use?namespace=localhost&hybridConnection=sql');
    // biome-ignore lint/suspicious/noExplicitAny: JSON.
    const { keys } = policies.find((each: any) => each.name === 'defaultSender');
    expect(keys.primary).toMatchObject({ recentSenders: [] });
    expect(keys.primary.lastUsedAt).toBeUndefined();
    expect(keys.secondary.recentSenders).toHaveLength(1);
  });
});

describe('what is to survive a restart', () => {
  it('does: metering, and when a key was last used', async () => {
    const listener = await Listener.start(relay, 'sql');
    await visit();
    listener.control.close();
    await until(
      () => metric('hybridge_active_listeners'),
      (count) => count === 0,
    );
    const before = await json('/api/metering');
    const keys = await json('/api/key-use?namespace=localhost&hybridConnection=sql');
    expect(before.hybridConnections).toEqual([
      { namespace: 'localhost', name: 'sql', listeners: 0, listenerHours: expect.any(Number), bytes: 10 },
    ]);
    await relay.close();
    await start();
    await Listener.start(relay, 'sql');
    await visit();
    const after = await until(
      () => json('/api/metering'),
      ({ hybridConnections: [{ bytes }] }) => bytes === 20,
    );
    expect(after.since).toBe(before.since);
    expect(after.hybridConnections[0].listenerHours).toBeGreaterThanOrEqual(
      before.hybridConnections[0].listenerHours,
    );
    const { policies } = await json('/api/key-use?namespace=localhost&hybridConnection=sql');
    const root = (
      report: readonly { name: string; keys: { primary: { recentSenders: { count: number }[] } } }[],
    ) => report.find((each) => each.name === 'RootManageSharedAccessKey')!.keys.primary;
    expect(root(policies).recentSenders[0]!.count).toBe(root(keys.policies).recentSenders[0]!.count + 1);
    const file = JSON.parse(await readFile(join(dataDir, 'usage.json'), 'utf8'));
    expect(JSON.stringify(file)).not.toMatch(/SharedAccess(Key=|Signature)/);
  });
});

describe('the view of what happens', () => {
  it('has the last connections that ended, newest first', async () => {
    await Listener.start(relay, 'sql');
    await visit();
    await visit();
    const look = () => json('/api/closed?namespace=localhost&hybridConnection=sql&limit=5');
    const { closed } = await until(look, (answer) => answer.closed.length === 2);
    expect(closed[0].closedAt >= closed[1].closedAt).toBe(true);
    expect(closed[0]).toMatchObject({
      ...{ namespace: 'localhost', hybridConnection: 'sql', bytesFromSender: 5, bytesFromListener: 5 },
      ...{ reason: expect.any(String), durationMs: expect.any(Number), id: expect.any(String) },
    });
    expect((await json('/api/closed?namespace=localhost&hybridConnection=web')).closed).toEqual([]);
  });

  it('has records, found by what they are about', async () => {
    await Listener.start(relay, 'sql');
    await visit();
    const look = () => json('/api/audit?operation=SenderConnectionClosed&hybridConnection=sql');
    const { records } = await until(look, (answer) => answer.records.length === 1);
    expect(records[0].properties).toMatchObject({ namespace: 'localhost', bytesFromSender: 5 });
  });

  it('has who changed what, and no key', async () => {
    const body = { name: 'somebody', role: 'reader' };
    await fetch(`${addresses.admin}/api/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${relay.adminToken}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const look = () => json('/api/audit?operation=Microsoft.Relay/Administration');
    const { records } = await until(look, (answer) => answer.records.length > 0);
    expect(records[0]).toMatchObject({
      category: 'Administrative',
      properties: {
        ...{ method: 'POST', path: '/api/tokens', status: 201, role: 'owner' },
        ...{ tokenName: expect.any(String), remoteAddress: expect.any(String) },
      },
    });
    expect(JSON.stringify(records)).not.toContain(relay.adminToken);
  });

  it('has series under the documented names', async () => {
    const { stepMs, points, metrics } = await json('/api/series?namespace=localhost&minutes=10');
    expect([stepMs, points]).toEqual([5_000, 120]);
    expect(Object.keys(metrics)).toContain('ListenerConnections-ClientError');
    expect(metrics.ActiveConnections).toHaveLength(120);
  });

  it('comes by itself', async () => {
    const stop = new AbortController();
    const response = await fetch(`${addresses.admin}/api/live`, {
      headers: { Authorization: `Bearer ${relay.adminToken}` },
      signal: stop.signal,
    });
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) text += chunk;
    })().catch(() => undefined);
    const has = (part: string) =>
      until(
        async () => text,
        (all) => all.includes(part),
      );
    await has('event: overview');
    await Listener.start(relay, 'sql');
    await has('event: record');
    expect(text).toContain('NewListenerRegistered');
    await relay.addHybridConnection('more');
    await has('event: changed');
    stop.abort();
    await reading;
  });
});
