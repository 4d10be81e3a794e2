import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAdmin, type TestAdmin } from '../../test/managed.js';

const V = 'api-version=2016-08-01';
const GROUP = '/subscriptions/S/resourceGroups/RG';
const NS = `${GROUP}/providers/Microsoft.Relay/namespaces/contoso`;
const HC = `${NS}/hybridConnections/hyco`;
const SITE = `${GROUP}/providers/Microsoft.Web/sites/shop`;
const PLAN = `${GROUP}/providers/Microsoft.Web/serverfarms/farm`;
const SITE_RELAY = `${SITE}/hybridConnectionNamespaces/contoso/relays/hyco`;
const PLAN_RELAY = `${PLAN}/hybridConnectionNamespaces/contoso/relays/hyco`;

let admin: TestAdmin;
beforeEach(async () => {
  admin = await startAdmin();
  await relay('PUT', NS, {});
  await addHybridConnection('hyco');
  await ask('PUT', PLAN, { location: 'West Europe', sku: { name: 'B1', tier: 'Basic' } });
  await ask('PUT', SITE, { location: 'West Europe', properties: { serverFarmId: PLAN } });
});
afterEach(() => admin[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: unknown) =>
  admin.ask(method, `${path}${path.includes('?') ? '&' : '?'}${V}`, body);
const relay = (method: string, path: string, body?: unknown) =>
  admin.ask(method, `${path}?api-version=2017-04-01`, body);
const addHybridConnection = (name: string, properties: object = {}) =>
  relay('PUT', `${NS}/hybridConnections/${name}`, {
    properties: { userMetadata: '[{"key":"endpoint","value":"db01.corp.local:1433"}]', ...properties },
  });
const attach = (name = 'hyco', properties: object = {}, site = SITE) =>
  ask('PUT', `${site}/hybridConnectionNamespaces/contoso/relays/${name}`, { properties });
const sendKeys = async () => (await relay('POST', `${HC}/authorizationRules/defaultSender/listKeys`)).body;

describe('an application plan', () => {
  it('is read in the documented shape', async () => {
    const { status, body } = await ask('GET', PLAN);
    expect([status, body]).toMatchObject([
      200,
      {
        id: PLAN,
        name: 'farm',
        type: 'Microsoft.Web/serverfarms',
        location: 'West Europe',
        sku: { tier: 'Basic', name: 'B1' },
        properties: { provisioningState: 'Succeeded', numberOfSites: 1 },
      },
    ]);
    expect((await ask('GET', `${GROUP}/providers/Microsoft.Web/serverfarms`)).body.value).toEqual([body]);
    expect((await ask('PUT', PLAN, body)).body).toEqual(body);
  });

  it.each([
    [{ tier: 'Basic' }, 5],
    [{ name: 'S2' }, 25],
    [{ name: 'P1v3', tier: 'PremiumV3' }, 200],
    [{ tier: 'PremiumV2' }, 200],
    [{ name: 'I1v2' }, 200],
  ])('of %j may use %d hybrid connections', async (sku, maximum) => {
    await ask('PUT', PLAN, { sku });
    const { body } = await ask('GET', `${PLAN}/hybridConnectionPlanLimits/limit`);
    expect(body).toMatchObject({ name: 'limit', properties: { current: 0, maximum } });
  });

  it('of a tier that has no hybrid connections is refused', async () => {
    const { status, body } = await ask('PUT', PLAN, { sku: { name: 'F1', tier: 'Free' } });
    expect([status, body.error.target]).toEqual([400, 'sku.tier']);
  });

  it('that has apps is not deleted', async () => {
    expect((await ask('DELETE', PLAN)).status).toBe(409);
    expect((await ask('DELETE', SITE)).status).toBe(200);
    expect((await ask('DELETE', PLAN)).status).toBe(200);
    expect((await ask('DELETE', PLAN)).status).toBe(204);
  });

  it('counts what several apps use once, and refuses what is more than it allows', async () => {
    const second = SITE.replace('shop', 'blog');
    await ask('PUT', second, { properties: { serverFarmId: 'farm' } });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await addHybridConnection(name);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      expect((await attach(name)).status).toBe(200);
      expect((await attach(name, {}, second)).status).toBe(200);
    }
    const { status, body } = await attach('f');
    expect([status, body.error.code]).toEqual([403, 'QuotaExceeded']);
    expect(body.error.message).toMatch(/Basic allows 5/);
    const limit = await ask('GET', `${PLAN}/hybridConnectionPlanLimits/limit`);
    expect(limit.body.properties).toEqual({ current: 5, maximum: 5 });
  });
});

