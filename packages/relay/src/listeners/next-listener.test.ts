/**
 * Several listeners of one hybrid connection, of which some do not do what they should.
 *
 * Source: docs/protocol.md, sections 2.10 and 3.3.
 */
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { connectUrl, Listener, open, refused, roundTrip, tokenFor } from '../../test/clients.js';
import type { ListenerSlow } from '../events.js';
import type { RelayServer } from '../relay-server.js';
import { type StartRelayOptions, startRelay } from '../start-relay.js';
import { MemoryBackplane } from './backplane.js';

let relay: RelayServer;
afterEach(() => relay.close());

const IDS = [
  '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa',
  '9c1f2f6e-0c52-4a0a-8a39-3f4c1d0b77e1',
  '0f8fad5b-d9cb-469f-a165-70867728950e',
] as const;

/** The listener that came last is asked first. */
async function start(options: StartRelayOptions = {}): Promise<void> {
  relay = await startRelay({
    ...(options.namespaces ? {} : { hybridConnections: ['sql'] }),
    backplane: new MemoryBackplane(() => 0.999),
    ...options,
  });
}

/** Says no to every sender. */
const rejecting = (status: number, description: string) => ({
  onAccept: ({ address }: { readonly address: string }) => {
    const reason = `&sb-hc-statusCode=${status}&sb-hc-statusDescription=${encodeURIComponent(description)}`;
    void refused(`${address}${reason}`);
  },
});

const silent = { onAccept: () => undefined };

describe('a listener that cannot reach its target', () => {
  it('is followed by the next one', async () => {
    await start();
    const good = await Listener.start(relay, 'sql');
    const bad = await Listener.start(
      relay,
      'sql',
      rejecting(502, 'ECONNREFUSED: the target refused the connection'),
    );
    const worse = await Listener.start(
      relay,
      'sql',
      rejecting(504, 'ETIMEDOUT: the target did not answer in time'),
    );
    await roundTrip(await open(connectUrl(relay, 'sql')));
    expect([worse, bad, good].map(({ accepts }) => accepts.length)).toEqual([1, expect.any(Number), 1]);
  });

  it('has its words told to the sender, when no other can either', async () => {
    await start();
    const failure = 'ECONNREFUSED: the target refused the connection';
    const all = [];
    for (let i = 0; i < 4; i += 1) all.push(await Listener.start(relay, 'sql', rejecting(502, failure)));
    expect(await refused(connectUrl(relay, 'sql'))).toMatchObject({ status: 502, reason: failure });
    expect(all.map(({ accepts }) => accepts.length)).toEqual([1, 1, 1, 1]);
    expect(relay.status().namespaces[0]).toMatchObject({ pending: 0 });
  });
});

describe('a listener whose application says no', () => {
  it.each([
    [403, 'Not today'],
    [502, 'The Listener’s custom AcceptHandler threw an exception.'],
    [404, 'ECONNREFUSED: but not in earnest'],
  ])('has the last word: %s %s', async (status, words) => {
    await start();
    const other = await Listener.start(relay, 'sql');
    await Listener.start(relay, 'sql', rejecting(status, words));
    expect(await refused(connectUrl(relay, 'sql'))).toMatchObject({ status });
    expect(other.accepts).toEqual([]);
  });
});

describe('a listener that does not come', () => {
  it('is followed by another one, soon', async () => {
    await start({ timeouts: { nextListenerAfterMs: 50 } });
    await Listener.start(relay, 'sql');
    const dead = await Listener.start(relay, 'sql', silent);
    await roundTrip(await open(connectUrl(relay, 'sql')));
    expect(dead.accepts).toHaveLength(1);
    // Its address is of no use any more.
    expect(await refused(dead.accepts[0]!.address)).toMatchObject({ status: 403 });
  });

  it('may be the first to come nevertheless', async () => {
    await start({ timeouts: { nextListenerAfterMs: 50 } });
    const second = await Listener.start(relay, 'sql', silent);
    const first = await Listener.start(relay, 'sql', silent);
    const sender = open(connectUrl(relay, 'sql'));
    await second.nextAccept();
    await first.echo(first.accepts[0]!);
    await roundTrip(await sender);
    expect(await refused(second.accepts[0]!.address)).toMatchObject({ status: 403 });
  });

  it('is not picked again and again, and the log is told', async () => {
    await start({ timeouts: { nextListenerAfterMs: 200 } });
    const slow: ListenerSlow[] = [];
    relay.events.on('listener-slow', (event) => slow.push(event));
    const good = await Listener.start(relay, 'sql');
    const dead = await Listener.start(relay, 'sql', silent);
    for (let i = 0; i < 6; i += 1) await roundTrip(await open(connectUrl(relay, 'sql')));
    expect(good.accepts).toHaveLength(6);
    expect(dead.accepts).toHaveLength(2);
    expect(slow).toMatchObject([
      { operationName: 'ListenerUnresponsive', hybridConnection: 'sql', misses: 2 },
    ]);
    const { listeners } = relay.status().namespaces[0]!.hybridConnections[0]!;
    expect(listeners.map(({ passedOverUntil }) => passedOverUntil)).toEqual([undefined, expect.any(Date)]);
  });

  it('is called all the same when it is the only one', async () => {
    await start({ timeouts: { nextListenerAfterMs: 20, acceptMs: 100 } });
    const only = await Listener.start(relay, 'sql', silent);
    for (let i = 0; i < 3; i += 1) {
      expect(await refused(connectUrl(relay, 'sql'))).toMatchObject({ status: 504 });
    }
    expect(only.accepts).toHaveLength(3);
  });
});

