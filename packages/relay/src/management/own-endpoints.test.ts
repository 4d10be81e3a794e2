import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OWNER, startAdmin, type TestAdmin } from '../../test/managed.js';
import type { AdminPorts, AuditedAction, LiveEvent } from '../admin/ports.js';

const GROUP = '/subscriptions/S/resourceGroups/RG';
const NS = `${GROUP}/providers/Microsoft.Relay/namespaces/contoso`;
const RELAY = 'api-version=2017-04-01';
const WEB = 'api-version=2016-08-01';

let admin: TestAdmin;
const asked: [string, unknown][] = [];
const recorded: AuditedAction[] = [];
let watch: ((event: LiveEvent) => void) | undefined;
let ended = 0;

const ports: AdminPorts = {
  alarms: {
    current: () => [
      { id: 'audit-disk', since: '2026-01-01T00:00:00Z', message: 'full', advice: 'make room' },
    ],
    notReady: () => 'the store cannot write',
  },
  audit: {
    query: (filter) => {
      asked.push(['audit', filter]);
      return { records: [{ message: '<script>alert(1)</script>' }], next: 'cursor' };
    },
    record: (action) => recorded.push(action),
  },
  metrics: {
    text: () => '# TYPE up gauge\nup 1\n',
    series: (filter) => {
      asked.push(['series', filter]);
      return {
        from: '2026-01-01T00:00:00Z',
        stepMs: 60_000,
        points: 1,
        metrics: { ActiveListeners: [null] },
      };
    },
    metering: () => ({ since: '2026-01-01T00:00:00Z', hybridConnections: [] }),
  },
  closed: {
    list: (filter) => {
      asked.push(['closed', filter]);
      return [];
    },
  },
  keyUse: {
    report: (scope) => {
      asked.push(['key-use', scope]);
      return { policies: [] };
    },
  },
  live: {
    subscribe: (send) => {
      watch = send;
      send({ event: 'overview', data: { totals: {} } });
      return () => {
        ended += 1;
      };
    },
  },
};

beforeEach(async () => {
  asked.length = 0;
  recorded.length = 0;
  ended = 0;
  watch = undefined;
  admin = await startAdmin({ ports });
  const { relay } = admin;
  await relay.change({
    type: 'put-namespace',
    name: 'contoso',
    labels: { subscription: 'S', resourceGroup: 'RG' },
  });
  await relay.change({
    type: 'put-hybrid-connection',
    ...{ namespace: 'contoso', name: 'hyco', endpoint: 'db01:1433' },
  });
});
afterEach(() => admin[Symbol.asyncDispose]());

const attachToShop = async () => {
  const labels = { subscription: 'S', resourceGroup: 'RG' };
  await admin.relay.change({ type: 'put-plan', name: 'farm', labels });
  await admin.relay.change({ type: 'put-app', name: 'shop', labels, plan: 'farm' });
  await admin.relay.change({
    type: 'attach',
    ...{ subscription: 'S', app: 'shop', namespace: 'contoso', hybridConnection: 'hyco' },
  });
};
const roll = () =>
  admin.ask('POST', `${NS}/hybridConnections/hyco/authorizationRules/defaultSender/regenerateKeys?${RELAY}`, {
    keyType: 'PrimaryKey',
  });

describe('the session', () => {
  it('says whose token it is, which relay, and what is wrong', async () => {
    expect((await admin.ask('GET', '/api/session')).body).toEqual({
      token: { id: 'admin', name: 'admin token', role: 'owner' },
      relay: {
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        url: 'ws://127.0.0.1:8080',
        startedAt: '2026-01-01T00:00:00.000Z',
        uptimeMs: 1_000,
      },
      labels: { subscription: '00000000-0000-0000-0000-000000000000', resourceGroup: 'hybridge' },
      limits: {
        listenersPerHybridConnection: 25,
        connectionsPerNamespace: 5_000,
        pendingPerNamespace: 2_000,
        hybridConnectionsPerNamespace: 10_000,
        authorizationRules: 12,
      },
      alarms: [expect.objectContaining({ id: 'audit-disk' })],
    });
  });
});

