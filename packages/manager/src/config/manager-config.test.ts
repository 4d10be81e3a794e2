import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSettings, type ManagerSettings, managerConfig } from './manager-config.js';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';

function listenString(path = 'payroll-sql', endpoint = 'sb://relay.example.net/'): string {
  return `Endpoint=${endpoint};SharedAccessKeyName=defaultListener;SharedAccessKey=${KEY};EntityPath=${path}`;
}

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hybridge-config-'));
  writeFileSync(join(directory, 'key'), listenString(), { mode: 0o600 });
  writeFileSync(join(directory, 'open-key'), listenString(), { mode: 0o644 });
  writeFileSync(join(directory, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
});

afterAll(() => rmSync(directory, { recursive: true }));

describe("a manager's settings", () => {
  it('need no more than a connection string and an endpoint', () => {
    expect(
      managerConfig({
        connections: [{ connectionString: listenString(), endpoint: 'sql01.corp.example:1433' }],
      }),
    ).toEqual({
      connections: [
        {
          name: 'payroll-sql',
          connectionString: listenString(),
          namespace: 'relay.example.net',
          serviceEndpoint: expect.stringContaining('//relay.example.net'),
          hybridConnection: 'payroll-sql',
          target: { host: 'sql01.corp.example', port: 1433 },
        },
      ],
      targetTimeoutMs: 10_000,
      transport: {},
      preconnect: 0,
      multiplex: true,
      diagnosis: 'kinds',
      audit: {
        ...{ enabled: true, dir: undefined, maxBytes: 33_554_432, maxFiles: 32, maxAgeDays: 90 },
        syslog: { facility: 'authpriv', records: 'important', isAsked: false },
      },
      metrics: undefined,
      updates: { url: expect.stringMatching(/^https:/), everyHours: 24 },
      files: [],
      warnings: [],
    });
  });

  it.each([
    [true, { facility: 'authpriv', records: 'all', isAsked: true }],
    [{ facility: 'local3' }, { facility: 'local3', records: 'all', isAsked: true }],
    [{ records: 'important' as const }, { facility: 'authpriv', records: 'important', isAsked: true }],
    [false, undefined],
  ])('may have records in syslog: %j', (syslog, expected) => {
    const connections = [{ connectionString: listenString() }];
    const { audit } = managerConfig({ connections, audit: { syslog, dir: 'log' } }, { directory });
    expect(audit.syslog).toEqual(expected);
    expect(audit.dir).toBe(join(directory, 'log'));
  });

  it.each([
    [{ check: false }, undefined],
    [{ check: 'http://127.0.0.1:1/tags' }, 'http://127.0.0.1:1/tags'],
  ])('may say where newer versions are looked for, and that they are not: %j', (updates, url) => {
    const connections = [{ connectionString: listenString() }];
    expect(managerConfig({ connections, updates }).updates.url).toBe(url);
  });

  it.each([
    [{ audit: { syslog: { facility: 'kern' } } }, /^audit\.syslog/],
    [{ audit: { maxBytes: 1 } }, /^audit\.maxBytes/],
    [{ audit: { file: 'x' } }, /^audit/],
    [{ metrics: { port: 9_090, host: '0.0.0.0' } }, /^metrics\.host: .*this machine alone/],
    [{ metrics: {} }, /^metrics\.port/],
    [{ updates: { check: 'ftp://x/' } }, /^updates\.check/],
    [{ updates: { everyHours: 1 } }, /^updates\.everyHours/],
  ])('are refused with %j', (more, message) => {
    const connections = [{ connectionString: listenString() }];
    expect(() => managerConfig({ connections, ...more } as never)).toThrow(message);
  });

  it('need no endpoint: the relay has one', () => {
    const settings = { connections: [{ connectionString: listenString() }] };
    expect(managerConfig(settings).connections[0]?.target).toBeUndefined();
  });

  it('may say where the connection string stands', () => {
    const settings = {
      connections: [
        { connectionString: 'file:key', endpoint: 'sql01:1433' },
        { connectionString: 'env:CRM', endpoint: 'crm:443', name: 'crm' },
      ],
    };
    const { config, holdKeys } = checkSettings(settings, {
      directory,
      env: { CRM: listenString('crm-web') },
    });
    expect(config.connections.map(({ name }) => name)).toEqual(['payroll-sql', 'crm']);
    expect(config.warnings).toEqual([]);
    expect(holdKeys).toBe(false);
  });

  it('may name certificates to trust', () => {
    const settings = { connections: [{ connectionString: listenString(), endpoint: 'a:1' }], ca: 'ca.pem' };
    const { transport, files } = managerConfig(settings, { directory });
    expect(transport.tls?.ca).toContain('BEGIN CERTIFICATE');
    expect(files).toEqual([join(directory, 'ca.pem')]);
  });

  it('may name a proxy and how often to ping, for all relays', () => {
    const connections = [{ connectionString: 'env:SQL', endpoint: 'a:1' }];
    const env = { SQL: listenString(), PROXY: 'http://jane:s3cret@proxy.test:3128' };
    const check = (settings: object) => checkSettings({ connections, ...settings }, { directory, env });
    expect(check({ proxy: 'env:PROXY', keepAliveIntervalMs: 15_000 })).toMatchObject({
      config: { transport: { proxy: env.PROXY, keepAliveIntervalMs: 15_000 } },
      holdKeys: false,
    });
    expect(check({ proxy: env.PROXY }).holdKeys).toBe(true);
    expect(check({ proxy: 'http://proxy.test:3128' }).holdKeys).toBe(false);
    expect(check({ proxy: false }).config.transport.proxy).toBe(false);
    expect(check({}).config.transport.proxy).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('warn of a key file that others may read', () => {
    const settings = { connections: [{ connectionString: 'file:open-key', endpoint: 'a:1' }] };
    const file = join(directory, 'open-key');
    expect(managerConfig(settings, { directory }).warnings).toEqual([
      `${file} holds a key and is open to others: chmod 600 ${file}`,
    ]);
  });

  it.each([
    ['ws://relay.example.net/', 1],
    ['http://10.0.0.9:8080/', 1],
    ['ws://127.0.0.1:8080/', 0],
    ['ws://localhost:8080/', 0],
    ['ws://[::1]:8080/', 0],
    ['wss://relay.example.net/', 0],
  ])('that reach the relay at %s give %i warnings about TLS', (endpoint, count) => {
    const settings = { connections: [{ connectionString: listenString('a', endpoint), endpoint: 'a:1' }] };
    expect(managerConfig(settings).warnings).toHaveLength(count);
  });

  it.each([null, {}, { connections: [] }])('that are %j will do where connections come later', (settings) => {
    const sources = { mayBeEmpty: true, directory, env: {} };
    expect(managerConfig(settings as unknown as ManagerSettings, sources).connections).toEqual([]);
  });

  it.each([
    [undefined, undefined],
    [false, undefined],
    [true, { port: 0 }],
    [{}, { port: 0 }],
    [{ port: 8082 }, { port: 8082 }],
  ])('with ui: %j have pages for browsers at %j', (ui, expected) => {
    expect(managerConfig({ connections: [good], ui }, { directory, env: {} }).ui).toEqual(expected);
  });

  const good = { connectionString: listenString(), endpoint: 'a:1' };
  it.each<[string, unknown]>([
    ['Invalid input: expected object, received null', null],
    ['connections: Invalid input: expected array, received undefined', {}],
    ['connections: there is none', { connections: [] }],
    ['Unrecognized key: "conections"', { connections: [good], conections: [] }],
    ['connections[0]: Unrecognized key: "endpiont"', { connections: [{ ...good, endpiont: 'a:1' }] }],
    ['targetTimeoutMs: Too big', { connections: [good], targetTimeoutMs: 60_000 }],
    ['policy is no setting', { connections: [good], policy: { allow: [] } }],
    ['ui.port: Too big', { connections: [good], ui: { port: 65_536 } }],
    ['connections[0].endpoint: "sql01" is not host:port', { connections: [{ ...good, endpoint: 'sql01' }] }],
    [
      'connections[0].connectionString: the environment variable "NO"',
      { connections: [{ ...good, connectionString: 'env:NO' }] },
    ],
    [
      'connections[0].connectionString: The connection string cannot be used',
      { connections: [{ ...good, connectionString: KEY }] },
    ],
    [
      'connections[0].connectionString: EntityPath is missing',
      { connections: [{ ...good, connectionString: listenString().replace(/;EntityPath.*/, '') }] },
    ],
    [
      'connections[0].connectionString: SharedAccessKeyName and SharedAccessKey are missing',
      { connections: [{ ...good, connectionString: 'Endpoint=sb://a/;EntityPath=b' }] },
    ],
    [
      'connections[1] has the same hybrid connection payroll-sql of relay.example.net as connections[0]',
      {
        connections: [
          good,
          { connectionString: listenString('Payroll-SQL'), endpoint: 'b:1', name: 'other' },
        ],
      },
    ],
    [
      'connections[1] has the same name "payroll-sql" as connections[0]',
      {
        connections: [
          good,
          { connectionString: listenString('payroll-sql', 'sb://b.example/'), endpoint: 'b:1' },
        ],
      },
    ],
    ['ca: cannot read', { connections: [good], ca: 'nowhere.pem' }],
    ['ca: ', { connections: [good], ca: 'key' }],
    ['proxy: The proxy is a socks5://', { connections: [good], proxy: `socks5://jane:${KEY}@proxy.test` }],
    ['proxy: The proxy is not a URL', { connections: [good], proxy: `http://jane:#${KEY}@proxy.test` }],
    ['proxy: the environment variable "NO"', { connections: [good], proxy: 'env:NO' }],
    ['proxy: Invalid input', { connections: [good], proxy: true }],
    ['keepAliveIntervalMs: Too small', { connections: [good], keepAliveIntervalMs: 0 }],
  ])('are refused with "%s …" in one line', (message, settings) => {
    const check = () => managerConfig(settings as ManagerSettings, { directory, env: {} });
    expect(check).toThrow(expect.objectContaining({ code: 'ERR_MANAGER_CONFIG' }));
    expect(check).toThrow(message);
    expect(check).not.toThrow(/\n/);
    expect(check).not.toThrow(KEY);
  });
});