describe('a listener whose control channel goes while a sender waits for it', () => {
  it('is followed by another one at once', async () => {
    await start();
    await Listener.start(relay, 'sql');
    const dying = await Listener.start(relay, 'sql', silent);
    const sender = open(connectUrl(relay, 'sql'));
    await dying.nextAccept();
    dying.control.terminate();
    await roundTrip(await sender);
  });

  it('is followed by itself, when it comes back', async () => {
    await start();
    const dying = await Listener.start(relay, 'sql', { ...silent, id: IDS[0] });
    const sender = open(connectUrl(relay, 'sql'));
    await dying.nextAccept();
    await Listener.start(relay, 'sql', { id: IDS[0] });
    await roundTrip(await sender);
  });
});

describe('a sender that names its listeners', () => {
  it('gets one of those, or none', async () => {
    await start();
    const [a, b] = [
      await Listener.start(relay, 'sql', { id: IDS[0] }),
      await Listener.start(relay, 'sql', { id: IDS[1] }),
    ];
    const connect = (headers: Record<string, string>) => open(connectUrl(relay, 'sql'), { headers });
    for (let i = 0; i < 3; i += 1)
      await connect({ 'Microsoft-Relay-AllowedListeners': IDS[0].toUpperCase() });
    expect([a.accepts.length, b.accepts.length]).toEqual([3, 0]);
    await connect({ 'Microsoft-Relay-DisallowedListeners': IDS[0] });
    expect([a.accepts.length, b.accepts.length]).toEqual([3, 1]);
    for (const headers of [
      { 'Microsoft-Relay-AllowedListeners': IDS[2] },
      { 'Microsoft-Relay-DisallowedListeners': `${IDS[0]},${IDS[1]}` },
    ]) {
      expect(await refused(connectUrl(relay, 'sql'), { headers })).toMatchObject({
        status: 404,
        reason: expect.stringContaining(
          'None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria',
        ),
      });
    }
  });
});

describe('a storm of listeners that reconnect without pause', () => {
  it('is answered with 503, before their tokens are looked at, until it is over', async () => {
    let now = Date.now();
    await start({ now: () => now, limits: { listensPerSecond: 1 } });
    const url = `${relay.url}/$hc/sql?sb-hc-action=listen&sb-hc-token=nonsense`;
    const statuses = [];
    for (let i = 0; i < 14; i += 1) statuses.push((await refused(url)).status);
    expect(statuses).toEqual([...Array(10).fill(401), ...Array(4).fill(503)]);
    // Senders, and listeners of other hybrid connections, are not concerned.
    expect(await refused(`${relay.url}/$hc/sql?sb-hc-token=nonsense`)).toMatchObject({ status: 401 });
    expect(await refused(url.replace('/sql', '/other'))).toMatchObject({ status: 404 });
    now += 1_000;
    expect(await refused(url)).toMatchObject({ status: 401 });
    expect(await refused(url)).toMatchObject({ status: 503 });
  });
});

describe('a namespace with limits of its own', () => {
  it('is held to them, and the others to those of the relay', async () => {
    await start({
      namespaces: [
        {
          name: 'small.example',
          hybridConnections: [{ name: 'sql', requiresClientAuthorization: false }],
          limits: { listenersPerHybridConnection: 1, pending: 1, connections: 2 },
        },
        { name: 'large.example', hybridConnections: [{ name: 'sql', requiresClientAuthorization: false }] },
      ],
      limits: { listenersPerHybridConnection: 2 },
    });
    const at = (host: string) => ({ headers: { Host: host } });
    const listen = `${relay.url}/$hc/sql?sb-hc-action=listen&sb-hc-token=`;
    const url = (namespace: string) =>
      `${listen}${encodeURIComponent(tokenFor(relay, 'sql', { namespace }))}`;
    const control = await open(url('small.example'), at('small.example'));
    expect(await refused(url('small.example'), at('small.example'))).toMatchObject({ status: 503 });
    await open(url('large.example'), at('large.example'));
    await open(url('large.example'), at('large.example'));
    expect(await refused(url('large.example'), at('large.example'))).toMatchObject({ status: 503 });

    const told = once(control, 'message');
    const waiting = open(`${relay.url}/$hc/sql`, at('small.example')).catch(() => undefined);
    await told;
    expect(await refused(`${relay.url}/$hc/sql`, at('small.example'))).toMatchObject({
      status: 503,
      reason: expect.stringContaining('too many senders wait'),
    });
    control.terminate();
    await waiting;
  });
});