describe('the inventory', () => {
  it('has everything, and no key', async () => {
    await attachToShop();
    admin.relay.here.set('contoso/hyco', { listeners: [{}], tunnels: [{}, {}] });
    const { body, text } = await admin.ask('GET', '/api/inventory');
    expect(body).toMatchObject({
      subscriptions: [{ subscriptionId: 'S', resourceGroups: ['RG'] }],
      namespaces: [
        {
          id: NS,
          name: 'contoso',
          declared: false,
          hybridConnections: [
            {
              id: `${NS}/hybridConnections/hyco`,
              name: 'hyco',
              endpoint: 'db01:1433',
              listenerCount: 1,
              status: 'Connected',
              connections: 2,
              apps: ['shop'],
            },
          ],
        },
      ],
      plans: [
        {
          name: 'farm',
          tier: 'Basic',
          limit: 5,
          used: 1,
          hybridConnections: [{ namespace: 'contoso', name: 'hyco', apps: ['shop'] }],
        },
      ],
      apps: [
        {
          name: 'shop',
          plan: 'farm',
          hybridConnections: [
            {
              namespace: 'contoso',
              name: 'hyco',
              hostname: 'db01',
              port: 1433,
              sendKeyName: 'defaultSender',
              inSync: true,
            },
          ],
        },
      ],
    });
    for (const key of keysIn(admin)) expect(text).not.toContain(key);
  });

  it('says which app has an old key, until keys are synced', async () => {
    await attachToShop();
    await roll();
    const inSync = async () =>
      (await admin.ask('GET', '/api/inventory')).body.apps[0].hybridConnections[0].inSync;
    expect(await inSync()).toBe(false);
    const where = { namespace: 'contoso', hybridConnection: 'hyco' };
    expect((await admin.ask('POST', '/api/sync-keys', where)).body).toEqual({ updated: ['shop'] });
    expect(await inSync()).toBe(true);
    expect((await admin.ask('POST', '/api/sync-keys', { ...where, apps: ['shop'] })).body).toEqual({
      updated: [],
    });
    const second = { ...where, key: 'secondary', apps: [{ subscription: 'S', app: 'shop' }] };
    expect((await admin.ask('POST', '/api/sync-keys', second)).body).toEqual({ updated: ['shop'] });
    expect((await admin.ask('POST', '/api/sync-keys', { ...where, apps: ['other'] })).status).toBe(404);
  });
});

describe('joined connections and listeners', () => {
  beforeEach(async () => {
    await admin.relay.change({ type: 'put-hybrid-connection', namespace: 'contoso', name: 'other' });
    const tunnel = (id: string, openedAt: string) => ({ id, openedAt: new Date(openedAt) });
    admin.relay.here.set('contoso/hyco', {
      listeners: [{ id: 'listener-1' }],
      tunnels: [tunnel('tunnel-1', '2026-01-01T00:00:00Z'), tunnel('tunnel-2', '2026-01-03T00:00:00Z')],
    });
    admin.relay.here.set('contoso/other', { tunnels: [tunnel('tunnel-3', '2026-01-02T00:00:00Z')] });
  });

  it('are listed, the newest first', async () => {
    const { body } = await admin.ask('GET', '/api/tunnels?limit=2');
    expect(body).toMatchObject({
      total: 3,
      tunnels: [
        { id: 'tunnel-2', namespace: 'contoso', hybridConnection: 'hyco' },
        { id: 'tunnel-3', namespace: 'contoso', hybridConnection: 'other' },
      ],
    });
    expect((await admin.ask('GET', '/api/tunnels?namespace=CONTOSO&hybridConnection=Hyco')).body.total).toBe(
      2,
    );
    expect((await admin.ask('GET', '/api/tunnels?namespace=nowhere')).body).toEqual({
      total: 0,
      tunnels: [],
    });
    expect((await admin.ask('GET', '/api/listeners')).body).toEqual({
      listeners: [{ id: 'listener-1', namespace: 'contoso', hybridConnection: 'hyco' }],
    });
  });

  it('are cut by their ids', async () => {
    expect((await admin.ask('DELETE', '/api/tunnels/tunnel-1')).status).toBe(204);
    expect(admin.relay.cut).toEqual(['tunnel-1']);
    expect((await admin.ask('DELETE', '/api/tunnels/nothing')).status).toBe(404);
  });
});

