import { createServer, type IncomingMessage } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { parseConnectionString } from '@hybridge/sas';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KEY, listenString, served } from '../../test/served.js';

const TOKEN = 'the-token-of-the-operator';
const ENDPOINT = 'sql01.corp.example:1433';
const hybrid = (name: string, more: object = {}) => ({
  ...{ id: `/namespaces/n/hybridConnections/${name}`, name, endpoint: ENDPOINT },
  ...{ requiresClientAuthorization: true, listenerCount: 2, ...more },
});

/** Stands for a relay's admin port. */
async function relay() {
  const asked: string[] = [];
  const answer = ({ url = '', headers }: IncomingMessage): [number, object] => {
    asked.push(url);
    if (headers.authorization !== `Bearer ${TOKEN}`) {
      return [401, { error: { code: 'AuthenticationFailed', message: 'This token is not good here.' } }];
    }
    const path = url.split('?')[0]!;
    if (path === '/api/session') return [200, { relay: { url: 'ws://127.0.0.1:8080' } }];
    if (path === '/api/inventory') {
      const hybridConnections = [
        hybrid('sql'),
        hybrid('held'),
        hybrid('open', { requiresClientAuthorization: false }),
        hybrid('nowhere', { endpoint: undefined }),
        hybrid('odd', { endpoint: 'sql01' }),
        hybrid('ssh', { endpoint: 'sql01:22' }),
        hybrid('sends'),
      ];
      const namespace = { name: 'relay.example.net', hosts: [], hybridConnections };
      return [200, { namespaces: [namespace], plans: [], apps: [] }];
    }
    if (path.endsWith('/sends/authorizationRules')) {
      return [200, { value: [{ name: 'defaultSender', properties: { rights: ['Send'] } }] }];
    }
    if (path.endsWith('/authorizationRules')) {
      const rule = (name: string, ...rights: string[]) => ({ name, properties: { rights } });
      return [
        200,
        {
          value: [
            rule('all', 'Manage', 'Send', 'Listen'),
            rule('defaultSender', 'Send'),
            rule('listen', 'Listen'),
          ],
        },
      ];
    }
    const rule = /\/authorizationRules\/(listen|all)\/listKeys$/.exec(path)?.[1];
    if (rule !== undefined) {
      const primaryKey = Buffer.from(`new ${rule}`).toString('base64');
      const secondaryKey = Buffer.from('the other').toString('base64');
      return [200, { primaryConnectionString: listenString('sql'), keyName: rule, primaryKey, secondaryKey }];
    }
    return [404, { error: { code: 'NotFound', message: 'There is nothing at this address.' } }];
  };
  const server = createServer((request, response) => {
    const [status, body] = answer(request);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const start = (policy = 'deny: ["*:22"]\n') =>
  served({ text: `connections:\n  - connectionString: ${listenString('held')}\n`, policy });

describe('somebody who signs in at a relay', () => {
  it('sees what can be chosen, and why the rest cannot', async () => {
    const { url } = await relay();
    await using one = await start();
    const { status, body, text } = await one.command('POST', '/api/login', { url, token: TOKEN });
    expect(status).toBe(201);
    expect(body.url).toBe(url);
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now());
    const all = body.namespaces[0].hybridConnections as {
      name: string;
      isConfigured: boolean;
      reason?: string;
    }[];
    expect(all.map(({ name, isConfigured, reason }) => [name, isConfigured, reason])).toEqual([
      ['sql', false, undefined],
      ['held', true, undefined],
      ['open', false, expect.stringContaining('client authorization')],
      ['nowhere', false, expect.stringContaining('no endpoint')],
      ['odd', false, expect.stringContaining('not host:port')],
      ['ssh', false, expect.stringContaining('sql01:22')],
      ['sends', false, undefined],
    ]);
    expect(text).not.toContain(TOKEN);
  });

  it('chooses one, by the policy with the fewest rights, and nobody sees its key', async () => {
    const { url, asked } = await relay();
    await using one = await start();
    const { body: login } = await one.command('POST', '/api/login', { url, token: TOKEN });
    const wanted = { login: login.id, namespace: 'Relay.example.net', hybridConnection: 'SQL' };
    const { status, body, text } = await one.browser('POST', '/api/connections', wanted);
    expect([status, body.id]).toEqual([201, 'relay.example.net/sql']);
    expect(text).not.toContain(KEY);
    expect(asked.at(-1)).toContain('/sql/authorizationRules/listen/listKeys');
    const { body: again } = await one.command('GET', `/api/login/${login.id}`);
    expect(again.namespaces[0].hybridConnections[0]).toMatchObject({ name: 'sql', isConfigured: true });
  });

  it.each([
    ['nope', 404, 'has no hybrid connection nope'],
    ['open', 409, 'client authorization'],
    ['nowhere', 409, 'no endpoint'],
    ['ssh', 409, 'sql01:22'],
    ['sends', 409, 'no policy with the right to listen'],
  ])('cannot choose %s', async (hybridConnection, status, message) => {
    const { url } = await relay();
    await using one = await start();
    const { body: login } = await one.command('POST', '/api/login', { url, token: TOKEN });
    const wanted = { login: login.id, namespace: 'relay.example.net', hybridConnection };
    const answer = await one.command('POST', '/api/connections', wanted);
    expect([answer.status, answer.body.error.message]).toEqual([status, expect.stringContaining(message)]);
  });

  it.each([
    ['listen', 'listen'],
    ['all', 'all'],
    ['defaultSender', 'listen'],
    ['gone', 'listen'],
  ])('takes the key anew of one that has the policy %s', async (has, gets) => {
    const { url } = await relay();
    const former = listenString('Held', 'RELAY.example.net:9350').replace('Name=listen', `Name=${has}`);
    await using one = await served({ text: `connections:\n  - connectionString: ${former}\n` });
    const { body: login } = await one.command('POST', '/api/login', { url, token: TOKEN });
    const path = '/api/connections/relay.example.net:9350%2Fheld';
    const { status, text } = await one.command('PATCH', path, { login: login.id });
    const key = Buffer.from(`new ${gets}`).toString('base64');
    expect([status, text.includes(key)]).toEqual([200, false]);
    expect(parseConnectionString(one.manager.config.connections[0]!.connectionString)).toMatchObject({
      endpoint: new URL('sb://relay.example.net:9350/'),
      ...{ entityPath: 'Held', sharedAccessKeyName: gets, sharedAccessKey: key },
    });
    await one.command('PATCH', path, { login: login.id, key: 'secondary' });
    const { sharedAccessKey } = parseConnectionString(one.manager.config.connections[0]!.connectionString);
    expect(sharedAccessKey).toBe(Buffer.from('the other').toString('base64'));
  });

  it('takes no key of a relay that has no such one', async () => {
    const { url } = await relay();
    await using one = await served({
      text: `connections:\n  - connectionString: ${listenString('held', 'a.example')}\n`,
    });
    const { body: login } = await one.command('POST', '/api/login', { url, token: TOKEN });
    const { status, body } = await one.command('PATCH', '/api/connections/a.example%2Fheld', {
      login: login.id,
    });
    expect([status, body.error.message]).toEqual([404, expect.stringContaining('held of a.example')]);
  });

  it('by a wrong token is told so, in words without it', async () => {
    const { url } = await relay();
    await using one = await start();
    const { status, body, text } = await one.command('POST', '/api/login', { url, token: 'wrong-token' });
    expect([status, body.error.code]).toEqual([502, 'RelayDenied']);
    expect(text).not.toContain('wrong-token');
    expect((await one.command('GET', '/api/login')).body.value).toEqual([]);
  });

  it('gets there by the proxy that the relays are reached through, and learns that it does not let through', async () => {
    const { url } = await relay();
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', ({ url: where = '' }, client) => {
      asked.push(where);
      if (!where.startsWith('ops.')) {
        client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        return;
      }
      const to = net.connect(Number(new URL(url).port), '127.0.0.1', () =>
        client.write('HTTP/1.1 200 OK\r\n\r\n'),
      );
      to.pipe(client).pipe(to);
      for (const socket of [to, client]) socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void proxy.close());
    await using one = await served({
      text: `proxy: http://127.0.0.1:${(proxy.address() as AddressInfo).port}\n`,
    });
    const login = (host: string) =>
      one.command('POST', '/api/login', { url: `http://${host}:8081`, token: TOKEN });
    expect((await login('ops.corp.example')).status).toBe(201);
    const { status, body } = await login('else.example');
    expect([status, body.error.message]).toEqual([502, expect.stringMatching(/proxy.*403/)]);
    expect([...new Set(asked)]).toEqual(['ops.corp.example:8081', 'else.example:8081']);
  });

  it('can be forgotten, and is when there are too many', async () => {
    const { url } = await relay();
    await using one = await start();
    const ids: string[] = [];
    for (let count = 0; count < 9; count += 1) {
      ids.push((await one.command('POST', '/api/login', { url, token: TOKEN })).body.id);
    }
    const listed = (await one.command('GET', '/api/login')).body.value.map(({ id }: { id: string }) => id);
    expect(listed).toEqual(ids.slice(1).reverse());
    expect((await one.command('GET', `/api/login/${ids[0]}`)).status).toBe(404);
    expect((await one.command('DELETE', `/api/login/${ids[1]}`)).status).toBe(204);
    expect((await one.command('GET', `/api/login/${ids[1]}`)).status).toBe(404);
  });
});

describe('what a relay has, under a policy that names relays', () => {
  it.each([
    ['by its own name', 'relay.example.net', undefined],
    ['by the address that the relay says of itself', '127.0.0.1', undefined],
    ['by none that it has', 'other.example', expect.stringContaining('relay.example.net')],
  ])('can be chosen when it is allowed %s', async (_how, allowed, reason) => {
    const { url } = await relay();
    await using one = await start(`relays: ["${allowed}"]\n`);
    const { body } = await one.command('POST', '/api/login', { url, token: TOKEN });
    const [sql] = body.namespaces[0].hybridConnections;
    expect([sql.name, sql.reason]).toEqual(['sql', reason]);
  });

  it('is not added when what is dialled is none of these', async () => {
    const { url } = await relay();
    await using one = await start('relays: ["127.0.0.1"]\n');
    const { body: login } = await one.command('POST', '/api/login', { url, token: TOKEN });
    const { status, body } = await one.command('POST', '/api/connections', {
      ...{ login: login.id, namespace: 'relay.example.net', hybridConnection: 'sql' },
    });
    expect([status, body.error.code]).toEqual([403, 'BlockedByPolicy']);
  });
});
