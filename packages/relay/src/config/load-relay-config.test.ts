import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cert, key, otherCert } from '../../test/certificate.js';
import { loadRelayConfig } from './load-relay-config.js';

const dir = mkdtempSync(join(tmpdir(), 'relay-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const inDir = (name: string) => join(dir, name);

function load(text: string, env: Record<string, string> = {}) {
  writeFileSync(inDir('relay.yaml'), text);
  return loadRelayConfig(inDir('relay.yaml'), { env });
}

describe('the configuration of a relay', () => {
  it('needs no file', () => {
    expect(loadRelayConfig(undefined, { workingDir: dir })).toEqual({
      dataDir: inDir('data'),
      admin: { tokenFile: inDir('data/admin.token') },
    });
  });

  it('keeps the admin token in the folder that it is told of, wherever the file is', () => {
    writeFileSync(inDir('relay.yaml'), 'dataDir: elsewhere\n');
    const { dataDir, admin } = loadRelayConfig(inDir('relay.yaml'), { dataDir: inDir('state') });
    expect({ dataDir, admin }).toEqual({
      dataDir: inDir('state'),
      admin: { tokenFile: inDir('state/admin.token') },
    });
  });

  it('says which files it reads, and for what', () => {
    writeFileSync(inDir('server.pem'), cert);
    writeFileSync(inDir('server.key'), key);
    writeFileSync(inDir('relay.yaml'), 'listen: { tls: { cert: server.pem, key: server.key } }');
    const files: [string, string][] = [];
    loadRelayConfig(inDir('relay.yaml'), { onFile: (...file) => files.push(file) });
    expect(files).toEqual([
      [inDir('relay.yaml'), 'relay.yaml'],
      [inDir('server.pem'), 'relay.yaml: listen.tls.cert'],
      [inDir('server.key'), 'relay.yaml: listen.tls.key'],
    ]);
  });

  it('may be an empty file', () => {
    expect(load('# nothing yet\n')).toMatchObject({ dataDir: inDir('data') });
  });

  it('may be JSON', () => {
    expect(load('{"publicUrl": "wss://relay.example.net"}')).toMatchObject({
      publicUrl: 'wss://relay.example.net',
    });
  });

  it('says all that the documentation shows', () => {
    writeFileSync(inDir('listener.key'), 'from a file\n');
    writeFileSync(inDir('server.pem'), `${cert}\n`);
    writeFileSync(inDir('server.key'), key);
    const config = load(
      `
dataDir: ./state
listen: { host: 0.0.0.0, port: 443, tls: { cert: server.pem, key: file:server.key } }
publicUrl: wss://relay.example.net:443
admin: { host: 127.0.0.1, port: 9000, token: env:ADMIN }
namespaces:
  - name: relay.example.net
    hosts: [localhost, 127.0.0.1, '::1']
    authorizationRules:
      - { name: RootManageSharedAccessKey, rights: [Manage, Send, Listen], primaryKey: as it stands }
    hybridConnections:
      - name: payroll-sql
        endpoint: sql01.corp.example:1433
        requiresClientAuthorization: false
        authorizationRules:
          - { name: defaultListener, rights: [Listen], primaryKey: file:listener.key, secondaryKey: env:SECOND }
limits: { connectionsPerNamespace: 10 }
timeouts: { acceptMs: 5000 }
`,
      { ADMIN: 'token', SECOND: 'from the environment' },
    );
    expect(config).toEqual({
      dataDir: inDir('state'),
      listen: { host: '0.0.0.0', port: 443, tls: { cert: cert.trim(), key: key.trim() } },
      publicUrl: 'wss://relay.example.net:443',
      admin: { host: '127.0.0.1', port: 9000, token: 'token' },
      namespaces: [
        {
          name: 'relay.example.net',
          hosts: ['localhost', '127.0.0.1', '::1'],
          authorizationRules: [
            {
              name: 'RootManageSharedAccessKey',
              rights: ['Manage', 'Send', 'Listen'],
              primaryKey: 'as it stands',
            },
          ],
          hybridConnections: [
            {
              name: 'payroll-sql',
              endpoint: 'sql01.corp.example:1433',
              requiresClientAuthorization: false,
              authorizationRules: [
                {
                  name: 'defaultListener',
                  rights: ['Listen'],
                  primaryKey: 'from a file',
                  secondaryKey: 'from the environment',
                },
              ],
            },
          ],
        },
      ],
      limits: { connectionsPerNamespace: 10 },
      timeouts: { acceptMs: 5000 },
    });
  });

  it('leaves a token file that is not there to be made', () => {
    expect(load('admin: { token: file:my.token }').admin).toEqual({ tokenFile: inDir('my.token') });
  });
});

describe('the issuer of JSON Web Tokens', () => {
  const jwt = (jwks: string) => load(`jwt: { issuer: https://a.example, audience: x, jwks: '${jwks}' }`).jwt;

  it('may publish its keys, or have them in a file', () => {
    expect(jwt('https://a.example/keys')?.jwks).toBe('https://a.example/keys');
    expect(jwt('http://localhost:9/keys')?.jwks).toBe('http://localhost:9/keys');
    writeFileSync(inDir('keys.json'), '{"keys":[{"kty":"RSA","n":"x","e":"AQAB"}]}');
    expect(jwt('file:keys.json')?.jwks).toEqual({ keys: [{ kty: 'RSA', n: 'x', e: 'AQAB' }] });
  });

  it.each([
    ['http://a.example/keys', 'relay.yaml: jwt.jwks: must be the https address'],
    ['keys', 'relay.yaml: jwt.jwks: must be the https address'],
    ['file:gone.json', 'relay.yaml: jwt.jwks: cannot read '],
    ['file:not.json', 'relay.yaml: jwt.jwks: the file holds no JSON'],
    ['file:other.json', 'relay.yaml: jwt.jwks: must be the https address'],
  ])('is refused with its keys at %s', (jwks, message) => {
    writeFileSync(inDir('not.json'), 'x');
    writeFileSync(inDir('other.json'), '{"keys":[{}]}');
    expect(caught(() => jwt(jwks)).message).toContain(message);
  });

  it('says what roles allow', () => {
    const { roles } = load(`
jwt:
  issuer: https://a.example
  audience: [x, y]
  jwks: https://a.example/keys
  rolesClaim: scp
  roles:
    payroll: { rights: [Send], hybridConnections: [payroll-sql] }
`).jwt!;
    expect(roles).toEqual({ payroll: { rights: ['Send'], hybridConnections: ['payroll-sql'] } });
  });
});

describe('a configuration that cannot be used', () => {
  const namespace = (rest: string) => `namespaces:\n  - name: a.example\n${rest.replace(/^/gm, '    ')}`;
  const connection = (rest: string) => namespace(`hybridConnections:\n  - ${rest}`);
  const rules = (count: number) =>
    `authorizationRules: [${Array.from({ length: count }, (_, i) => `{name: r${i}, rights: [Send]}`).join(', ')}]`;

  it.each([
    ['dataDri: x', 'relay.yaml: dataDri is not a known setting'],
    ['listen: { prot: 1 }', 'relay.yaml: listen.prot is not a known setting'],
    ['listen: { port: 70000 }', 'relay.yaml: listen.port: '],
    ['listen: { port: http }', 'relay.yaml: listen.port: '],
    ['listen: { tls: { cert: nowhere.pem, key: nowhere.key } }', 'relay.yaml: listen.tls.cert: cannot read '],
    ['publicUrl: https://a.example', 'relay.yaml: publicUrl: must be ws://'],
    ['publicUrl: wss://a.example/path', 'relay.yaml: publicUrl: must be ws://'],
    ['cluster: { nats: nats://127.0.0.1:4222 }', 'relay.yaml: cluster: is not supported yet'],
    [
      'admin: { token: env:NOT_SET }',
      'relay.yaml: admin.token: the environment variable "NOT_SET" is not set',
    ],
    ['namespaces: []', 'relay.yaml: namespaces: '],
    ['namespaces:', 'relay.yaml: namespaces: '],
    [
      'namespaces: [{ name: a.example }, { name: A.EXAMPLE }]',
      'relay.yaml: namespaces[1]: a.example belongs to another',
    ],
    ['namespaces: [{ name: "a.example:80" }]', 'relay.yaml: namespaces[0].name: must be a host name'],
    [connection('{}'), 'relay.yaml: namespaces[0].hybridConnections[0].name: '],
    [connection('{ name: /sql }'), 'relay.yaml: namespaces[0].hybridConnections[0].name: must be letters'],
    [
      connection('{ name: a/../b }'),
      'relay.yaml: namespaces[0].hybridConnections[0].name: must not have a segment',
    ],
    [
      connection('{ name: sql }\n  - { name: SQL }'),
      'relay.yaml: namespaces[0].hybridConnections[1].name: is there twice',
    ],
    [
      connection('{ name: sql, endpoint: db01 }'),
      'relay.yaml: namespaces[0].hybridConnections[0].endpoint: must be host:port',
    ],
    [
      connection('{ name: sql, requiresClientAuthorisation: true }'),
      'relay.yaml: namespaces[0].hybridConnections[0].requiresClientAuthorisation is not a known setting',
    ],
    [
      namespace(rules(13)),
      'relay.yaml: namespaces[0].authorizationRules: must not have more than 12 entries',
    ],
    [
      namespace('authorizationRules: [{ name: r, rights: [Read] }]'),
      'relay.yaml: namespaces[0].authorizationRules[0].rights[0]: ',
    ],
    [
      namespace('authorizationRules: [{ name: r, rights: [] }]'),
      'relay.yaml: namespaces[0].authorizationRules[0].rights: ',
    ],
    [
      namespace('authorizationRules: [{ name: r, rights: [Send], primaryKey: file:gone.key }]'),
      'relay.yaml: namespaces[0].authorizationRules[0].primaryKey: cannot read ',
    ],
    ['timeouts: { acceptMs: 0 }', 'relay.yaml: timeouts.acceptMs: '],
    ['timeouts: { recycleMs: -1 }', 'relay.yaml: timeouts.recycleMs: '],
    ['limits: { headerBytes: 10 }', 'relay.yaml: limits.headerBytes: '],
    ['jwt: { issuer: x }', 'relay.yaml: jwt.audience: '],
    [namespace('limits: { pending: 0 }'), 'relay.yaml: namespaces[0].limits.pending: '],
    [
      connection('{ name: sql, userMetadata: "\\a" }'),
      'relay.yaml: namespaces[0].hybridConnections[0].userMetadata: must not have control characters',
    ],
    ['just text', 'relay.yaml: the whole: '],
    ['a: [1, 2\nb: 3', 'relay.yaml:2:1: this is not YAML'],
    ['a: *nowhere', 'relay.yaml: its aliases cannot be resolved'],
  ])('is refused: %j', (text, message) => {
    const error = caught(() => load(text));
    expect(error).toMatchObject({ name: 'RelayConfigError', code: 'ERR_RELAY_CONFIG' });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('\n');
  });

  it.each([
    [key, key, 'relay.yaml: listen.tls.cert: this is no certificate in PEM'],
    [cert, cert, 'relay.yaml: listen.tls.key: this is no private key in PEM'],
    [otherCert, key, 'relay.yaml: listen.tls: key is not that of cert'],
  ])('is refused with a certificate that cannot be used', (certText, keyText, message) => {
    writeFileSync(inDir('server.pem'), certText);
    writeFileSync(inDir('server.key'), keyText);
    const error = caught(() => load('listen: { tls: { cert: server.pem, key: server.key } }'));
    expect(error).toMatchObject({ code: 'ERR_RELAY_CONFIG' });
    expect(error.message).toContain(message);
  });

  it('takes twelve policies', () => {
    expect(load(namespace(rules(12))).namespaces?.[0]?.authorizationRules).toHaveLength(12);
  });

  it('is refused when the file is not there', () => {
    expect(caught(() => loadRelayConfig(inDir('gone.yaml'))).message).toBe(
      `cannot read ${inDir('gone.yaml')} (ENOENT)`,
    );
  });

  it.each([
    'namespaces: [{ name: a.example, authorizationRules: [{ name: r, rights: [Send], primaryKey: [hunter2] }] }]',
    'namespaces: [{ name: a.example, authorizationRules: [{ name: r, rights: hunter2 }] }]',
    'admin: { token: hunter2\nx',
    'primaryKey: "hunter2" "hunter2"',
    'admin: { token: [hunter2] }',
  ])('does not show what may be a secret: %j', (text) => {
    expect(caught(() => load(text)).message).not.toContain('hunter2');
  });
});

function caught(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not throw');
}
