import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER, startAdmin, type TestAdmin } from '../../test/managed.js';
import { type Logger, silentLogger } from '../logger.js';
import { ManagementError } from '../model/management-error.js';
import { EMPTY_MODEL } from '../model/model.js';

const R = 'api-version=2024-01-01';
const W = 'api-version=2023-12-01';
const GROUP = '/subscriptions/S/resourceGroups/RG';
const NS = `${GROUP}/providers/Microsoft.Relay/namespaces/contoso`;
const HC = `${NS}/hybridConnections/hyco`;
const RULE = `${HC}/authorizationRules/defaultSender`;
const PLAN = `${GROUP}/providers/Microsoft.Web/serverfarms/farm`;
const SITE = `${GROUP}/providers/Microsoft.Web/sites/shop`;
const SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>';

let admin: TestAdmin;
beforeAll(async () => {
  admin = await startAdmin();
  await admin.ask('PUT', `${NS}?${R}`, {});
  await admin.ask('PUT', `${HC}?${R}`, {
    properties: { userMetadata: '[{"key":"endpoint","value":"db01:1433"}]' },
  });
  await admin.ask('PUT', `${PLAN}?${W}`, {});
  await admin.ask('PUT', `${SITE}?${W}`, { properties: { serverFarmId: 'farm' } });
});
afterAll(() => admin[Symbol.asyncDispose]());

/** Refused in the form of Azure Resource Manager, and nothing is changed by it. */
const expectRefused = async (
  [method, path, body, headers]: readonly [string, string, unknown?, Record<string, string>?],
  expected: { readonly status: number; readonly target?: string; readonly code?: string },
) => {
  const before = admin.relay.model;
  const answer = await admin.ask(method, path, body, headers);
  expect({ status: answer.status, ...answer.body.error }).toMatchObject({
    message: expect.stringMatching(/^.+\.$/s),
    ...expected,
  });
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(admin.relay.model).toBe(before);
};

/** Writes bytes, and reads the answer until the connection ends or the first answer is complete. */
const raw = (...pieces: (string | Buffer)[]): Promise<string> =>
  new Promise((resolve) => {
    const socket = net.connect(admin.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (/\r\n\r\n[\s\S]*\n$/.test(text)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text));
    for (const piece of pieces) socket.write(piece);
  });