describe('what others know', () => {
  it('is asked with the filter that was given', async () => {
    const audit = await admin.ask(
      'GET',
      '/api/audit?namespace=contoso&from=2026-01-01T00:00:00Z&text=%3Cscript%3E',
    );
    expect(audit.body).toEqual({ records: [{ message: '<script>alert(1)</script>' }], next: 'cursor' });
    await admin.ask('GET', '/api/series?minutes=5&namespace=');
    await admin.ask('GET', '/api/closed?limit=7&namespace=contoso');
    await admin.ask('GET', '/api/key-use?namespace=CONTOSO&hybridConnection=hyco');
    expect(asked).toEqual([
      ['audit', { namespace: 'contoso', from: '2026-01-01T00:00:00Z', text: '<script>', limit: 100 }],
      ['series', { minutes: 5 }],
      ['closed', { namespace: 'contoso', limit: 7 }],
      ['key-use', { namespace: 'contoso', hybridConnection: 'hyco' }],
    ]);
    expect((await admin.ask('GET', '/api/metering')).body).toMatchObject({ hybridConnections: [] });
  });

  it.each([
    ['/api/audit?from=yesterday', 400],
    ['/api/audit?limit=0', 400],
    ['/api/series?minutes=1441', 400],
    ['/api/closed?other=1', 400],
    ['/api/key-use?namespace=contoso', 400],
    ['/api/key-use?namespace=contoso&hybridConnection=nothing', 404],
  ])('is not asked by %s', async (path, status) => {
    expect((await admin.ask('GET', path)).status).toBe(status);
    expect(asked).toEqual([]);
  });

  it('is metrics for Prometheus, too, for those who have a token', async () => {
    const { text, headers } = await admin.ask('GET', '/metrics');
    expect([text, headers.get('content-type')]).toEqual([
      '# TYPE up gauge\nup 1\n',
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect((await fetch(`${admin.url}/metrics`)).status).toBe(401);
    await using open = await startAdmin({ ports, publicMetrics: true });
    expect((await fetch(`${open.url}/metrics`)).status).toBe(200);
  });

  it('is not there at a relay that has none of it', async () => {
    await using bare = await startAdmin();
    for (const path of ['live', 'closed', 'series', 'metering', 'audit']) {
      const { status, body } = await bare.ask('GET', `/api/${path}`);
      expect([path, status, body.error.code]).toEqual([path, 501, 'NotImplemented']);
    }
    expect((await bare.ask('GET', '/api/session')).body.alarms).toEqual([]);
  });
});

describe('health', () => {
  it('names what is wrong, without a token', async () => {
    const health = await fetch(`${admin.url}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok', alarms: ['audit-disk'] }]);
    const ready = await fetch(`${admin.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'the store cannot write' },
    ]);
  });

  it.each([
    ['ok', 200],
    ['degraded', 200],
    ['down', 503],
    ['starting', 503],
    ['closing', 503],
  ] as const)('is told of a relay that is %s', async (status, code) => {
    await using other = await startAdmin({ health: () => status });
    for (const path of ['/healthz', '/readyz']) {
      const answer = await fetch(`${other.url}${path}`);
      expect([answer.status, await answer.json()]).toEqual([code, { status }]);
    }
  });
});

describe('tokens', () => {
  it('are made, shown once, used and revoked', async () => {
    const made = await admin.ask('POST', '/api/tokens', { name: 'dashboard', role: 'reader' });
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(String),
        name: 'dashboard',
        role: 'reader',
        token: expect.stringMatching(/^[\w-]{43}$/),
      },
    ]);
    const { id, token } = made.body;
    const listed = await admin.ask('GET', '/api/tokens');
    expect(listed.body.tokens).toEqual([
      { id, name: 'dashboard', role: 'reader', createdAt: expect.any(String) },
    ]);
    expect(JSON.stringify(admin.relay.model)).not.toContain(token);
    const asReader = { authorization: `Bearer ${token}` };
    expect((await admin.ask('GET', '/api/session', undefined, asReader)).body.token).toMatchObject({ id });
    expect((await admin.ask('DELETE', `/api/tokens/${id}`)).status).toBe(204);
    expect((await admin.ask('GET', '/api/session', undefined, asReader)).status).toBe(401);
    expect((await admin.ask('DELETE', `/api/tokens/${id}`)).status).toBe(404);
  });

  it.each([
    [{ name: '', role: 'reader' }, 'name'],
    [{ name: 'x', role: 'admin' }, 'role'],
    [{ name: 'x', role: 'reader', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'x', role: 'reader', expiresAt: 'tomorrow' }, 'expiresAt'],
    [{ name: 'x', role: 'reader', token: 'mine' }, 'token'],
  ])('are not made of %j', async (body, target) => {
    const answer = await admin.ask('POST', '/api/tokens', body);
    expect([answer.status, answer.body.error.target]).toEqual([400, target]);
    expect(admin.relay.model.tokens).toEqual([]);
  });
});

