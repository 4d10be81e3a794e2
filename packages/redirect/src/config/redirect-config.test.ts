import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadRedirectConfig } from './config-file.js';
import { absoluteConfigPlace, configOfConnections, configPlace } from './environment.js';
import { MAX_CONNECTIONS, redirectConfig } from './redirect-config.js';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
const send = (name = 'sql', relay = 'relay.example.net') =>
  `Endpoint=sb://${relay}/;SharedAccessKeyName=send;SharedAccessKey=${KEY};EntityPath=${name}`;
const one = { connectionString: send(), endpoint: 'sql01.corp.example:1433' };

describe('settings', () => {
  it('give connections with their endpoints', () => {
    const { connections } = redirectConfig({
      connections: [
        one,
        { connectionString: send('crm'), endpoint: '[FD00::7]:443' },
        { connectionString: send('x') },
      ],
    });
    expect(connections.map(({ hybridConnection, endpoint }) => [hybridConnection, endpoint])).toEqual([
      ['sql', { host: 'sql01.corp.example', port: 1433 }],
      ['crm', { host: 'fd00::7', port: 443 }],
      ['x', undefined],
    ]);
  });

  it('may refer to a connection string elsewhere', () => {
    const settings = { connections: [{ connectionString: 'env:SQL' }] };
    const { connections, warnings } = redirectConfig(settings, { env: { SQL: send() } });
    expect(connections[0]?.hybridConnection).toBe('sql');
    expect(warnings).toEqual([]);
  });

  it.each<[unknown, string]>([
    [undefined, 'the configuration is empty'],
    [[], 'the configuration must be an object'],
    [{}, 'connections is missing'],
    [{ conections: [one] }, 'conections is not known; there are: connections, app,'],
    [{ connections: [] }, 'connections is missing'],
    [{ connections: {} }, 'connections must be a list'],
    [{ connections: ['x'] }, 'connections[0] must be an object'],
    [{ connections: [{}] }, 'connections[0].connectionString is missing'],
    [{ connections: [{ connectionString: 7 }] }, 'connections[0].connectionString must be a text'],
    [{ connections: [{ connectionString: 'nonsense' }] }, 'connections[0].connectionString: '],
    [
      { connections: [{ connectionString: 'env:NONE' }] },
      'connections[0].connectionString: the environment variable "NONE"',
    ],
    [
      { connections: [{ connectionString: send().replace(/;EntityPath=.*/, '') }] },
      'connections[0].connectionString: EntityPath is missing',
    ],
    [{ connections: [{ ...one, endpoint: 'sql01' }] }, 'connections[0].endpoint: "sql01" is not host:port'],
    [
      { connections: [{ ...one, endpoint: 'sql01:0' }] },
      'connections[0].endpoint: "sql01:0" is not host:port',
    ],
    [
      { connections: [{ ...one, endpoint: 'relay.example.net:443' }] },
      'connections[0].endpoint is the relay itself',
    ],
    [
      { connections: [{ connectionString: 'Endpoint=sb://relay.example.net/;EntityPath=sql' }] },
      'connections[0].endpoint is missing',
    ],
    [
      { connections: [{ ...one, port: 1 }] },
      'connections[0].port is not known; there are: connectionString, endpoint',
    ],
    [
      { connections: [one, one] },
      'connections[1] has the same hybrid connection sql of relay.example.net as connections[0]',
    ],
    [
      { connections: [one, { ...one, connectionString: send('b') }] },
      'connections[1] has the same endpoint sql01.corp.example:1433',
    ],
    [{ connections: Array(MAX_CONNECTIONS + 1).fill(one) }, 'connections has more than 1000 entries'],
    [
      { connections: [one], virtualAddresses: '10.0.0.0/16' },
      'virtualAddresses: "10.0.0.0/16" is no part of 127.0.0.0/8',
    ],
    [{ connections: [one], preconnect: -1 }, 'preconnect must be a whole number from 0 to 256'],
    [{ connections: [one], multiplex: 'yes' }, 'multiplex must be true or false'],
    [{ connections: [one], multiplex: { streams: 1 } }, 'multiplex.streams is not known'],
    [{ connections: [one], proxy: 'ftp://x' }, 'proxy: '],
    [{ connections: [one], ca: 'none.pem' }, 'ca: cannot read'],
    [{ connections: [one], [`SharedAccessKey=${KEY}`]: 1 }, 'a member is not known'],
    [{ app: { url: 'ftp://x', token: 't', name: 'shop' } }, 'app.url must be an address'],
    [{ app: { url: 'http://x', name: 'shop' } }, 'app.token is missing'],
    [{ app: { url: 'http://x', token: 't' } }, 'app.name is missing'],
  ])('that cannot be used are refused, with the place and without a key: %#', (settings, message) => {
    let error: (Error & { code?: string }) | undefined;
    try {
      redirectConfig(settings, { env: {} });
    } catch (thrown) {
      error = thrown as Error;
    }
    expect(error).toMatchObject({ name: 'RedirectConfigError', code: 'ERR_REDIRECT_CONFIG' });
    expect(error?.message).toContain(message);
    expect(error?.message).not.toContain(KEY);
    expect(error?.message).not.toContain('\n');
  });
});

