import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAdmin, type TestAdmin } from '../../test/managed.js';

const V = 'api-version=2024-01-01';
const GROUP = '/subscriptions/S/resourceGroups/RG';
const NS = `${GROUP}/providers/Microsoft.Relay/namespaces/contoso`;
const HC = `${NS}/hybridConnections/hyco`;
const ENDPOINT = '[{"key":"endpoint","value":"db01.corp.local:1433"}]';

let admin: TestAdmin;
beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(() => admin[Symbol.asyncDispose]());

const ask: TestAdmin['ask'] = (method, path, ...rest) =>
  admin.ask(method, `${path}${path.includes('?') ? '&' : '?'}${V}`, ...rest);

const makeNamespace = () => ask('PUT', NS, { location: 'West Europe', tags: { team: 'data' } });
const makeHybridConnection = () => ask('PUT', HC, { properties: { userMetadata: ENDPOINT } });

describe('a namespace', () => {
  it('is created with 201 and is ready at once, then updated with 200', async () => {
    const created = await makeNamespace();
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: NS,
      name: 'contoso',
      type: 'Microsoft.Relay/Namespaces',
      location: 'West Europe',
      tags: { team: 'data' },
      sku: { name: 'Standard', tier: 'Standard' },
      properties: {
        provisioningState: 'Succeeded',
        status: 'Active',
        metricId: 'S:contoso',
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
        updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        serviceBusEndpoint: 'https://contoso:443/',
        publicNetworkAccess: 'Enabled',
        privateEndpointConnections: [],
      },
    });
    const updated = await ask('PUT', NS, created.body);
    expect([updated.status, updated.body]).toEqual([200, created.body]);
    expect((await ask('GET', NS)).body).toEqual(created.body);
  });

  it('is found in any case of the address, and nowhere else', async () => {
    await makeNamespace();
    const shouted = NS.replace('contoso', 'CONTOSO').replace('resourceGroups/RG', 'RESOURCEGROUPS/rg');
    expect((await ask('GET', shouted)).body).toMatchObject({ id: NS });
    const { status, body } = await ask('GET', NS.replace('/RG/', '/other/'));
    expect([status, body.error.code]).toEqual([404, 'ResourceNotFound']);
  });

  it('is not made a second time elsewhere', async () => {
    await makeNamespace();
    const { status, body } = await ask('PUT', NS.replace('/RG/', '/other/'), {});
    expect([status, body.error.code]).toEqual([409, 'Conflict']);
  });

  it('gets other tags by PATCH, which makes none', async () => {
    expect((await ask('PATCH', NS, { tags: {} })).status).toBe(404);
    await makeNamespace();
    const { status, body } = await ask('PATCH', NS, { tags: { owner: 'kim' } });
    expect([status, body.tags, body.location]).toEqual([200, { owner: 'kim' }, 'West Europe']);
  });

  it('is deleted with 200, and with 204 when there is none', async () => {
    await makeNamespace();
    expect((await ask('DELETE', NS)).status).toBe(200);
    expect((await ask('DELETE', NS)).status).toBe(204);
    expect((await ask('GET', NS)).status).toBe(404);
  });

  it('is in the lists of its group and its subscription', async () => {
    await makeNamespace();
    await ask('PUT', NS.replace('/RG/', '/RG2/').replace('contoso', 'fabrikam'), {});
    const names = async (path: string) =>
      (await ask('GET', path)).body.value.map(({ name }: { name: string }) => name);
    const list = '/providers/Microsoft.Relay/namespaces';
    expect(await names(`/subscriptions/S${list}`)).toEqual(['contoso', 'fabrikam']);
    expect(await names(`${GROUP}${list}`)).toEqual(['contoso']);
    expect(await names(`/subscriptions/T${list}`)).toEqual([]);
  });

  it('is open to everybody, which cannot be changed', async () => {
    await makeNamespace();
    const rules = `${NS}/networkRuleSets/default`;
    const { body } = await ask('GET', rules);
    expect(body.properties).toEqual({ defaultAction: 'Allow', publicNetworkAccess: 'Enabled', ipRules: [] });
    expect((await ask('PUT', rules, body)).status).toBe(200);
    const denied = await ask('PUT', rules, { properties: { defaultAction: 'Deny' } });
    expect([denied.status, denied.body.error]).toEqual([
      400,
      {
        code: 'NotSupported',
        message: 'Denying by default is not supported by this relay.',
        target: 'properties.defaultAction',
      },
    ]);
    expect((await ask('GET', `${NS}/privateEndpointConnections`)).body).toEqual({ value: [] });
  });
});

