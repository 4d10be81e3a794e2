/**
 * What becomes of many who are connected when what they are connected to is taken away, and of changes that come at once.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connectUrl, Listener, open, refused, roundTrip, tokenFor } from '../test/clients.js';
import { RelayServer } from './relay-server.js';

const TUNNELS = 100;

let relay: RelayServer;
afterEach(() => relay.close({ graceMs: 0 }));

async function start(): Promise<void> {
  relay = new RelayServer({
    listen: { port: 0 },
    namespaces: [
      { name: 'localhost', hosts: ['127.0.0.1'], hybridConnections: [{ name: 'sql' }] },
      { name: 'other.example', hybridConnections: [{ name: 'web' }] },
    ],
  });
  await relay.listen();
}

describe('a namespace with 100 tunnels that is deleted', () => {
  it('closes them and its listeners, and leaves alone who is elsewhere', async () => {
    await start();
    const listener = await Listener.start(relay, 'sql');
    const tunnels = await Promise.all(Array.from({ length: TUNNELS }, () => open(connectUrl(relay, 'sql'))));
    await Promise.all(tunnels.map((tunnel) => roundTrip(tunnel)));
    const url = connectUrl(relay, 'sql');
    const ends = tunnels.map(
      (tunnel) => new Promise((resolve) => tunnel.once('close', (code) => resolve(code))),
    );
    await relay.managed.change({ type: 'delete-namespace', name: 'LOCALHOST' });
    expect(await listener.closed).toMatchObject({ code: 1001 });
    expect(new Set(await Promise.all(ends))).toEqual(new Set([1001]));
    expect(relay.status().namespaces.map(({ name, connections }) => [name, connections])).toEqual([
      ['other.example', 0],
    ]);
    expect(await refused(url)).toMatchObject({ status: 404 });
  });

  it('may be the last one: everybody is refused until there is another', async () => {
    await start();
    await relay.managed.change({ type: 'delete-namespace', name: 'other.example' });
    const url = connectUrl(relay, 'sql');
    await relay.managed.change({ type: 'delete-namespace', name: 'localhost' });
    expect(relay.status().namespaces).toEqual([]);
    expect(await refused(url)).toMatchObject({ status: 404 });
    await relay.managed.change({ type: 'put-namespace', name: 'localhost' });
    await relay.managed.change({ type: 'put-hybrid-connection', namespace: 'localhost', name: 'sql' });
    await Listener.start(relay, 'sql');
    await roundTrip(await open(connectUrl(relay, 'sql')));
    // Another namespace of the same name has other keys.
    expect(await refused(url)).toMatchObject({ status: 401 });
  });
});

describe('changes of one policy that come at once', () => {
  it('all count, each by itself', async () => {
    await start();
    const keys = { type: 'set-keys', namespace: 'localhost', hybridConnection: 'sql' } as const;
    const name = 'defaultListener';
    const byPrimary = await Listener.start(relay, 'sql', { token: tokenFor(relay, 'sql', { policy: name }) });
    await Promise.all([
      relay.managed.change({ ...keys, name, primaryKey: 'first' }),
      relay.managed.change({ ...keys, name, secondaryKey: 'second' }),
      relay.managed.change({ ...keys, name: 'DEFAULTLISTENER', primaryKey: 'third' }),
    ]);
    const [rule] = relay.managed.model.namespaces[0]!.hybridConnections[0]!.authorizationRules;
    expect(rule).toMatchObject({ name, primaryKey: 'third', secondaryKey: 'second' });
    expect(await byPrimary.closed).toMatchObject({ code: 1008 });
    for (const [key, isGood] of [
      ['first', false],
      ['second', true],
      ['third', true],
    ] as const) {
      const token = tokenFor(relay, 'sql', { policy: name, key });
      const listener = Listener.start(relay, 'sql', { token });
      if (isGood) expect((await listener).control.readyState).toBe(WebSocket.OPEN);
      else await expect(listener).rejects.toThrow();
    }
  });
});
