/** What holds for any configuration: it makes a relay, or gives one error of one line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { RelayServer } from '../relay-server.js';
import { checkConfig } from './config-schema.js';
import { loadRelayConfig } from './load-relay-config.js';
import { RelayConfigError } from './relay-config-error.js';

const dir = mkdtempSync(join(tmpdir(), 'relay-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const SECRET = 'xG3Kq0v9mT5yWc1RzN7pJd2LhFb8sUeA4iOtQkMn6gE=';
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    'a',
    'A',
    'a/b',
    '/',
    'localhost',
    '::1',
    'Send',
    'env:X',
    'file:x',
  ),
  fc.constantFrom<unknown>(0, 1, -1, 1.5, 65_535, 65_536, 2_147_483_648, Number.NaN, 'wss://h', 'http://h/p'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const rule = fc.record(
  {
    name: fc.oneof(fc.constantFrom('r', 'R', 'owner'), scalar),
    rights: fc.oneof(fc.subarray(['Manage', 'Send', 'Listen']), scalar),
    primaryKey: fc.oneof(fc.constant(SECRET), scalar),
  },
  { requiredKeys: ['name'] },
);
const rules = fc.oneof(fc.array(rule, { maxLength: 3 }), scalar);
const hybridConnection = fc.record(
  {
    name: fc.oneof(fc.constantFrom('sql', 'SQL', 'a/b', 'a', '$hc', '..', 'a//b'), scalar),
    endpoint: scalar,
    userMetadata: scalar,
    requiresClientAuthorization: fc.oneof(fc.boolean(), scalar),
    authorizationRules: rules,
  },
  { requiredKeys: ['name'] },
);
const namespace = fc.record(
  {
    name: fc.oneof(fc.constantFrom('localhost', 'ns.example', 'NS.example'), scalar),
    hosts: fc.oneof(fc.array(fc.oneof(fc.constantFrom('a', 'ns.example'), scalar), { maxLength: 3 }), scalar),
    authorizationRules: rules,
    hybridConnections: fc.oneof(fc.array(hybridConnection, { maxLength: 3 }), scalar),
  },
  { requiredKeys: ['name'] },
);
const config = fc.record(
  {
    listen: fc.oneof(fc.record({ host: scalar, port: scalar }, { requiredKeys: [] }), scalar),
    publicUrl: scalar,
    admin: fc.oneof(fc.record({ port: scalar, token: scalar }, { requiredKeys: [] }), scalar),
    namespaces: fc.oneof(fc.array(namespace, { maxLength: 3 }), scalar),
    limits: fc.oneof(fc.record({ handshakes: scalar, headerBytes: scalar }, { requiredKeys: [] }), scalar),
    timeouts: fc.oneof(fc.record({ acceptMs: scalar, drainMs: scalar }, { requiredKeys: [] }), scalar),
    jwt: fc.oneof(fc.record({ issuer: scalar, audience: scalar, jwks: scalar }), scalar),
    somethingElse: scalar,
  },
  { requiredKeys: [] },
);

function orConfigError<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof RelayConfigError)) throw error;
    expect(error.message).not.toContain('\n');
    expect(error.message).not.toContain(SECRET);
    return undefined;
  }
}

describe('a configuration', () => {
  it('makes a relay, or gives an error of one line that holds no key', () => {
    fc.assert(
      fc.property(fc.oneof(config, fc.jsonValue()), (value) => {
        const checked = orConfigError(() => checkConfig(value, 'relay.yaml'));
        if (checked !== undefined) orConfigError(() => new RelayServer({ ...checked }));
      }),
    );
  });

  it('may be any text', () => {
    const file = join(dir, 'relay.yaml');
    const words = [
      ...[
        'namespaces',
        'name',
        'hybridConnections',
        'listen',
        'port',
        ':',
        ': ',
        '\n',
        '\n  ',
        '\n    - ',
        '- ',
      ],
      ...[
        '"',
        "'",
        '{',
        '}',
        '[',
        ']',
        '&a',
        '*a',
        '<<: ',
        '!!js',
        '#',
        '|',
        '\t',
        '---\n',
        'env:',
        'file:..',
        'sql',
      ],
    ];
    const text = fc.oneof(
      fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
      config.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (content) => {
        writeFileSync(file, content);
        orConfigError(() => loadRelayConfig(file, { env: {} }));
      }),
    );
  });
});