describe('a hybrid connection', () => {
  beforeEach(makeNamespace);

  it('is created, read and deleted, in the documented shape', async () => {
    const { status, body } = await makeHybridConnection();
    expect(status).toBe(200);
    expect(body).toEqual({
      id: HC,
      name: 'hyco',
      type: 'Microsoft.Relay/Namespaces/HybridConnections',
      location: 'West Europe',
      properties: {
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        listenerCount: 0,
        requiresClientAuthorization: true,
        userMetadata: ENDPOINT,
      },
    });
    expect((await ask('GET', HC.replace('hybridConnections', 'hybridconnections'))).body).toEqual(body);
    expect((await ask('PUT', HC, body)).body).toEqual(body);
    expect((await ask('DELETE', HC)).status).toBe(200);
    expect((await ask('DELETE', HC)).status).toBe(204);
    expect((await ask('GET', HC)).status).toBe(404);
  });

  it('says how many listen now', async () => {
    await makeHybridConnection();
    admin.relay.here.set('contoso/hyco', { listeners: [{ id: '1' }, { id: '2' }] });
    expect((await ask('GET', HC)).body.properties.listenerCount).toBe(2);
    expect((await ask('GET', `${NS}/hybridConnections`)).body.value[0].properties.listenerCount).toBe(2);
  });

  it.each(['%2F', '~'])('may have a slash in its name, in the address as %s', async (slash) => {
    const path = `${NS}/hybridConnections/site${slash}sql`;
    expect((await ask('PUT', path, {})).body).toMatchObject({
      id: `${NS}/hybridConnections/site~sql`,
      name: 'site/sql',
    });
    expect((await ask('GET', `${NS}/hybridConnections/site~sql`)).status).toBe(200);
    expect((await ask('GET', `${path}/authorizationRules`)).status).toBe(200);
    expect((await ask('DELETE', path)).status).toBe(200);
  });

  it('loses its note by an empty one', async () => {
    await makeHybridConnection();
    const { body } = await ask('PATCH', HC, { properties: { userMetadata: '' } });
    expect(body.properties.userMetadata).toBeUndefined();
  });

  it('keeps whether senders need a token', async () => {
    await ask('PUT', HC, { properties: { requiresClientAuthorization: false } });
    const { status, body } = await ask('PUT', HC, { properties: { requiresClientAuthorization: true } });
    expect([status, body.error.target]).toEqual([409, 'properties.requiresClientAuthorization']);
  });

  it('is listed a page at a time', async () => {
    for (const name of ['d', 'B', 'a', 'c']) await ask('PUT', `${NS}/hybridConnections/${name}`, {});
    const names: string[] = [];
    let link: string | undefined = `${admin.url}${NS}/hybridConnections?${V}&$top=3`;
    const pages: number[] = [];
    while (link !== undefined) {
      expect(link).toMatch(new RegExp(`^${admin.url}${NS}/hybridConnections\\?api-version=2024-01-01&`));
      const { body } = await admin.ask('GET', link.slice(admin.url.length));
      names.push(...body.value.map(({ name }: { name: string }) => name));
      pages.push(body.value.length);
      link = body.nextLink;
    }
    expect([names, pages]).toEqual([
      ['a', 'B', 'c', 'd'],
      [3, 1],
    ]);
  });

  it('is not skipped when another one is deleted between two pages', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await ask('PUT', `${NS}/hybridConnections/${name}`, {});
    const first = await ask('GET', `${NS}/hybridConnections?$top=2`);
    await ask('DELETE', `${NS}/hybridConnections/a`);
    const second = await admin.ask('GET', first.body.nextLink.slice(admin.url.length));
    expect(second.body.value.map(({ name }: { name: string }) => name)).toEqual(['c', 'd']);
  });

  it.each(['$top=0', '$top=1001', '$top=x', '$skiptoken=%2B%2B'])('is not listed by %s', async (query) => {
    const { status, body } = await ask('GET', `${NS}/hybridConnections?${query}`);
    expect([status, body.error.target?.toLowerCase()]).toEqual([400, query.split('=')[0]]);
  });
});

