/**
 * Each command of management, against a real relay.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConnectionString } from '@hybridge/sas';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ManagedRelayForTest, managedRelay } from './managed-relay.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const KEY = expect.stringMatching(/^[\w+/]{43}=$/);

let relay: ManagedRelayForTest;
beforeEach(async () => {
  relay = await managedRelay();
});

describe('hybridge namespace', () => {
  it('makes, lists, shows, changes and deletes', async () => {
    const made = await relay.json(
      'namespace',
      'create',
      'contoso.example',
      '--host',
      'c.example',
      '--tag',
      'a=b=c',
    );
    expect(made).toEqual({
      id: '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hybridge/providers/Microsoft.Relay/namespaces/contoso.example',
      name: 'contoso.example',
      subscription: '00000000-0000-0000-0000-000000000000',
      resourceGroup: 'hybridge',
      hosts: ['c.example'],
      declared: false,
      createdAt: TIME,
      updatedAt: TIME,
      hybridConnections: [],
    });
    expect(relay.relay.managed.model.namespaces[1]!.tags).toEqual({ a: 'b=c' });
    expect((await relay.json('namespace', 'list')).map(({ name }: { name: string }) => name)).toEqual([
      'localhost',
      'contoso.example',
    ]);
    expect(await relay.text('namespace', 'list')).toMatch(
      /^NAME +CONNECTIONS +RESOURCE GROUP +HOSTS +DECLARED\n.*\ncontoso\.example +0 +hybridge +c\.example +no\n$/,
    );
    const changed = await relay.json('namespace', 'update', 'CONTOSO.example', '--host', 'd.example');
    expect(changed.hosts).toEqual(['d.example']);
    expect(await relay.text('namespace', 'show', 'contoso.example')).toMatch(/^Hosts +d\.example$/m);
    expect(await relay.json('namespace', 'delete', 'contoso.example', '--yes')).toEqual({
      deleted: 'contoso.example',
    });
    expect((await relay.hybridge(['namespace', 'show', 'contoso.example'])).code).toBe(3);
  });

  it('puts one under labels', async () => {
    const labels = ['--subscription', 'S1', '--resource-group', 'my group'.replace(' ', '-')];
    const { id } = await relay.json('namespace', 'create', 'contoso.example', ...labels);
    expect(id).toContain('/subscriptions/S1/resourceGroups/my-group/');
    await relay.json('namespace', 'update', 'contoso.example', '--location', 'here');
    expect(relay.relay.managed.model.namespaces[1]!.location).toBe('here');
  });
});

describe('hybridge connection', () => {
  it('makes, lists, shows, changes and deletes', async () => {
    const made = await relay.json(
      'connection',
      'create',
      'payroll/sql',
      '--endpoint',
      'sql01.corp.example:1433',
    );
    expect(made).toEqual({
      namespace: 'localhost',
      id: expect.stringMatching(/\/hybridConnections\/payroll~sql$/),
      name: 'payroll/sql',
      endpoint: 'sql01.corp.example:1433',
      userMetadata: '[{"key":"endpoint","value":"sql01.corp.example:1433"}]',
      requiresClientAuthorization: true,
      listenerCount: 0,
      status: 'NotConnected',
      connections: 0,
      declared: false,
      createdAt: TIME,
      updatedAt: TIME,
      apps: [],
    });
    expect(await relay.json('connection', 'list')).toEqual([made]);
    expect(await relay.json('connection', 'show', 'PAYROLL/sql')).toEqual(made);
    expect(await relay.text('connection', 'list', '--namespace', 'localhost')).toMatch(
      /\npayroll\/sql +localhost +sql01\.corp\.example:1433 +no listener +0 +0 +-\n$/,
    );
    const moved = await relay.json(
      'connection',
      'update',
      'payroll/sql',
      '--endpoint',
      'sql02.corp.example:1434',
    );
    expect(moved.endpoint).toBe('sql02.corp.example:1434');
    expect(await relay.text('connection', 'show', 'payroll/sql')).toMatch(
      /^Endpoint +sql02\.corp\.example:1434$/m,
    );
    await relay.json('connection', 'delete', 'payroll/sql', '--yes');
    expect(await relay.text('connection', 'list')).toBe('None.\n');
  });

  it('keeps what else is noted when the endpoint changes, and free text whole', async () => {
    const note = '[{"key":"team","value":"data"},{"key":"Endpoint","value":"a:1"}]';
    await relay.json('connection', 'create', 'sql', '--user-metadata', note);
    const { userMetadata } = await relay.json('connection', 'update', 'sql', '--endpoint', 'b:2');
    expect(JSON.parse(userMetadata)).toEqual([
      { key: 'endpoint', value: 'b:2' },
      { key: 'team', value: 'data' },
    ]);
    await relay.json('connection', 'update', 'sql', '--user-metadata', 'ask Grace');
    const { code, stderr } = await relay.hybridge(['connection', 'update', 'sql', '--endpoint', 'c:3']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('free text') });
  });

  it('makes one that anybody may send to', async () => {
    const made = await relay.json('connection', 'create', 'web', '--no-client-authorization');
    expect(made.requiresClientAuthorization).toBe(false);
  });

  it('prints the connection strings that the relay takes', async () => {
    await relay.json('connection', 'create', 'sql', '--endpoint', 'a:1');
    const line = await relay.text('connection', 'string', 'sql');
    expect(line).toBe(`${relay.relay.connectionString('sql', 'defaultSender')}\n`);
    const answer = await relay.json(
      'connection',
      'string',
      'sql',
      '--rule',
      'defaultListener',
      '--secondary',
    );
    expect(answer).toEqual({
      namespace: 'localhost',
      hybridConnection: 'sql',
      rule: 'defaultListener',
      connectionString: relay.relay.connectionString('sql', { policy: 'defaultListener', key: 'secondary' }),
    });
    expect(parseConnectionString(answer.connectionString).entityPath).toBe('sql');
  });

  it('needs --namespace with several namespaces', async () => {
    await relay.json('namespace', 'create', 'contoso.example');
    const { code, stderr } = await relay.hybridge(['connection', 'create', 'sql']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'hybridge: the relay has several namespaces: give --namespace (localhost, contoso.example)\n',
    });
    await relay.json('connection', 'create', 'sql', '--namespace', 'contoso.example');
    expect(await relay.json('connection', 'list')).toMatchObject([
      { namespace: 'contoso.example', name: 'sql' },
    ]);
  });
});

describe('hybridge rule', () => {
  it('makes, lists, shows, changes and deletes', async () => {
    await relay.json('connection', 'create', 'sql', '--endpoint', 'a:1');
    const made = await relay.json('rule', 'create', 'reports', '--connection', 'sql', '--rights', 'send');
    expect(made).toEqual({
      namespace: 'localhost',
      hybridConnection: 'sql',
      name: 'reports',
      rights: ['Send'],
    });
    expect(await relay.text('rule', 'list', 'sql')).toBe(
      'NAME             RIGHTS\ndefaultListener  Listen\ndefaultSender    Send\nreports          Send\n',
    );
    const changed = await relay.json(
      'rule',
      'update',
      'reports',
      '--connection',
      'sql',
      '--rights',
      'Listen,Send',
    );
    expect(changed.rights.toSorted()).toEqual(['Listen', 'Send']);
    expect(await relay.text('rule', 'show', 'reports', '--connection', 'sql')).toMatch(/^Name +reports$/m);
    await relay.json('rule', 'delete', 'reports', '--connection', 'sql', '--yes');
    expect((await relay.hybridge(['rule', 'show', 'reports', '--connection', 'sql'])).code).toBe(3);
  });

  it("has the namespace's own", async () => {
    expect(await relay.json('rule', 'create', 'all', '--rights', 'Manage')).toEqual({
      namespace: 'localhost',
      name: 'all',
      rights: ['Listen', 'Send', 'Manage'].map(() => expect.any(String)),
    });
    expect(await relay.json('rule', 'list')).toHaveLength(2);
  });
});

describe('hybridge key', () => {
  beforeEach(() => relay.json('connection', 'create', 'sql', '--endpoint', 'a:1'));

  it('lists the keys of one policy, or of all', async () => {
    const [keys] = await relay.json('key', 'list', 'sql', '--rule', 'defaultSender');
    expect(keys).toEqual({
      namespace: 'localhost',
      hybridConnection: 'sql',
      rule: 'defaultSender',
      primaryKey: KEY,
      secondaryKey: KEY,
      primaryConnectionString: relay.relay.connectionString('sql', 'defaultSender'),
      secondaryConnectionString: expect.any(String),
    });
    expect(await relay.json('key', 'list', 'sql')).toHaveLength(2);
    const [{ rule, hybridConnection }] = await relay.json('key', 'list');
    expect({ rule, hybridConnection }).toEqual({ rule: 'RootManageSharedAccessKey' });
    expect(await relay.text('key', 'list', 'sql')).toMatch(/^Policy +defaultListener\nPrimary key +\S{44}$/m);
  });

  it('replaces one, and leaves the other', async () => {
    const [before] = await relay.json('key', 'list', 'sql', '--rule', 'defaultSender');
    const after = await relay.json(
      'key',
      'regenerate',
      'sql',
      '--rule',
      'defaultSender',
      '--secondary',
      '--yes',
    );
    expect(after.primaryKey).toBe(before.primaryKey);
    expect(after.secondaryKey).toEqual(KEY);
    expect(after.secondaryKey).not.toBe(before.secondaryKey);
  });

  it('takes a key of your own from a file', async () => {
    const own = Buffer.alloc(32, 7).toString('base64');
    const file = join(relay.dataDir, 'own.key');
    writeFileSync(file, `${own}\n`, { mode: 0o600 });
    const args = ['key', 'regenerate', '--rule', 'RootManageSharedAccessKey', '--primary', '--yes'];
    expect((await relay.json(...args, '--key', `file:${file}`)).primaryKey).toBe(own);
    const { code, stderr } = await relay.hybridge([...args, '--key', own]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('file:path or env:NAME') });
    expect(stderr).not.toContain(own);
  });

  it('revokes one, and shows no new one', async () => {
    const [before] = await relay.json('key', 'list', 'sql', '--rule', 'defaultSender');
    const { code, stdout } = await relay.hybridge([
      ...['key', 'revoke', 'sql', '--rule', 'defaultSender', '--primary', '--yes'],
    ]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'revoked the primary key of defaultSender at sql\n',
    });
    const [after] = await relay.json('key', 'list', 'sql', '--rule', 'defaultSender');
    expect(after.primaryKey).not.toBe(before.primaryKey);
    expect(after.secondaryKey).toBe(before.secondaryKey);
  });

  it('says who would notice before it asks', async () => {
    await relay.listen('sql');
    const { code, asked, stderr } = await relay.hybridge(
      ['key', 'regenerate', 'sql', '--rule', 'defaultListener', '--primary'],
      { answer: 'no' },
    );
    expect(asked).toEqual([
      'Replace the primary key of defaultListener at sql? 1 listeners are on it and will be closed; 0 senders came by it in the last day; apps that use it: none. [y/N] ',
    ]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'hybridge: nothing was changed\n' });
    const [{ primaryConnectionString }] = await relay.json('key', 'list', 'sql', '--rule', 'defaultListener');
    expect(primaryConnectionString).toBe(relay.relay.connectionString('sql', 'defaultListener'));
  });

  it('shows who uses which key', async () => {
    await relay.listen('sql');
    await relay.open('sql');
    const { policies } = await relay.json('key', 'use', 'sql');
    const used = policies.find(({ name }: { name: string }) => name === 'defaultListener');
    expect(used).toMatchObject({ level: 'hybridConnection', rights: ['Listen'], apps: [] });
    expect(used.keys.primary.listeners).toHaveLength(1);
    expect(used.keys.secondary.listeners).toHaveLength(0);
    const text = await relay.text('key', 'use', 'sql');
    expect(text).toMatch(/^defaultListener +primary +1 +0 +- /m);
    expect(text).toMatch(/^defaultSender +primary +0 +1 +- /m);
    expect(text).toMatch(/^RootManageSharedAccessKey \(namespace\) +secondary +0 +0 +- +never /m);
  });

  it('syncs apps, all or one', async () => {
    await relay.json('plan', 'create', 'farm');
    for (const app of ['shop', 'blog']) {
      await relay.json('app', 'create', app, '--plan', 'farm');
      await relay.json('app', 'attach', app, 'sql');
    }
    await relay.json('key', 'regenerate', 'sql', '--rule', 'defaultSender', '--primary', '--yes');
    expect(await relay.text('key', 'use', 'sql')).toContain(
      '\nApps with a key that is gone: shop (defaultSender), blog (defaultSender)\n',
    );
    expect(await relay.text('app', 'show', 'shop')).toMatch(/ old: sync it\n$/);
    expect(await relay.json('key', 'sync', 'sql', '--app', 'shop')).toEqual({
      namespace: 'localhost',
      hybridConnection: 'sql',
      updated: ['shop'],
    });
    expect(await relay.text('key', 'sync', 'sql', '--key', 'primary')).toBe('updated blog\n');
    expect(await relay.text('key', 'sync', 'sql')).toBe('every app has the key already\n');
  });
});

describe('hybridge plan and hybridge app', () => {
  it('make, list, show, change and delete', async () => {
    await relay.json('connection', 'create', 'sql', '--endpoint', 'sql01.corp.example:1433');
    const plan = await relay.json('plan', 'create', 'farm', '--tier', 'Basic');
    expect(plan).toMatchObject({ name: 'farm', tier: 'Basic', limit: 5, used: 0, hybridConnections: [] });
    expect(await relay.json('app', 'create', 'shop', '--plan', 'farm')).toMatchObject({
      name: 'shop',
      plan: 'farm',
    });
    await relay.json('app', 'create', 'shop/staging', '--plan', 'farm');
    const attached = await relay.json(
      'app',
      'attach',
      'shop/staging',
      'sql',
      '--rule',
      'defaultSender',
      '--secondary',
    );
    expect(attached.hybridConnections).toEqual([
      {
        namespace: 'localhost',
        name: 'sql',
        hostname: 'sql01.corp.example',
        port: 1433,
        sendKeyName: 'defaultSender',
        inSync: true,
      },
    ]);
    expect(relay.relay.managed.model.apps[1]!.attachments[0]!.sendKeyValue).toBe(
      (await relay.json('key', 'list', 'sql', '--rule', 'defaultSender'))[0].secondaryKey,
    );
    expect(await relay.text('plan', 'show', 'farm')).toMatch(
      /^Used +1 of 5\n\n.*\nsql +localhost +shop\/staging\n$/m,
    );
    expect((await relay.json('plan', 'update', 'farm', '--tier', 'Premium')).limit).toBe(200);
    expect(await relay.text('plan', 'list')).toMatch(/^farm +Premium +1 +200 +hybridge$/m);
    await relay.json('plan', 'create', 'field');
    expect((await relay.json('app', 'update', 'shop', '--plan', 'field')).plan).toBe('field');
    expect(await relay.text('app', 'list')).toMatch(
      /^shop +field +hybridge +-\nshop\/staging +farm +hybridge +sql\n$/m,
    );
    expect(await relay.json('app', 'detach', 'shop/staging', 'sql', '--yes')).toEqual({
      app: 'shop/staging',
      detached: { namespace: 'localhost', hybridConnection: 'sql' },
    });
    expect((await relay.hybridge(['app', 'detach', 'shop/staging', 'sql', '--yes'])).code).toBe(3);
    for (const app of ['shop/staging', 'shop']) await relay.json('app', 'delete', app, '--yes');
    expect(await relay.json('plan', 'delete', 'farm', '--yes')).toEqual({ deleted: 'farm' });
  });

  it('say why something may not be attached', async () => {
    await relay.json('connection', 'create', 'web', '--endpoint', 'a:1', '--no-client-authorization');
    await relay.json('plan', 'create', 'farm');
    await relay.json('app', 'create', 'shop', '--plan', 'farm');
    const { code, stderr } = await relay.hybridge(['app', 'attach', 'shop', 'web']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^hybridge: .*authorization.*\n$/);
  });
});

describe('hybridge token', () => {
  it('makes one that works as far as its role goes, and revokes it', async () => {
    const made = await relay.json('token', 'create', 'dashboard', '--role', 'reader', '--expires', '90d');
    expect(made).toEqual({
      id: expect.any(String),
      name: 'dashboard',
      role: 'reader',
      token: expect.stringMatching(/^[\w-]{43}$/),
      expiresAt: TIME,
    });
    const env = { HYBRIDGE_ADMIN_TOKEN: made.token };
    expect((await relay.hybridge(['connection', 'list'], { env })).code).toBe(0);
    const { code, stderr } = await relay.hybridge(['connection', 'create', 'sql'], { env });
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringMatching(/^hybridge: this token may not do that: .*operator.*\n$/),
    });
    const { token: _secret, ...listed } = made;
    expect(await relay.json('token', 'list')).toEqual([{ ...listed, createdAt: TIME }]);
    expect(await relay.text('token', 'revoke', made.id, '--yes')).toBe('revoked dashboard\n');
    expect((await relay.hybridge(['connection', 'list'], { env })).code).toBe(4);
    expect((await relay.hybridge(['token', 'revoke', made.id, '--yes'])).code).toBe(3);
  });

  it('prints it for people, too', async () => {
    expect(await relay.text('token', 'create', 'me', '--role', 'owner')).toMatch(
      /^Id +\w+\nName +me\nRole +owner\nExpires +never\nToken +[\w-]{43}\n$/,
    );
  });
});

describe('hybridge status', () => {
  it('shows the relay, its hybrid connections and who is signed in', async () => {
    await relay.json('connection', 'create', 'sql', '--endpoint', 'a:1');
    await relay.listen('sql');
    await relay.open('sql');
    const status = await relay.json('status');
    expect(Object.keys(status)).toEqual(['relay', 'token', 'alarms', 'hybridConnections']);
    expect(status).toMatchObject({
      token: { role: 'owner' },
      alarms: [],
      hybridConnections: [
        { namespace: 'localhost', name: 'sql', status: 'Connected', listenerCount: 1, connections: 1 },
      ],
    });
    const text = await relay.text('status');
    expect(text).toMatch(/^Alarms +none$/m);
    expect(text).toMatch(/^sql +localhost +a:1 +connected +1 +1 +-$/m);
  });
});

describe('hybridge tunnels', () => {
  it('lists what is joined, and cuts it', async () => {
    await relay.json('connection', 'create', 'sql', '--endpoint', 'a:1');
    await relay.listen('sql');
    const socket = await relay.open('sql');
    const cut = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
    const { total, tunnels } = await relay.json('tunnels');
    expect(total).toBe(1);
    const [{ id }] = tunnels;
    expect(await relay.text('tunnels', 'list', '--connection', 'sql')).toMatch(
      new RegExp(`^ID +.*\\n${id} +sql +127\\.0\\.0\\.1:\\d+ +127\\.0\\.0\\.1:\\d+ +\\d+ s +0 B +0 B\\n$`),
    );
    expect(await relay.text('tunnels', 'list', '--connection', 'other')).toBe('None.\n');
    expect(await relay.text('tunnels', 'cut', id, '--yes')).toBe(`cut ${id}\n`);
    expect((await cut).code).toBe('ECONNRESET');
    expect((await relay.hybridge(['tunnels', 'cut', id, '--yes'])).code).toBe(3);
  });
});

describe('hybridge audit', () => {
  it('prints what was done, oldest first, and only what is asked for', async () => {
    for (const name of ['one', 'two']) await relay.json('connection', 'create', name);
    const audit = () => relay.text('audit', '--text', 'hybridConnections');
    await expect.poll(audit).toContain('two');
    const lines = (await audit()).trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z Administration\/putHybridConnection localhost\/one .*tokenName="admin token" /,
    );
    const records = (await relay.hybridge(['audit', '--connection', 'two', '--json'])).stdout;
    for (const line of records.trimEnd().split('\n')) {
      expect(JSON.parse(line).properties.hybridConnection).toBe('two');
    }
    expect(await relay.text('audit', '--connection', 'three')).toBe('');
    const { stderr } = await relay.hybridge(['audit', '--limit', '1']);
    expect(stderr).toMatch(/^hybridge: there is more: --before \S+\n$/);
  });

  it('follows the log until Ctrl-C, and misses nothing on the way', async () => {
    await relay.json('connection', 'create', 'before');
    let press!: (signal: NodeJS.Signals) => void;
    const interrupted = new Promise<NodeJS.Signals>((resolve) => {
      press = resolve;
    });
    let output = '';
    const onOutput = (all: string) => {
      output = all;
    };
    const following = relay.hybridge(['audit', '--follow', '--json', '--text', 'putHybrid'], {
      interrupted,
      onOutput,
    });
    await expect.poll(() => output).toContain('before');
    await relay.json('connection', 'create', 'after');
    await relay.json('plan', 'create', 'farm');
    await expect.poll(() => output).toContain('after');
    press('SIGINT');
    const { code, stdout } = await following;
    expect(code).toBe(0);
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).properties);
    expect(JSON.stringify(names)).not.toContain('farm');
    expect(names).toHaveLength(2);
  });
});

describe('what is kept', () => {
  it('is what the relay keeps in its folder', async () => {
    await relay.json('connection', 'create', 'sql', '--endpoint', 'a:1');
    expect(readFileSync(join(relay.dataDir, 'state.json'), 'utf8')).toContain('"a:1"');
  });
});