describe('a configuration file', () => {
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'hybridge-redirect-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  };
  const file = (name: string, text: string, mode = 0o600) => {
    const path = join(folder(), name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };

  it.each([
    ['JSON', JSON.stringify({ connections: [one] })],
    ['YAML', `connections:\n  - connectionString: ${one.connectionString}\n    endpoint: ${one.endpoint}\n`],
  ])('may be %s', async (_, text) => {
    const path = file('redirect', text);
    const { connections, files, warnings } = await loadRedirectConfig(path);
    expect(connections[0]?.endpoint).toEqual({ host: 'sql01.corp.example', port: 1433 });
    expect(files).toEqual([path]);
    expect(warnings).toEqual([]);
  });

  it('names other files from its own folder', async () => {
    const path = file('redirect.yaml', 'connections:\n  - connectionString: file:sql.txt\n');
    const secret = join(path, '..', 'sql.txt');
    writeFileSync(secret, send(), { mode: 0o600 });
    expect((await loadRedirectConfig(path)).files).toEqual([path, secret]);
  });

  it.skipIf(process.platform === 'win32')('with a key in it had better be its owner’s alone', async () => {
    const { warnings } = await loadRedirectConfig(
      file('open.json', JSON.stringify({ connections: [one] }), 0o644),
    );
    expect(warnings).toEqual([expect.stringContaining('open to others: chmod 600')]);
  });

  it.each([
    ['{"connections": [', 'begins with a brace and is not JSON'],
    ['connections: [', 'is not YAML at line 1'],
    ['connections: *none', 'is not YAML'],
    ['connections: 7', 'connections must be a list'],
    ['', 'the configuration is empty'],
  ])('that cannot be used is named: %j', async (text, message) => {
    const path = file('wrong', text);
    await expect(loadRedirectConfig(path)).rejects.toThrow(`${path}: ${message}`);
  });

  it('that is not there is named', async () => {
    await expect(loadRedirectConfig('/none/redirect.yaml')).rejects.toThrow(
      '/none/redirect.yaml: cannot be read (ENOENT)',
    );
  });
});

describe('the environment', () => {
  it('names a file, or has connection strings', () => {
    expect(configPlace({ HYBRIDGE_CONFIG: ' redirect.yaml ' })).toEqual({
      type: 'file',
      path: 'redirect.yaml',
    });
    expect(configPlace({ HYBRIDGE_CONNECTIONS: 'env:A' })).toEqual({ type: 'connections', text: 'env:A' });
  });

  it.each([{}, { HYBRIDGE_CONFIG: ' ' }, { HYBRIDGE_CONFIG: 'a', HYBRIDGE_CONNECTIONS: 'b' }])(
    'must say one of them: %j',
    (env) => {
      expect(() => configPlace(env)).toThrow('HYBRIDGE_CONNECTIONS');
    },
  );

  it('may have many connection strings, each with an endpoint or without', () => {
    const text = `\n ${send('a')} \n${send('b')}=>b.corp:1\tenv:C => c.corp:2 `;
    const { connections } = configOfConnections(text, { env: { C: send('c') } });
    expect(connections.map(({ hybridConnection, endpoint }) => [hybridConnection, endpoint?.host])).toEqual([
      ['a', undefined],
      ['b', 'b.corp'],
      ['c', 'c.corp'],
    ]);
  });

  it('can be said so that it leads to the same place from any folder', () => {
    expect(absoluteConfigPlace({ HYBRIDGE_CONFIG: 'app.yaml', PATH: '/bin' })).toEqual({
      HYBRIDGE_CONFIG: resolve('app.yaml'),
    });
    const folder = join(realpathSync(mkdtempSync(join(tmpdir(), 'hybridge ='))), 'two words');
    onTestFinished(() => rmSync(dirname(folder), { recursive: true }));
    mkdirSync(folder);
    writeFileSync(join(folder, 'a.txt'), send('a'), { mode: 0o600 });
    const before = process.cwd();
    process.chdir(folder);
    const { HYBRIDGE_CONNECTIONS: text = '' } = absoluteConfigPlace({
      HYBRIDGE_CONNECTIONS: `file:a.txt => a.corp:1  env:B ${send('c')}=>c.corp:3`,
    });
    process.chdir(before);
    const { connections } = configOfConnections(text, { env: { B: send('b') } });
    expect(connections.map(({ hybridConnection, endpoint }) => [hybridConnection, endpoint?.port])).toEqual([
      ['a', 1],
      ['b', undefined],
      ['c', 3],
    ]);
  });

  it('is told where it is wrong', () => {
    expect(() => configOfConnections(`${send()}=>sql01`)).toThrow(
      'HYBRIDGE_CONNECTIONS: connections[0].endpoint: "sql01"',
    );
  });
});