describe.each([
  ['a namespace', NS, 'Microsoft.Relay/Namespaces/AuthorizationRules', 'Endpoint=sb://contoso/;'],
  [
    'a hybrid connection',
    HC,
    'Microsoft.Relay/Namespaces/HybridConnections/AuthorizationRules',
    ';EntityPath=hyco',
  ],
])('a policy of %s', (_what, owner, type, inConnectionString) => {
  const rule = `${owner}/authorizationRules/reports`;
  beforeEach(async () => {
    await makeNamespace();
    await makeHybridConnection();
  });

  it('is created, listed and deleted, without its keys', async () => {
    const { status, body } = await ask('PUT', rule, { properties: { rights: ['Send'] } });
    expect([status, body]).toEqual([
      200,
      { id: rule, name: 'reports', type, location: 'West Europe', properties: { rights: ['Send'] } },
    ]);
    expect((await ask('GET', rule)).body).toEqual(body);
    expect((await ask('GET', `${owner}/authorizationRules`)).body.value).toContainEqual(body);
    expect((await ask('DELETE', rule)).status).toBe(200);
    expect((await ask('DELETE', rule)).status).toBe(204);
    expect((await ask('GET', rule)).status).toBe(404);
  });

  it('shows its keys and connection strings to those who may', async () => {
    await ask('PUT', rule, { properties: { rights: ['Send'] } });
    const { status, body } = await ask('POST', `${rule}/listKeys`);
    expect(status).toBe(200);
    expect(Object.keys(body).sort()).toEqual([
      'keyName',
      'primaryConnectionString',
      'primaryKey',
      'secondaryConnectionString',
      'secondaryKey',
    ]);
    expect(body.primaryConnectionString).toContain(`SharedAccessKey=${body.primaryKey}`);
    expect(body.secondaryConnectionString).toContain(`SharedAccessKey=${body.secondaryKey}`);
    expect(body.primaryConnectionString).toContain(inConnectionString);
    expect(body.primaryConnectionString.includes('EntityPath')).toBe(owner === HC);
  });

  it('gets one new key at a time, made or given', async () => {
    await ask('PUT', rule, { properties: { rights: ['Send'] } });
    const before = (await ask('POST', `${rule}/listkeys`)).body;
    const { body: made } = await ask('POST', `${rule}/regenerateKeys`, { keyType: 'PrimaryKey' });
    expect(made.primaryKey).not.toBe(before.primaryKey);
    expect(made.secondaryKey).toBe(before.secondaryKey);
    const key = Buffer.from('a key of my own'.padEnd(32)).toString('base64');
    const { body: given } = await ask('POST', `${rule}/regenerateKeys`, { keyType: 'SecondaryKey', key });
    expect(given).toMatchObject({ primaryKey: made.primaryKey, secondaryKey: key });
  });
});

describe('a name', () => {
  it.each([
    ['contoso', { nameAvailable: false, reason: 'NameInUse' }],
    ['fabrikam', { nameAvailable: true, reason: 'None', message: '' }],
    ['relay.example.net', { nameAvailable: true, reason: 'None' }],
    ['-x', { nameAvailable: false, reason: 'InvalidName' }],
    ['<script>', { nameAvailable: false, reason: 'InvalidName' }],
  ])('%s is available: %j', async (name, answer) => {
    await makeNamespace();
    const path = '/subscriptions/S/providers/Microsoft.Relay/CheckNameAvailability';
    expect((await ask('POST', path, { name })).body).toMatchObject(answer);
  });
});

describe('an api-version', () => {
  it.each(['2016-07-01', '2017-04-01', '2021-11-01', '2024-01-01'])('%s is taken', async (version) => {
    await makeNamespace();
    expect((await admin.ask('GET', `${NS}?api-version=${version}`)).status).toBe(200);
  });

  it.each([
    ['', 'MissingApiVersionParameter'],
    ['?api-version=', 'MissingApiVersionParameter'],
    ['?api-version=2015-01-01', 'InvalidApiVersionParameter'],
  ])('%j is refused, and the answer names those that are taken', async (query, code) => {
    const { status, body } = await admin.ask('GET', `${NS}${query}`);
    expect([status, body.error.code, body.error.target]).toEqual([400, code, 'api-version']);
    expect(body.error.message).toContain('2024-01-01');
  });
});

describe('subscriptions and resource groups', () => {
  it('are what resources are in', async () => {
    const empty = await ask('GET', '/subscriptions');
    expect(empty.status).toBe(400);
    const V2 = 'api-version=2021-04-01';
    expect((await admin.ask('GET', `/subscriptions?${V2}`)).body).toEqual({ value: [] });
    expect((await admin.ask('PUT', `${GROUP}?${V2}`, { location: 'x' })).status).toBe(201);
    await makeNamespace();
    expect((await admin.ask('PUT', `${GROUP}?${V2}`, { location: 'x' })).status).toBe(200);
    expect((await admin.ask('GET', `/subscriptions?${V2}`)).body.value).toMatchObject([
      { subscriptionId: 'S' },
    ]);
    expect((await admin.ask('GET', `/subscriptions/S/resourcegroups?${V2}`)).body.value).toMatchObject([
      { id: GROUP, name: 'RG' },
    ]);
    expect((await admin.ask('DELETE', `${GROUP}?${V2}`)).status).toBe(409);
  });
});