describe('an app', () => {
  it('is read in the documented shape', async () => {
    const { status, body } = await ask('GET', SITE);
    expect([status, body]).toMatchObject([
      200,
      {
        id: SITE,
        name: 'shop',
        type: 'Microsoft.Web/sites',
        properties: { serverFarmId: PLAN, state: 'Running' },
      },
    ]);
    expect((await ask('GET', '/subscriptions/S/providers/Microsoft.Web/sites')).body.value).toEqual([body]);
    expect((await ask('PUT', SITE, body)).body).toEqual(body);
  });

  it.each([
    ['nothing', undefined],
    ['a plan that is not there', 'other'],
    ['a plan of another subscription', PLAN.replace('/S/', '/T/')],
    ['something else', NS],
  ])('is not created in %s', async (_what, serverFarmId) => {
    const { status, body } = await ask('PUT', SITE.replace('shop', 'new'), { properties: { serverFarmId } });
    expect([status, body.error.target]).toEqual([400, 'properties.serverFarmId']);
  });

  it('takes what it has attached with it', async () => {
    await attach();
    await ask('DELETE', SITE);
    expect((await ask('GET', PLAN_RELAY)).status).toBe(404);
  });
});

describe('a hybrid connection of an app', () => {
  it('is attached with a key, which only listKeys shows', async () => {
    const { primaryKey } = await sendKeys();
    const { status, body } = await ask('PUT', SITE_RELAY, {
      properties: {
        serviceBusNamespace: 'contoso',
        relayName: 'hyco',
        relayArmUri: HC,
        hostname: 'db01.corp.local',
        port: 1433,
        sendKeyName: 'defaultSender',
        sendKeyValue: primaryKey,
        serviceBusSuffix: '.servicebus.windows.net',
      },
    });
    expect([status, body]).toEqual([
      200,
      {
        id: SITE_RELAY,
        name: 'hyco',
        type: 'Microsoft.Web/sites/hybridConnectionNamespaces/relays',
        location: 'West Europe',
        properties: {
          serviceBusNamespace: 'contoso',
          relayName: 'hyco',
          relayArmUri: HC,
          hostname: 'db01.corp.local',
          port: 1433,
          sendKeyName: 'defaultSender',
          sendKeyValue: null,
          serviceBusSuffix: '',
        },
      },
    ]);
    expect((await ask('GET', SITE_RELAY)).body).toEqual(body);
    expect((await ask('GET', `${SITE}/hybridConnectionRelays`)).body).toEqual({ value: [body] });
    for (const path of [SITE_RELAY, PLAN_RELAY]) {
      const keys = await ask('POST', `${path}/listKeys`);
      expect(keys.body.properties).toEqual({ sendKeyName: 'defaultSender', sendKeyValue: primaryKey });
    }
    expect((await ask('DELETE', SITE_RELAY)).status).toBe(200);
    expect((await ask('DELETE', SITE_RELAY)).status).toBe(204);
    expect((await ask('GET', SITE_RELAY)).status).toBe(404);
  });

  it('is attached by its name alone', async () => {
    expect((await attach()).body.properties).toMatchObject({
      hostname: 'db01.corp.local',
      port: 1433,
      sendKeyName: 'defaultSender',
    });
  });

  it('may have its host written as older clients do', async () => {
    expect((await attach('hyco', { hostName: 'DB01.corp.local', port: 1433 })).status).toBe(200);
  });

  it.each([
    ['properties.relayArmUri', { relayArmUri: HC.replace('hyco', 'other') }],
    ['properties.relayArmUri', { relayArmUri: HC.replace('/RG/', '/other/') }],
    ['properties.relayArmUri', { relayArmUri: 'javascript:alert(1)' }],
    ['properties.serviceBusNamespace', { serviceBusNamespace: 'fabrikam' }],
    ['properties.relayName', { relayName: 'other' }],
    ['properties.hostname', { hostname: 'elsewhere.corp.local', port: 1433 }],
    ['properties.port', { port: 1434 }],
    ['properties.port', { port: '1433' }],
    ['properties.port', { port: 65_536 }],
    ['properties.sendKeyName', { sendKeyName: 'nobody' }],
    ['properties.sendKeyName', { sendKeyName: 'defaultListener' }],
    ['properties.sendkeyname', { sendkeyname: 'defaultSender' }],
  ])('is refused for its %s', async (target, properties) => {
    const { status, body } = await attach('hyco', properties);
    expect([status, body.error.target]).toEqual([400, target]);
    expect((await ask('GET', SITE_RELAY)).status).toBe(404);
  });

  it.each([
    ['has no endpoint', { userMetadata: 'a note' }, /endpoint/],
    ['does not require client authorization', { requiresClientAuthorization: false }, /client authorization/],
  ])('is refused when it %s, with the reason', async (_why, properties, reason) => {
    await addHybridConnection('other', properties);
    const { status, body } = await attach('other');
    expect([status, body.error.message]).toEqual([400, expect.stringMatching(reason)]);
  });

  it('that is not there is not found', async () => {
    expect((await attach('nothing')).status).toBe(404);
  });

  it('gets another key by PATCH, which attaches none', async () => {
    expect((await ask('PATCH', SITE_RELAY, { properties: {} })).status).toBe(404);
    await attach();
    const { secondaryKey } = await sendKeys();
    const patched = await ask('PATCH', SITE_RELAY, { properties: { sendKeyValue: secondaryKey } });
    expect(patched.status).toBe(200);
    const keys = await ask('POST', `${SITE_RELAY}/listKeys`);
    expect(keys.body.properties.sendKeyValue).toBe(secondaryKey);
  });
});

