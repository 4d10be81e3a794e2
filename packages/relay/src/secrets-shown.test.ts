/**
 * Secrets of a relay that is managed and in use: they are shown to those who may read keys, and are nowhere else.
 *
 * Source: docs/management.md (tokens and roles); docs/audit-and-metrics.md (a record never holds a key or a token).
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectUrl, dial, Listener, open, roundTrip, tokenFor } from '../test/clients.js';
import { makeRoutes } from './management/routes.js';
import { RelayServer } from './relay-server.js';

const LABELS = '/subscriptions/S/resourceGroups/RG';
const SITE = `${LABELS}/providers/Microsoft.Web/sites/shop`;
const RELAY = 'api-version=2021-11-01';
const WEB = 'api-version=2016-08-01';
const HC = `${LABELS}/providers/Microsoft.Relay/namespaces/localhost/hybridConnections/sql`;
/** Keys that clients gave; those that were made are found in the model. */
const GIVEN = ['a-key-that-was-given-to-the-policy', 'a-key-that-was-given-to-the-app'] as const;

let relay: RelayServer;
let folder: string;
let admin: string;
let reader: string;
let secrets: string[];
const lines: string[] = [];

async function ask(method: string, path: string, body?: unknown, token = relay.adminToken!) {
  const going = new AbortController();
  const response = await fetch(admin + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: going.signal,
  });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = isStream
    ? String((await response.body!.pipeThrough(new TextDecoderStream()).getReader().read()).value)
    : await response.text();
  going.abort();
  return { status: response.status, text };
}

function keysOf({ model }: RelayServer['managed']): string[] {
  const owners = model.namespaces.flatMap((each) => [each, ...each.hybridConnections]);
  const rules = owners.flatMap(({ authorizationRules }) => authorizationRules);
  return rules.flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'relay-secrets-'));
  const log = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  relay = new RelayServer({
    dataDir: join(folder, 'data'),
    listen: { port: 0 },
    admin: { port: 0 },
    audit: { steps: true },
    namespaces: [
      {
        ...{ name: 'localhost', subscription: 'S', resourceGroup: 'RG' },
        hybridConnections: [{ name: 'sql', endpoint: 'db01:1433' }],
      },
    ],
    logger: { debug: log, info: log, warn: log, error: log },
  });
  admin = (await relay.listen()).admin!;
  const made = JSON.parse((await ask('POST', '/api/tokens', { name: 'x', role: 'reader' })).text);
  reader = made.token;
  secrets = [...keysOf(relay.managed), ...GIVEN, reader, relay.adminToken!];

  const farm = { sku: { name: 'B1' } };
  await ask('PUT', `${LABELS}/providers/Microsoft.Web/serverfarms/farm?${WEB}`, farm);
  await ask('PUT', `${SITE}?${WEB}`, { properties: { serverFarmId: 'farm' } });
  const attached = `${SITE}/hybridConnectionNamespaces/localhost/relays/sql?${WEB}`;
  const [key, copy] = GIVEN;
  const put = { properties: { sendKeyName: 'defaultSender', sendKeyValue: copy } };
  expect((await ask('PUT', attached, put)).status).toBe(200);
  await ask('PUT', `${SITE}/slots/blue?${WEB}`, { properties: { serverFarmId: 'farm' } });
  expect((await ask('PUT', attached.replace('/hybrid', '/slots/blue/hybrid'), put)).status).toBe(200);
  const policy = `${HC}/authorizationRules/defaultSender`;
  const rolled = await ask('POST', `${policy}/regenerateKeys?${RELAY}`, { keyType: 'SecondaryKey', key });
  expect(rolled.text).toContain(key);
  await ask('POST', `${policy}/listKeys?${RELAY}`);

  // Where a key does not belong: refusals must not repeat it.
  await ask('POST', `${policy}/regenerateKeys?${RELAY}`, { keyType: key, [copy]: key });
  await ask('PUT', attached, { properties: { sendKeyValue: key.repeat(20), port: copy } });
  await ask('PUT', `${HC}?${RELAY}`, { properties: { requiresClientAuthorization: key } });
  await ask('GET', '/api/session', undefined, GIVEN[0]);

  const listener = await Listener.start(relay, 'sql', {
    token: tokenFor(relay, 'sql', { policy: 'defaultListener' }),
  });
  await roundTrip(await open(connectUrl(relay, 'sql')));
  const forged = tokenFor(relay, 'sql', { policy: 'defaultSender', key: 'a wrong key' });
  await dial(connectUrl(relay, 'sql', { token: forged }));
  secrets.push(...keysOf(relay.managed), forged.slice(forged.indexOf('sig=')).split('&')[0]!.slice(4));
  expect(listener.control.readyState).toBe(1);
});
afterAll(async () => {
  await relay.close({ graceMs: 0 });
  rmSync(folder, { recursive: true });
});

/** What of the secrets stands in a text, as it is or as it is written in an address. */
const shownIn = (text: string) =>
  secrets.filter((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)));

const PARAMS: Readonly<Record<string, string>> = {
  ...{ subscription: 'S', resourceGroup: 'RG', namespace: 'localhost', hybridConnection: 'sql' },
  ...{ plan: 'farm', app: 'shop', slot: 'blue' },
};
const looks = makeRoutes({ publicMetrics: false }).filter(
  ({ method, role }) => method === 'GET' && role !== 'owner',
);

describe('the secrets of a relay', () => {
  it.each(looks)('are not in $path, to a reader', async ({ path, versions }) => {
    const isOfNamespace = path.endsWith('/namespaces/{namespace}/authorizationRules/{rule}');
    const rule = isOfNamespace ? 'RootManageSharedAccessKey' : 'defaultSender';
    const params = new Map(Object.entries({ ...PARAMS, rule }));
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => params.get(name)!);
    const scope = path === '/api/key-use' ? '?namespace=localhost&hybridConnection=sql' : '';
    const version = versions === undefined ? scope : `?api-version=${versions.at(-1)}`;
    const { status, text } = await ask('GET', address + version, undefined, reader);
    expect(status).toBe(200);
    expect(shownIn(text)).toEqual([]);
    expect(text).not.toContain('SharedAccessKey=');
  });

  it('are not in the list of tokens, nor what they are known by', async () => {
    const { text } = await ask('GET', '/api/tokens');
    expect(shownIn(text)).toEqual([]);
    expect(text).not.toContain(relay.managed.model.tokens[0]!.hash);
  });

  it('are neither in the audit log nor in the log', async () => {
    const audit = JSON.parse((await ask('GET', '/api/audit?limit=1000')).text);
    expect(audit.records.length).toBeGreaterThan(10);
    const files = readdirSync(join(folder, 'data', 'audit')).map((name) =>
      join(folder, 'data', 'audit', name),
    );
    const written = files.map((path) => readFileSync(path, 'utf8')).join('');
    expect(written).toContain('regenerateHybridConnectionKey');
    expect(shownIn(written)).toEqual([]);
    expect(lines.length).toBeGreaterThan(0);
    expect(shownIn(lines.join('\n'))).toEqual([]);
  });

  it('are in files of the owner only', () => {
    const data = join(folder, 'data');
    const modes = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => {
      const path = join(data, name);
      return [name, statSync(path).mode & 0o077];
    });
    expect(modes.length).toBeGreaterThan(2);
    expect(modes.filter(([, mode]) => mode !== 0)).toEqual([]);
    expect(statSync(data).mode & 0o077).toBe(0);
  });
});
