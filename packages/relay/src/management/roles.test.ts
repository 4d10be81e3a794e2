/**
 * Who may do what, for every method of every address: the rule by itself, and not what the table says of each.
 *
 * Source: docs/management.md (tokens and roles).
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdmin, type TestAdmin } from '../../test/managed.js';
import type { Route } from './route.js';
import { makeRoutes } from './routes.js';

const PUBLIC = ['/healthz', '/readyz', '/openapi.json'];
/** What only looks though it is a POST. */
const LOOKS = ['checkNameAvailability'];
/** What only an owner may change: what is not of one hybrid connection, plan or app. */
const OWNED = [/^\/api\/tokens/, /\/namespaces\/\{namespace\}(\/networkRuleSets\/default)?$/];
/** A resource group is a label: it is made by use, and one that is in use cannot be deleted. */
const OWNED_DELETES = [/\/resourceGroups\/\{resourceGroup\}$/];

const ROLES = ['nobody', 'reader', 'operator', 'owner'] as const;
type Role = (typeof ROLES)[number];

/** The least role that the rule asks for. */
function ruled({ method, path }: Route): Role {
  if (PUBLIC.includes(path)) return 'nobody';
  if (path.startsWith('/api/tokens')) return 'owner';
  if (method === 'GET' || LOOKS.some((word) => path.endsWith(word))) return 'reader';
  const owned = [...OWNED, ...(method === 'DELETE' ? OWNED_DELETES : [])];
  return owned.some((pattern) => pattern.test(path)) ? 'owner' : 'operator';
}

const PARAMS: Readonly<Record<string, string>> = {
  subscription: 'S',
  resourceGroup: 'RG',
  namespace: 'contoso',
  hybridConnection: 'hyco',
  rule: 'defaultSender',
  plan: 'farm',
  app: 'shop',
  slot: 'blue',
  tunnel: 'tunnel',
  token: 'token',
};

/** Nothing of what is there is deleted, so that the next role finds it, too. */
function addressOf({ method, path, versions }: Route): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (PARAMS[name] === undefined) throw new Error(`nothing for {${name}}`);
    return method === 'DELETE' ? 'nothing' : PARAMS[name];
  });
  return versions === undefined ? filled : `${filled}?api-version=${versions.at(-1)}`;
}

let admin: TestAdmin;
const tokens = new Map<Role, string | undefined>();
beforeAll(async () => {
  admin = await startAdmin();
  const labels = { subscription: 'S', resourceGroup: 'RG' };
  await admin.relay.change({ type: 'put-namespace', name: 'contoso', labels });
  await admin.relay.change({
    type: 'put-hybrid-connection',
    ...{ namespace: 'contoso', name: 'hyco', endpoint: 'db01:1433' },
  });
  await admin.relay.change({ type: 'put-plan', name: 'farm', labels });
  await admin.relay.change({ type: 'put-app', name: 'shop', labels, plan: 'farm' });
  for (const role of ROLES.slice(1)) {
    tokens.set(role, (await admin.ask('POST', '/api/tokens', { name: role, role })).body.token);
  }
});
afterAll(() => admin[Symbol.asyncDispose]());

const routes = makeRoutes({ publicMetrics: false });

describe('the roles of the interface', () => {
  it.each(routes)('are those of the rule for $method $path', async (route) => {
    const { method } = route;
    const needed = ROLES.indexOf(ruled(route));
    for (const [rank, role] of ROLES.entries()) {
      const token = tokens.get(role);
      const before = admin.relay.model;
      const going = new AbortController();
      // A body that no address takes, so that nothing is changed by those who may.
      const response = await fetch(admin.url + addressOf(route), {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        ...(!['GET', 'DELETE'].includes(method) && { body: '{"unheardOf":1}' }),
        signal: going.signal,
      });
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
      const text = isStream ? '' : await response.text();
      going.abort();
      const refusal = rank >= needed ? undefined : role === 'nobody' ? 401 : 403;
      const isRefused = response.status === 401 || text.includes('"AuthorizationFailed"');
      expect([role, isRefused && response.status]).toEqual([role, refusal ?? false]);
      expect(admin.relay.model).toBe(before);
    }
  });
});