describe('a body', () => {
  it.each([
    ['PUT', `${NS}?${R}`, { properties: { hostz: [] } }, 'properties.hostz'],
    ['PUT', `${NS}?${R}`, { sku: { name: 'Premium' } }, 'sku.name'],
    ['PUT', `${NS}?${R}`, { tags: { a: 1 } }, 'tags.a'],
    ['PUT', `${NS}?${R}`, { tags: [] }, 'tags'],
    ['PUT', `${NS}?${R}`, { location: 1 }, 'location'],
    ['PUT', `${NS}?${R}`, { locaton: 'x' }, 'locaton'],
    ['PUT', `${NS}?${R}`, [], 'body'],
    ['PUT', `${NS}?${R}`, 'null', 'body'],
    ['PUT', `${NS}?${R}`, '"text"', 'body'],
    [
      'PUT',
      `${NS}?${R}`,
      { properties: { publicNetworkAccess: 'Disabled' } },
      'properties.publicNetworkAccess',
    ],
    ['PUT', `${NS}?${R}`, { properties: { hosts: ['-'] } }, undefined],
    [
      'PUT',
      `${HC}?${R}`,
      { properties: { requiresClientAuthorisation: true } },
      'properties.requiresClientAuthorisation',
    ],
    [
      'PUT',
      `${HC}?${R}`,
      { properties: { requiresClientAuthorization: 'true' } },
      'properties.requiresClientAuthorization',
    ],
    ['PUT', `${HC}?${R}`, { properties: { userMetadata: {} } }, 'properties.userMetadata'],
    ['PUT', `${HC}?${R}`, { properties: { userMetadata: 'x'.repeat(1_025) } }, 'properties.userMetadata'],
    ['PUT', `${HC}?${R}`, { properties: { userMetadata: '\u0000' } }, 'properties.userMetadata'],
    ['PUT', `${RULE}?${R}`, {}, 'properties'],
    ['PUT', `${RULE}?${R}`, { properties: { rights: [] } }, 'properties.rights'],
    ['PUT', `${RULE}?${R}`, { properties: { rights: ['Own'] } }, 'properties.rights[0]'],
    ['PUT', `${RULE}?${R}`, { properties: { rights: 'Send' } }, 'properties.rights'],
    ['POST', `${RULE}/regenerateKeys?${R}`, { keyType: 'primary' }, 'keyType'],
    ['POST', `${RULE}/regenerateKeys?${R}`, { keyType: 'PrimaryKey', key: 7 }, 'key'],
    ['POST', `${RULE}/regenerateKeys?${R}`, { keyType: 'PrimaryKey', key: 'x'.repeat(257) }, undefined],
    ['PUT', `${PLAN}?${W}`, { sku: { tier: 7 } }, 'sku.tier'],
    ['PUT', `${SITE}?${W}`, { properties: { serverFarmId: 7 } }, 'properties.serverFarmId'],
    [
      'POST',
      '/api/tokens',
      { name: 'x', role: 'reader', __proto__: undefined, constructor: 1 },
      'constructor',
    ],
    ['POST', '/api/tokens', '{"name":"x","role":"reader","__proto__":{"role":"owner"}}', '__proto__'],
    ['POST', '/api/sync-keys', { namespace: 'contoso', hybridConnection: 'hyco', apps: [7] }, 'apps[0]'],
  ])('of %s %s that is %j is refused for its %s', async (method, path, body, target) => {
    await expectRefused([method, path, body], { status: 400, ...(target && { target }) });
  });

  it.each([
    ['{', 'is cut off'],
    ['{"a":1}{}', 'goes on'],
    ["{'a':1}", 'is no JSON'],
    ['\ufeff\ufeff{}', 'begins oddly'],
  ])('%j is refused, since it %s', async (text) => {
    await expectRefused(['PUT', `${NS}?${R}`, text], { status: 400, target: 'body' });
  });

  it('that is not UTF-8 is refused', async () => {
    const bytes = Buffer.from([0x22, 0xff, 0x22]);
    const head = `PUT ${NS}?${R} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OWNER}\r\nContent-Type: application/json\r\n`;
    const answer = await raw(`${head}Content-Length: ${bytes.length}\r\n\r\n`, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is needed', async () => {
    await expectRefused(['PUT', `${NS}?${R}`], { status: 400, target: 'body' });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'text/json;x=application/json',
  ])('of the type %s is refused: a form of another site could send it', async (type) => {
    await expectRefused(['PUT', `${NS}?${R}`, '{}', { 'content-type': type }], { status: 415 });
  });

  it('of ten megabytes is refused before it is read', async () => {
    const head = `PUT ${NS}?${R} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OWNER}\r\nContent-Type: application/json\r\n`;
    const announced = await raw(`${head}Content-Length: 10000000\r\n\r\n`);
    expect(announced).toMatch(/^HTTP\/1\.1 413 .*"code":"RequestEntityTooLarge"/s);
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 0x20), Buffer.from('\r\n')]);
    const chunked = await raw(
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      ...Array.from({ length: 17 }, () => chunk),
    );
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect((await admin.ask('GET', `${NS}?${R}`)).status).toBe(200);
  });

  it('that is announced first is waved on or refused, before it is sent', async () => {
    const head = (bytes: number) =>
      `PUT ${NS}?${R} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OWNER}\r\nContent-Type: application/json\r\n` +
      `Expect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`;
    expect(await raw(head(10_000_000))).toMatch(/^HTTP\/1\.1 413 /);
    expect(await raw(head(2), '{}')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  it('of somebody without a token is not read at all', async () => {
    const answer = await raw(
      `PUT ${NS}?${R} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 .*"code":"AuthenticationFailed"/s);
  });
});

describe('a name', () => {
  it.each([
    ['PUT', `${GROUP}/providers/Microsoft.Relay/namespaces/${encodeURIComponent(SCRIPT)}?${R}`, {}],
    ['PUT', `${GROUP}/providers/Microsoft.Relay/namespaces/a_b?${R}`, {}],
    ['PUT', `${GROUP}/providers/Microsoft.Relay/namespaces/${'a'.repeat(300)}?${R}`, {}],
    [
      'PUT',
      `/subscriptions/${encodeURIComponent(SCRIPT)}/resourceGroups/RG/providers/Microsoft.Relay/namespaces/x?${R}`,
      {},
    ],
    ['PUT', `${NS}/hybridConnections/${encodeURIComponent(SCRIPT)}?${R}`, {}],
    ['PUT', `${NS}/hybridConnections/a%2F%2Fb?${R}`, {}],
    ['PUT', `${NS}/hybridConnections/a~..~b?${R}`, {}],
    ['PUT', `${NS}/hybridConnections/%252e%252e?${R}`, {}],
    ['PUT', `${NS}/hybridConnections/${'a'.repeat(261)}?${R}`, {}],
    ['PUT', `${HC}/authorizationRules/${'a'.repeat(300)}?${R}`, { properties: { rights: ['Send'] } }],
    [
      'PUT',
      `${GROUP}/providers/Microsoft.Web/sites/${encodeURIComponent(SCRIPT)}?${W}`,
      { properties: { serverFarmId: 'farm' } },
    ],
    ['PUT', `${GROUP}/providers/Microsoft.Web/serverfarms/a%2Fb?${W}`, {}],
    ['PUT', `/subscriptions/S/resourceGroups/${encodeURIComponent(SCRIPT)}?api-version=2021-04-01`, {}],
  ])('out of grammar in %s %s is refused', async (method, path, body) => {
    await expectRefused([method, path, body], { status: 400 });
  });
});

describe('an address', () => {
  it.each([
    ['/api/nothing', 404],
    ['/api', 404],
    ['/api/', 404],
    ['/api//status', 404],
    ['/api/status/', 404],
    ['/subscriptions/S/providers/Microsoft.Storage/accounts', 404],
    [`${GROUP}/providers/Microsoft.Relay/namespaces//hybridConnections?${R}`, 404],
  ])('%s leads nowhere', async (path, status) => {
    await expectRefused(['GET', path], { status });
  });

  it.each([
    '/portal/../api/status',
    '/portal/%2e%2e/api/status',
    '/api/tokens/..',
    '/api/%00',
    '/api\\status',
    'http://127.0.0.1/api/status',
    '/%ff',
  ])('%s is refused as it is', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OWNER}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('below which something is guarded says nothing to anybody, not even what there is', async () => {
    for (const path of [
      '/api/nothing',
      '/api/status',
      '/subscriptions',
      '/providers/x',
      '/API/status',
      '/metrics',
    ]) {
      const response = await fetch(`${admin.url}${path}`);
      expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Bearer',
      ]);
    }
  });

  it('takes the methods that it knows, and names them', async () => {
    for (const method of ['POST', 'OPTIONS', 'TRACE', 'FOO']) {
      const answer = await raw(
        `${method} /api/status HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OWNER}\r\nContent-Length: 0\r\n\r\n`,
      );
      // Node itself refuses a method that HTTP does not have.
      expect(answer).toMatch(
        method === 'FOO' ? /^HTTP\/1\.1 400 / : /^HTTP\/1\.1 405 .*\r\nAllow: GET, HEAD\r\n/s,
      );
    }
  });

  it('answers HEAD as GET, without a body', async () => {
    const answer = await fetch(`${admin.url}/api/status`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${OWNER}` },
    });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
  });
});

describe('somebody who guesses', () => {
  it('has to wait, and learns nothing meanwhile', async () => {
    // Its clock stands still, so no failure is forgiven.
    await using other = await startAdmin({ now: () => 0 });
    const guess = (token: string) =>
      other.ask('GET', '/api/session', undefined, { authorization: `Bearer ${token}` });
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) statuses.push((await guess(`wrong-${count}`)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
    const { status, headers, body } = await guess(OWNER);
    expect([status, headers.get('retry-after'), body.error.code]).toEqual([429, '1', 'TooManyRequests']);
    expect((await fetch(`${other.url}/healthz`)).status).toBe(200);
  });
});

describe('the page of another site', () => {
  const origin = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };

  it('is told nothing that a browser would let it read', async () => {
    const answers = await Promise.all([
      admin.ask('GET', '/api/status', undefined, origin),
      admin.ask('GET', '/healthz', undefined, origin),
      fetch(`${admin.url}/api/tokens`, {
        method: 'OPTIONS',
        headers: { ...origin, 'access-control-request-method': 'POST' },
      }),
    ]);
    for (const { headers } of answers) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('cannot act in the name of who looks at it: nothing but the header counts', async () => {
    const response = await fetch(`${admin.url}/api/tokens?access_token=${OWNER}&token=${OWNER}`, {
      headers: { ...origin, cookie: `token=${OWNER}; authorization=Bearer ${OWNER}` },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toBeNull();
  });
});

describe('a script in a text', () => {
  it('comes back as JSON, which no browser takes for a page', async () => {
    const tags = { note: SCRIPT };
    await admin.ask('PUT', `${NS}?${R}`, { location: SCRIPT, tags });
    await admin.ask('PUT', `${NS}/hybridConnections/scripted?${R}`, { properties: { userMetadata: SCRIPT } });
    await admin.ask('POST', '/api/tokens', { name: SCRIPT, role: 'reader' });
    const answers = await Promise.all([
      admin.ask('GET', `${NS}?${R}`),
      admin.ask('GET', `${NS}/hybridConnections/scripted?${R}`),
      admin.ask('GET', '/api/inventory'),
      admin.ask('GET', '/api/tokens'),
      admin.ask('GET', `/api/${encodeURIComponent(SCRIPT)}`),
      admin.ask('POST', '/api/tokens', { name: 'x', role: 'reader', [SCRIPT]: 1 }),
      admin.ask('GET', `/portal/${encodeURIComponent(SCRIPT)}`),
    ]);
    for (const { headers } of answers) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
      });
    }
    expect(answers[0].body.tags).toEqual(tags);
    await admin.ask('PUT', `${NS}?${R}`, { location: 'local', tags: {} });
  });
});

describe('a tag', () => {
  it('may have the name of something that every object has', async () => {
    const { status } = await admin.ask('PUT', `${NS}?${R}`, '{"tags":{"__proto__":"x","constructor":"y"}}');
    expect(status).toBeLessThan(500);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    await admin.ask('PUT', `${NS}?${R}`, { tags: {} });
  });
});

describe('a failure', () => {
  it.each([
    ['ERR_RELAY_STORE', 503, 'StoreUnavailable'],
    ['ERR_RELAY_CONFLICT', 409, 'Conflict'],
    ['ERR_RELAY_QUOTA', 403, 'QuotaExceeded'],
    ['ERR_RELAY_NOT_FOUND', 404, 'ResourceNotFound'],
    ['ERR_RELAY_INVALID', 400, 'BadRequest'],
  ] as const)('%s is answered with %d %s', async (failure, status, code) => {
    admin.relay.failure = new ManagementError(failure, 'it cannot be', { target: 'properties.x' });
    await expectRefused(['PUT', `${NS}?${R}`, {}], { status, code, target: 'properties.x' });
    admin.relay.failure = undefined;
  });

  it('that nobody foresaw keeps its words to itself', async () => {
    const errors: unknown[] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (message, fields) => errors.push({ message, ...fields }),
    };
    await using other = await startAdmin({ relay: admin.relay, logger });
    admin.relay.failure = new Error('a mistake in the program');
    const { status, text, headers } = await other.ask('PUT', `${NS}?${R}`, {});
    admin.relay.failure = undefined;
    expect([status, text.includes('mistake')]).toEqual([500, false]);
    const requestId = headers.get('x-ms-request-id');
    expect(errors).toEqual([
      { message: 'The admin port failed', requestId, method: 'PUT', error: 'a mistake in the program' },
    ]);
    await other.ask('GET', '/api/audit');
    expect(errors.length).toBe(1);
  });
});

describe('a link to the next page', () => {
  const list = `${NS}/authorizationRules?${R}&$top=1`;

  it('begins with the host that the client used, and with nothing that a header may claim', async () => {
    for (const name of ['a', 'b']) {
      await admin.ask('PUT', `${NS}/authorizationRules/${name}?${R}`, { properties: { rights: ['Send'] } });
    }
    const { body } = await admin.ask('GET', list, undefined, {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    });
    expect(body.nextLink.startsWith(`${admin.url}${NS}/authorizationRules?`)).toBe(true);
  });

  it('begins with the public address of a relay that has one', async () => {
    await using behind = await startAdmin({
      relay: admin.relay,
      publicUrl: 'https://ops.example.net/relay/',
    });
    const { body } = await behind.ask('GET', list);
    expect(body.nextLink.startsWith(`https://ops.example.net/relay${NS}/authorizationRules?`)).toBe(true);
  });

  it.each(['evil.example/x', 'a b', 'evil@x', ''])('is not made of the host %j', async (host) => {
    const answer = await raw(
      `GET ${list} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${OWNER}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

it('stores nothing of all that', () => {
  expect(admin.relay.model).not.toBe(EMPTY_MODEL);
  const { namespaces, apps, plans } = admin.relay.model;
  expect(namespaces.map(({ name }) => name)).toEqual(['contoso']);
  expect([apps.length, plans.length]).toEqual([1, 1]);
  expect(namespaces[0]!.hybridConnections.map(({ name }) => name)).toEqual(['hyco', 'scripted']);
});