describe('a role', () => {
  const HC = `${NS}/hybridConnections/hyco`;
  const SITE = `${GROUP}/providers/Microsoft.Web/sites/shop`;
  const table: [string, string, string, unknown?][] = [
    ['reader', 'GET', '/api/inventory'],
    ['reader', 'GET', `${HC}?${RELAY}`],
    ['operator', 'POST', `${HC}/authorizationRules/defaultSender/listKeys?${RELAY}`],
    ['operator', 'PUT', `${HC}?${RELAY}`, {}],
    ['operator', 'DELETE', `${HC}?${RELAY}`],
    ['operator', 'PUT', `${SITE}?${WEB}`, {}],
    ['operator', 'DELETE', '/api/tunnels/tunnel-1'],
    ['operator', 'POST', '/api/sync-keys', { namespace: 'contoso', hybridConnection: 'hyco' }],
    ['owner', 'PUT', `${NS}?${RELAY}`, {}],
    ['owner', 'DELETE', `${NS}?${RELAY}`],
    ['owner', 'GET', '/api/tokens'],
    ['owner', 'POST', '/api/tokens', { name: 'x', role: 'owner' }],
  ];
  const ranks = ['reader', 'operator', 'owner'];

  it.each(table)('of at least %s is needed for %s %s', async (needed, method, path, body) => {
    for (const role of ranks) {
      const { token } = (await admin.ask('POST', '/api/tokens', { name: role, role })).body;
      const before = admin.relay.changes.length;
      const answer = await admin.ask(method, path, body, { authorization: `Bearer ${token}` });
      if (ranks.indexOf(role) >= ranks.indexOf(needed)) {
        expect([role, answer.status]).not.toEqual([role, 403]);
      } else {
        expect([role, answer.status, answer.body.error.code]).toEqual([role, 403, 'AuthorizationFailed']);
        expect(admin.relay.changes.length).toBe(before);
      }
    }
  });
});

describe('what was done', () => {
  it('is told to the audit log, with who did it and never with a key', async () => {
    await roll();
    await admin.ask('DELETE', '/api/tunnels/nothing');
    await admin.ask('GET', '/api/session', undefined, { authorization: 'Bearer wrong' });
    expect(recorded).toEqual([
      {
        action: 'regenerateHybridConnectionKey',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        details: { key: 'primary' },
        tokenId: 'admin',
        tokenName: 'admin token',
        role: 'owner',
        remoteAddress: '127.0.0.1',
        method: 'POST',
        path: `${NS}/hybridConnections/hyco/authorizationRules/defaultSender/regenerateKeys`,
        status: 200,
      },
      expect.objectContaining({ action: 'cutTunnel', status: 404 }),
      {
        action: 'refused',
        requestId: expect.any(String),
        remoteAddress: '127.0.0.1',
        method: 'GET',
        path: '/api/session',
        status: 401,
      },
    ]);
  });

  it('is told with what only the body says, and is tied to its answer', async () => {
    await attachToShop();
    const place = { namespace: 'contoso', hybridConnection: 'hyco' };
    const { headers } = await admin.ask('POST', '/api/sync-keys', { ...place, key: 'secondary' });
    const { id } = (await admin.ask('POST', '/api/tokens', { name: 'Ann', role: 'reader' })).body;
    await admin.ask('DELETE', `/api/tokens/${id}`);
    const rule = `${NS}/authorizationRules/own?${RELAY}`;
    await admin.ask('PUT', rule, { properties: { rights: ['Listen', 'Send'] } });
    expect(recorded.map(({ action, details }) => [action, details])).toEqual([
      ['syncKeys', { ...place, key: 'secondary', apps: 'shop' }],
      ['makeToken', { madeId: id, madeName: 'Ann', madeRole: 'reader' }],
      ['revokeToken', { revokedId: id, revokedName: 'Ann' }],
      ['putNamespaceRule', { rights: 'Send, Listen' }],
    ]);
    expect(recorded[0]!.requestId).toBe(headers.get('x-ms-request-id'));
  });

  it('has nothing of questions that every reader may ask', async () => {
    await admin.ask('POST', `/subscriptions/S/providers/Microsoft.Relay/checkNameAvailability?${RELAY}`, {
      name: 'x',
    });
    expect(recorded).toEqual([]);
  });

  it('is not buried below those who come without a token', async () => {
    await using other = await startAdmin({ ports, now: () => 0 });
    const nobody = { authorization: '' };
    for (let times = 0; times < 15; times += 1) await other.ask('GET', '/api/session', undefined, nobody);
    expect(recorded).toHaveLength(10);
  });
});