describe('a slot of an app', () => {
  const SLOT = `${SITE}/slots/staging`;

  it('attaches hybrid connections of its own', async () => {
    const made = await ask('PUT', SLOT, { properties: { serverFarmId: PLAN } });
    expect(made.body).toMatchObject({ id: SLOT, name: 'shop/staging', type: 'Microsoft.Web/sites/slots' });
    expect((await attach('hyco', {}, SLOT)).body.id).toBe(SITE_RELAY.replace(SITE, SLOT));
    expect((await ask('GET', SITE_RELAY)).status).toBe(404);
    expect((await ask('GET', `${SITE}/slots`)).body.value).toMatchObject([{ id: SLOT }]);
    expect((await ask('GET', `${PLAN_RELAY}/sites`)).body.value).toMatchObject([{ id: SLOT }]);
    expect((await ask('DELETE', SLOT)).status).toBe(200);
    expect((await ask('GET', SITE)).status).toBe(200);
  });
});

describe('a hybrid connection of a plan', () => {
  it('is listed with the apps that have attached it, and detached from all', async () => {
    const second = SITE.replace('shop', 'blog');
    await ask('PUT', second, { properties: { serverFarmId: PLAN } });
    await attach();
    await attach('hyco', {}, second);
    const { body } = await ask('GET', PLAN_RELAY);
    expect(body).toMatchObject({
      id: PLAN_RELAY,
      properties: { relayArmUri: HC, hostname: 'db01.corp.local', port: 1433, sendKeyValue: null },
    });
    expect((await ask('GET', `${PLAN}/hybridConnectionRelays`)).body.value).toEqual([body]);
    const sites = await ask('GET', `${PLAN_RELAY}/sites`);
    expect(sites.body.value.map(({ id }: { id: string }) => id)).toEqual([second, SITE]);
    expect((await ask('DELETE', PLAN_RELAY)).status).toBe(200);
    expect((await ask('DELETE', PLAN_RELAY)).status).toBe(204);
    expect((await ask('GET', `${SITE}/hybridConnectionRelays`)).body).toEqual({ value: [] });
  });
});

/** What `az webapp hybrid-connection` and `az appservice hybrid-connection` ask, in their order. */
describe('the az command', () => {
  const W = 'api-version=2023-12-01';
  const R = 'api-version=2017-04-01';

  it('adds, lists and removes a hybrid connection, and sets its key', async () => {
    const namespaces = await admin.ask('GET', `/subscriptions/S/providers/Microsoft.Relay/namespaces?${R}`);
    const { id } = namespaces.body.value.find(({ name }: { name: string }) => name === 'contoso');
    const { body: hybridConnection } = await admin.ask('GET', `${id}/hybridConnections/hyco?${R}`);
    const [item] = JSON.parse(hybridConnection.properties.userMetadata);
    const [hostname, port] = item.value.split(':');
    const rules = await admin.ask('GET', `${id}/hybridConnections/hyco/authorizationRules?${R}`);
    expect(rules.body.value).toContainEqual(
      expect.objectContaining({ name: 'defaultSender', properties: { rights: ['Send'] } }),
    );
    const keysOf = `${id}/hybridConnections/hyco/authorizationRules/defaultSender/listKeys?${R}`;
    const { body: keys } = await admin.ask('POST', keysOf);
    const envelope = (sendKeyValue: string) => ({
      properties: {
        serviceBusNamespace: 'contoso',
        relayName: 'hyco',
        relayArmUri: hybridConnection.id,
        hostname,
        port: Number(port),
        sendKeyName: 'defaultSender',
        sendKeyValue,
        serviceBusSuffix: '.servicebus.windows.net',
      },
    });
    const added = await admin.ask('PUT', `${SITE_RELAY}?${W}`, envelope(keys.primaryKey));
    expect(added.status).toBe(200);
    const listed = await admin.ask('GET', `${SITE}/hybridConnectionRelays?${W}`);
    expect(listed.body.value).toMatchObject([
      { name: 'hyco', location: expect.any(String), properties: { relayArmUri: hybridConnection.id } },
    ]);

    const ofPlan = await admin.ask('GET', `${PLAN_RELAY}?${W}`);
    expect(ofPlan.body.properties.relayArmUri).toBe(hybridConnection.id);
    const sites = await admin.ask('GET', `${PLAN_RELAY}/sites?${W}`);
    for (const site of sites.body.value) {
      const path = `${site.id}/hybridConnectionNamespaces/contoso/relays/hyco`;
      expect((await admin.ask('PATCH', `${path}?${W}`, envelope(keys.secondaryKey))).status).toBe(200);
    }
    const after = await admin.ask('POST', `${SITE_RELAY}/listKeys?${W}`);
    expect(after.body.properties.sendKeyValue).toBe(keys.secondaryKey);

    expect((await admin.ask('DELETE', `${SITE_RELAY}?${W}`)).status).toBe(200);
    expect((await admin.ask('GET', `${SITE}/hybridConnectionRelays?${W}`)).body.value).toEqual([]);
  });
});
