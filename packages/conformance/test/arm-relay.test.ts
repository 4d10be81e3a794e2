/**
 * Azure's own client of Microsoft.Relay, with our address in place of Azure's, behind a proxy that does TLS and gives the
 * relay a path of its own.
 *
 * Source: docs/protocol.md, section 6.2.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { RelayAPI } from '@azure/arm-relay';
import type { TokenCredential } from '@azure/core-auth';
import { RelayServer } from '@hybridge/relay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverCertificate } from '../src/certificates.js';

const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
const GROUP = 'integration';
const NAMESPACE = 'contoso.relay.test';
/** More than a page of a list. */
const MANY = 130;

let relay: RelayServer;
let proxy: https.Server;
let client: RelayAPI;
let behind: { readonly base: string; readonly ca: string };
let clientWith: (token: string, subscription?: string) => RelayAPI;

beforeAll(async () => {
  const { ca, cert, key } = await serverCertificate([]);
  let admin = '';
  proxy = https.createServer({ cert, key }, (request, response) => {
    const path = request.url?.replace(/^\/hybrid/, '');
    const { method, headers } = request;
    const onward = http.request(`${admin}${path}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const publicUrl = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}/hybrid`;
  relay = new RelayServer({
    listen: { port: 0 },
    admin: { port: 0, publicUrl },
    namespaces: [
      {
        name: 'declared.relay.test',
        hybridConnections: Array.from({ length: MANY }, (_, index) => ({ name: `hc-${index}` })),
      },
    ],
  });
  admin = (await relay.listen()).admin!;
  behind = { base: publicUrl, ca };
  clientWith = (token, subscription = SUBSCRIPTION) => {
    const credential: TokenCredential = {
      getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
    };
    return new RelayAPI(credential, subscription, {
      endpoint: publicUrl,
      tlsOptions: { ca },
      retryOptions: { maxRetries: 0 },
    });
  };
  client = clientWith(relay.adminToken!);
});

afterAll(async () => {
  proxy.close();
  proxy.closeAllConnections();
  await relay.close({ graceMs: 0 });
});

describe("Azure's client", () => {
  it('asks whether a name is free, and makes a namespace of it without waiting', async () => {
    expect(await client.namespaces.checkNameAvailability({ name: NAMESPACE })).toMatchObject({
      nameAvailable: true,
      reason: 'None',
    });
    const made = await client.namespaces.beginCreateOrUpdateAndWait(GROUP, NAMESPACE, {
      location: 'West Europe',
      tags: { team: 'data' },
      sku: { name: 'Standard', tier: 'Standard' },
    });
    expect(made).toMatchObject({
      id: `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.Relay/namespaces/${NAMESPACE}`,
      name: NAMESPACE,
      location: 'West Europe',
      tags: { team: 'data' },
      provisioningState: 'Succeeded',
      serviceBusEndpoint: expect.stringMatching(/^https?:\/\//),
    });
    expect(made.createdAt).toBeInstanceOf(Date);
    expect(await client.namespaces.get(GROUP, NAMESPACE)).toMatchObject({ name: NAMESPACE });
    expect(await client.namespaces.checkNameAvailability({ name: NAMESPACE })).toMatchObject({
      nameAvailable: false,
      reason: 'NameInUse',
    });
    const updated = await client.namespaces.update(GROUP, NAMESPACE, { tags: { team: 'web' } });
    expect(updated.tags).toEqual({ team: 'web' });
    expect((await all(client.namespaces.list())).map(({ name }) => name)).toEqual([NAMESPACE]);
    expect((await all(client.namespaces.listByResourceGroup(GROUP))).length).toBe(1);
  });

  it('makes, reads and lists hybrid connections', async () => {
    const userMetadata = '[{"key":"endpoint","value":"db01.corp.local:1433"}]';
    const made = await client.hybridConnections.createOrUpdate(GROUP, NAMESPACE, 'sql', {
      requiresClientAuthorization: true,
      userMetadata,
    });
    expect(made).toMatchObject({
      name: 'sql',
      requiresClientAuthorization: true,
      userMetadata,
      listenerCount: 0,
    });
    await client.hybridConnections.createOrUpdate(GROUP, NAMESPACE, 'site/sql', {});
    expect(await client.hybridConnections.get(GROUP, NAMESPACE, 'site/sql')).toMatchObject({
      name: 'site/sql',
    });
    const listed = await all(client.hybridConnections.listByNamespace(GROUP, NAMESPACE));
    expect(listed.map(({ name }) => name)).toEqual(['site/sql', 'sql']);
    const again = await client.hybridConnections.createOrUpdate(GROUP, NAMESPACE, 'sql', made);
    expect(again).toEqual(made);
  });

  it('follows links through a long list', async () => {
    const declared = clientWith(relay.adminToken!, '00000000-0000-0000-0000-000000000000');
    const pages: number[] = [];
    const pager = declared.hybridConnections.listByNamespace('hybridge', 'declared.relay.test');
    for await (const page of pager.byPage()) pages.push(page.length);
    expect(pages).toEqual([100, MANY - 100]);
  });

  it.each(['namespace', 'hybrid connection'])(
    'makes policies of a %s, and rolls their keys',
    async (level) => {
      const rules = rulesAt(level);
      await rules.put({ rights: ['Send'] });
      expect(await rules.get()).toMatchObject({ name: 'reports', rights: ['Send'] });
      expect((await all(rules.list())).map(({ name }) => name)).toContain('reports');
      const before = await rules.keys();
      expect(before).toMatchObject({
        keyName: 'reports',
        primaryConnectionString: expect.stringContaining(`SharedAccessKey=${before.primaryKey}`),
      });
      const after = await rules.regenerate({ keyType: 'PrimaryKey' });
      expect(after.primaryKey).not.toBe(before.primaryKey);
      expect(after.secondaryKey).toBe(before.secondaryKey);
      expect(await rules.keys()).toEqual(after);
      await rules.remove();
      await expect(rules.get()).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
    },
  );

  it('is told what is wrong, in the form that it knows', async () => {
    await expect(client.namespaces.get(GROUP, 'nothing')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    });
    await expect(
      client.hybridConnections.createOrUpdate(GROUP, NAMESPACE, 'a name with spaces', {}),
    ).rejects.toMatchObject({ statusCode: 400 });
    await expect(all(clientWith('wrong').namespaces.list())).rejects.toMatchObject({
      statusCode: 401,
      code: 'AuthenticationFailed',
    });
  });

  it('reads what can be done, and that nobody is kept out', async () => {
    const operations = await all(client.operations.list());
    expect(operations.map(({ name }) => name)).toContain('Microsoft.Relay/Namespaces/read');
    expect(await all(client.wCFRelays.listByNamespace(GROUP, NAMESPACE))).toEqual([]);
  });

  it('deletes what it made', async () => {
    await client.hybridConnections.delete(GROUP, NAMESPACE, 'sql');
    await client.hybridConnections.delete(GROUP, NAMESPACE, 'sql');
    await client.namespaces.beginDeleteAndWait(GROUP, NAMESPACE);
    await client.namespaces.beginDeleteAndWait(GROUP, NAMESPACE);
    expect(await all(client.namespaces.list())).toEqual([]);
  });
});

describe('the admin port below a path of a proxy', () => {
  it('leads to its portal there', async () => {
    const { base, ca } = behind;
    const { location } = await new Promise<http.IncomingHttpHeaders>((resolve, reject) => {
      https.get(`${base}/`, { ca }, ({ headers }) => resolve(headers)).once('error', reject);
    });
    expect(new URL(location!, `${base}/`).href).toBe(`${base}/portal/`);
  });
});

/** The same operations at both levels. */
function rulesAt(level: string) {
  const name = 'reports';
  if (level === 'namespace') {
    const at = client.namespaces;
    return {
      put: (rule: { rights: 'Send'[] }) => at.createOrUpdateAuthorizationRule(GROUP, NAMESPACE, name, rule),
      get: () => at.getAuthorizationRule(GROUP, NAMESPACE, name),
      list: () => at.listAuthorizationRules(GROUP, NAMESPACE),
      keys: () => at.listKeys(GROUP, NAMESPACE, name),
      regenerate: (what: { keyType: 'PrimaryKey' }) => at.regenerateKeys(GROUP, NAMESPACE, name, what),
      remove: () => at.deleteAuthorizationRule(GROUP, NAMESPACE, name),
    };
  }
  const at = client.hybridConnections;
  return {
    put: (rule: { rights: 'Send'[] }) =>
      at.createOrUpdateAuthorizationRule(GROUP, NAMESPACE, 'sql', name, rule),
    get: () => at.getAuthorizationRule(GROUP, NAMESPACE, 'sql', name),
    list: () => at.listAuthorizationRules(GROUP, NAMESPACE, 'sql'),
    keys: () => at.listKeys(GROUP, NAMESPACE, 'sql', name),
    regenerate: (what: { keyType: 'PrimaryKey' }) => at.regenerateKeys(GROUP, NAMESPACE, 'sql', name, what),
    remove: () => at.deleteAuthorizationRule(GROUP, NAMESPACE, 'sql', name),
  };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
