import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectUrl, Listener, open, roundTrip } from '../../test/clients.js';
import { RelayServer } from '../relay-server.js';
import type { RelayStatus } from '../relay-status.js';

let relay: RelayServer;
let admin: string;
let token: string | undefined;

beforeAll(async () => {
  relay = new RelayServer({
    listen: { port: 0 },
    admin: { port: 0 },
    namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'sql', endpoint: 'db01:5432' }] }],
  });
  admin = (await relay.listen()).admin!;
  token = relay.adminToken;
});
afterAll(() => relay.close({ graceMs: 0 }));

const get = (path: string, authorization?: string, method = 'GET') =>
  fetch(`${admin}${path}`, { method, headers: authorization === undefined ? {} : { authorization } });

/** As it is after a journey through JSON. */
type Json<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

describe('the admin port', () => {
  it('tells anybody that the relay is well', async () => {
    const response = await get('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it.each([undefined, '', 'Bearer', 'Bearer wrong', 'Basic eA=='])(
    'keeps the status from %j',
    async (authorization) => {
      const response = await get('/api/status', authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
    },
  );

  it('shows listeners and joined connections as they are now', async () => {
    const listener = await Listener.start(relay, 'sql');
    const sender = await open(connectUrl(relay, 'sql'));
    await roundTrip(sender, 'hello');
    const response = await get('/api/status', `Bearer ${token}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const text = await response.text();
    const status = JSON.parse(text) as Json<RelayStatus>;
    expect(status).toMatchObject({
      url: relay.url,
      uptimeMs: expect.any(Number),
      memory: { rss: expect.any(Number) },
    });
    expect(status.namespaces).toMatchObject([
      {
        name: 'localhost',
        pending: 0,
        connections: 1,
        hybridConnections: [
          {
            name: 'sql',
            endpoint: 'db01:5432',
            requiresClientAuthorization: true,
            listeners: [
              {
                policy: 'RootManageSharedAccessKey',
                key: 'primary',
                remoteAddress: expect.stringMatching(/^127/),
              },
            ],
            tunnels: [{ bytesFromSender: 5, bytesFromListener: 5, ageMs: expect.any(Number) }],
          },
        ],
      },
    ]);
    expect(text).not.toContain(token);
    expect(text).not.toContain('Key":"');
    sender.terminate();
    listener.control.terminate();
    await expect
      .poll(async () => {
        const later = await get('/api/status', `bearer ${token}`);
        const { namespaces } = (await later.json()) as Json<RelayStatus>;
        return [namespaces[0]?.connections, namespaces[0]?.hybridConnections[0]?.listeners.length];
      })
      .toEqual([0, 0]);
  });

  it('has nothing else, and takes no changes where there are none', async () => {
    expect((await get('/other')).status).toBe(404);
    expect((await get('/api/other', `Bearer ${token}`)).status).toBe(404);
    expect((await get('/healthz', undefined, 'POST')).status).toBe(405);
  });

  it('makes a hybrid connection that can be used at once', async () => {
    const hybridConnection =
      '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hybridge' +
      '/providers/Microsoft.Relay/namespaces/localhost/hybridConnections/made';
    const ask = (method: string, path = '') =>
      fetch(`${admin}${hybridConnection}${path}?api-version=2021-11-01`, {
        method,
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await ask('PUT')).status).toBe(200);
    const listener = await Listener.start(relay, 'made');
    const sender = await open(connectUrl(relay, 'made'));
    await roundTrip(sender, 'hello');
    const { properties } = (await (await ask('GET')).json()) as { properties: object };
    expect(properties).toMatchObject({ listenerCount: 1, requiresClientAuthorization: true });
    const keys = await ask('POST', '/authorizationRules/defaultListener/listKeys');
    expect(await keys.json()).toMatchObject({
      primaryConnectionString: relay.connectionString('made', 'defaultListener'),
    });
    const tunnels = await get('/api/tunnels?hybridConnection=made', `Bearer ${token}`);
    const {
      tunnels: [tunnel],
    } = (await tunnels.json()) as { tunnels: { id: string }[] };
    expect((await get(`/api/tunnels/${tunnel?.id}`, `Bearer ${token}`, 'DELETE')).status).toBe(204);
    await new Promise((resolve) => sender.once('close', resolve));
    expect((await ask('DELETE')).status).toBe(200);
    await expect.poll(() => listener.control.readyState).toBe(3);
  });

  it('says so while the relay closes', async () => {
    await Listener.start(relay, 'sql');
    const sender = await open(connectUrl(relay, 'sql'));
    const closing = relay.close({ graceMs: 1_000 });
    const health = await get('/healthz');
    expect(health.status).toBe(503);
    const status = await get('/api/status', `Bearer ${token}`);
    expect(((await status.json()) as Json<RelayStatus>).namespaces[0]?.connections).toBe(1);
    sender.close();
    await closing;
    await expect(get('/healthz')).rejects.toThrow();
  });
});