describe('those who watch', () => {
  const open = (authorization: string, signal?: AbortSignal) =>
    fetch(`${admin.url}/api/live`, { headers: { authorization }, ...(signal && { signal }) });

  it('see events as they come, until they go', async () => {
    const { token } = (await admin.ask('POST', '/api/tokens', { name: 'x', role: 'reader' })).body;
    const going = new AbortController();
    const stream = await open(`Bearer ${token}`, going.signal);
    expect([stream.status, stream.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('event: overview\ndata: {"totals":{}}\n\n');
    watch?.({ event: 'record', data: { message: 'two\nlines' } });
    expect((await reader.read()).value).toBe('event: record\ndata: {"message":"two\\nlines"}\n\n');
    going.abort();
    await expect.poll(() => ended).toBe(1);
  });

  it('are sent away when their token is revoked', async () => {
    const { id, token } = (await admin.ask('POST', '/api/tokens', { name: 'x', role: 'reader' })).body;
    const stream = await open(`Bearer ${token}`);
    await admin.ask('DELETE', `/api/tokens/${id}`);
    watch?.({ event: 'changed', data: { what: 'secret' } });
    expect(await stream.text()).not.toContain('secret');
    expect(ended).toBe(1);
  });

  it('are cut when they do not read, with all that waits for them', async () => {
    const socket = net.connect(admin.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.pause();
    socket.write(`GET /api/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OWNER}\r\n\r\n`);
    await expect.poll(() => watch).toBeDefined();
    const big = 'x'.repeat(500_000);
    for (let sent = 0; ended === 0 && sent < 200; sent += 1) {
      watch?.({ event: 'record', data: { message: big } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ended).toBe(1);
    const closed = once(socket, 'close');
    let received = '';
    socket.on('data', (bytes) => {
      received = received.slice(-2) + String(bytes);
    });
    socket.resume();
    await closed;
    // Cut in the middle: a stream that is ended by the relay has a last chunk.
    expect(received.endsWith('0\r\n\r\n')).toBe(false);
  });

  it('are no more than so many', async () => {
    const going = new AbortController();
    const { token } = (await admin.ask('POST', '/api/tokens', { name: 'x', role: 'reader' })).body;
    const streams = await Promise.all(
      Array.from({ length: 64 }, () => open(`Bearer ${token}`, going.signal)),
    );
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    const refused = await open(`Bearer ${token}`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    going.abort();
    await expect.poll(() => ended).toBe(64);
    const again = new AbortController();
    expect((await open(`Bearer ${token}`, again.signal)).status).toBe(200);
    again.abort();
  });
});

function keysIn({ relay }: TestAdmin): string[] {
  const keys = relay.model.namespaces.flatMap(({ authorizationRules, hybridConnections }) =>
    [authorizationRules, ...hybridConnections.map((each) => each.authorizationRules)]
      .flat()
      .flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey]),
  );
  expect(keys.length).toBeGreaterThan(0);
  return keys;
}
