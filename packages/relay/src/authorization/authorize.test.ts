import { createToken } from '@hybridge/sas';
import { describe, expect, it } from 'vitest';
import type { Right } from '../config/options.js';
import { type AuthorizationRule, HybridConnection, Namespace } from '../directory/directory.js';
import { type AuthorizationRequest, authorize } from './authorize.js';
import { VerifiedTokens } from './verified-tokens.js';

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const rule = (name: string, ...rights: Right[]): [string, AuthorizationRule] => [
  name,
  { name, rights, primaryKey: `${name} primary`, secondaryKey: `${name} secondary` },
];

const namespace = new Namespace(
  'contoso.example',
  ['alias.example'],
  new Map([rule('root', 'Manage'), rule('both', 'Listen')]),
);
const hyco = new HybridConnection(namespace, {
  name: 'Sales/hyco',
  endpoint: undefined,
  requiresClientAuthorization: true,
  authorizationRules: new Map([
    rule('listener', 'Listen'),
    rule('sender', 'Send'),
    rule('a+b c', 'Send'),
    rule('both', 'Send'),
  ]),
});

function token(
  changes: { resource?: string; keyName?: string; key?: string; now?: number; ttlSeconds?: number } = {},
) {
  const { keyName = 'sender', now = NOW } = changes;
  return createToken({
    resource: changes.resource ?? 'http://contoso.example/sales/hyco/',
    keyName,
    key: changes.key ?? `${keyName} primary`,
    ttlSeconds: changes.ttlSeconds ?? 3600,
    now: () => now,
  });
}

function ask(text: string | undefined, changes: Partial<AuthorizationRequest> = {}) {
  const answer = authorize({
    hybridConnection: hyco,
    host: 'contoso.example:443',
    path: 'Sales/hyco',
    appQuery: '',
    claim: 'Send',
    token: text,
    now: NOW,
    graceMs: 5 * MINUTE,
    ...changes,
  });
  return answer.granted ? 'granted' : answer.refusal.code;
}

describe('a token', () => {
  it.each([
    'http://contoso.example/sales/hyco/',
    'http://contoso.example:443/Sales/hyco',
    'sb://CONTOSO.example/SALES/HYCO',
    'https://contoso.example/$hc/sales/hyco',
    'sb://alias.example/sales/hyco',
    // A parent: Java senders sign the whole namespace.
    'sb://contoso.example',
    'http://contoso.example/sales',
    'http://contoso.example/Sales%2Fhyco',
  ])('made out to %s opens the hybrid connection', (resource) => {
    expect(ask(token({ resource }))).toBe('granted');
  });

  it.each([
    'http://fabrikam.example/sales/hyco',
    'http://contoso.example/sales/hyco2',
    'http://contoso.example/sale',
    'http://contoso.example/sales/hyco/extra',
    'http://contoso.example/sales/hyco?x=1',
    'contoso.example/sales/hyco',
    'not a uri',
  ])('made out to %s does not', (resource) => {
    expect(ask(token({ resource }))).toBe('InvalidAudience');
  });

  it('may be made out to the very address, suffix and query included', () => {
    const resource = 'http://contoso.example/sales/hyco/extra?x=1&sb-hc-action=connect';
    expect(ask(token({ resource }), { path: 'Sales/hyco/Extra', appQuery: '?x=1' })).toBe('granted');
    expect(ask(token({ resource }), { path: 'Sales/hyco/Extra', appQuery: '?x=2' })).toBe('InvalidAudience');
  });

  it('may be made out to the host that the request used', () => {
    const resource = 'http://127.0.0.1/sales/hyco/';
    expect(ask(token({ resource }), { host: '127.0.0.1:8080' })).toBe('granted');
    expect(ask(token({ resource }))).toBe('InvalidAudience');
  });

  it('opens by the secondary key as well, and tells which it was', () => {
    const text = token({ keyName: 'sender', key: 'sender secondary' });
    expect(ask(text)).toBe('granted');
    expect(
      authorize({
        hybridConnection: hyco,
        host: 'contoso.example',
        path: 'sales/hyco',
        appQuery: '',
        claim: 'Send',
        token: text,
        now: NOW,
        graceMs: 0,
      }),
    ).toMatchObject({ grant: { rule: { name: 'sender' }, key: 'secondary' } });
  });

  it('is looked for on the hybrid connection, then on its namespace', () => {
    expect(ask(token({ keyName: 'root' }))).toBe('granted');
    // Both have a policy of this name; that of the hybrid connection may send, that of the namespace may not.
    expect(ask(token({ keyName: 'both' }))).toBe('granted');
  });

  it('may carry its policy’s name encoded or raw', () => {
    const encoded = token({ keyName: 'a+b c' });
    expect(ask(encoded)).toBe('granted');
    expect(ask(encoded.replace('skn=a%2Bb%20c', 'skn=a+b c'))).toBe('granted');
    expect(ask(encoded.replace('skn=a%2Bb%20c', 'skn=a%2Bb+c'))).toBe('granted');
  });

  it('is refused alike for a wrong key and for a policy that is not there', () => {
    expect(ask(token({ key: 'wrong' }))).toBe('InvalidSignature');
    expect(ask(token({ keyName: 'nobody' }))).toBe('InvalidSignature');
  });

  it('is refused when something else stands in its place', () => {
    expect(ask(undefined)).toBe('MissingToken');
    for (const text of [
      '',
      'Bearer eyJhbGciOi',
      'SharedAccessSignature sr=x',
      'SharedAccessSignature sr=x&sig=y&se=soon&skn=z',
    ]) {
      expect(ask(text)).toBe('MalformedToken');
    }
  });

  it('counts for five minutes after its end', () => {
    const text = token({ now: NOW - 3600_000 });
    expect(ask(text, { now: NOW + 5 * MINUTE })).toBe('granted');
    expect(ask(text, { now: NOW + 5 * MINUTE + 1 })).toBe('ExpiredToken');
  });

  it('says nothing of its end to somebody who cannot sign', () => {
    expect(ask(token({ now: NOW - 10 * 3600_000, key: 'wrong' }))).toBe('InvalidSignature');
  });

  it.each([
    ['listener', 'Listen', 'granted'],
    ['listener', 'Send', 'Forbidden'],
    ['sender', 'Send', 'granted'],
    ['sender', 'Listen', 'Forbidden'],
    ['root', 'Listen', 'granted'],
    ['root', 'Send', 'granted'],
  ] as const)('of the policy %s, used to %s, is %s', (keyName, claim, expected) => {
    expect(ask(token({ keyName }), { claim })).toBe(expected);
  });
});

describe('a token that has opened a hybrid connection', () => {
  /** Its own copy, in which things may change. */
  function scene() {
    const policy = { name: 'sender', rights: ['Send'] as Right[], primaryKey: 'old', secondaryKey: 'other' };
    const authorizationRules = new Map<string, AuthorizationRule>([['sender', policy]]);
    const details = { endpoint: undefined, requiresClientAuthorization: true, authorizationRules };
    const hybridConnection = new HybridConnection(namespace, { name: 'sales/hyco', ...details });
    const tokens = new VerifiedTokens();
    const again = (changes: Partial<AuthorizationRequest> = {}, resource?: string) => {
      const text = token({ key: 'old', ...(resource !== undefined && { resource }) });
      const answer = authorize(
        {
          hybridConnection,
          host: 'contoso.example',
          path: 'sales/hyco/a',
          appQuery: '',
          claim: 'Send',
          token: text,
          now: NOW,
          graceMs: 0,
          ...changes,
        },
        tokens,
      );
      return answer.granted ? 'granted' : answer.refusal.code;
    };
    expect(again()).toBe('granted');
    return { again, policy, authorizationRules, details };
  }

  it('opens it again, on whatever path', () => {
    const { again } = scene();
    expect(again()).toBe('granted');
    expect(again({ path: 'Sales/Hyco/b', appQuery: '?x=1' })).toBe('granted');
  });

  it('is looked at anew for another host', () => {
    const { again } = scene();
    expect(again({ host: 'alias.example' })).toBe('granted');
    expect(again({ host: 'fabrikam.example' })).toBe('granted');
    expect(again({}, 'sb://fabrikam.example/sales/hyco')).toBe('InvalidAudience');
  });

  it('opens no other', () => {
    const { again, details } = scene();
    const other = new HybridConnection(namespace, { name: 'sales/other', ...details });
    expect(again({ hybridConnection: other, path: 'sales/other' })).toBe('InvalidAudience');
  });

  it('opens only the path that it was made out to', () => {
    const { again } = scene();
    const narrow = 'http://contoso.example/sales/hyco/a';
    for (let i = 0; i < 2; i += 1) {
      expect(again({}, narrow)).toBe('granted');
      expect(again({ path: 'sales/hyco/b' }, narrow)).toBe('InvalidAudience');
    }
  });

  it('opens it no more when it is over', () => {
    expect(scene().again({ now: NOW + 3_600_001 })).toBe('ExpiredToken');
  });

  it.each([
    [
      'its key is replaced',
      ({ policy }: ReturnType<typeof scene>) => Object.assign(policy, { primaryKey: 'new' }),
    ],
    ['its policy is taken away', ({ authorizationRules }) => authorizationRules.delete('sender')],
    [
      'its policy is another one of that name',
      ({ authorizationRules, policy }) => authorizationRules.set('sender', { ...policy, primaryKey: 'new' }),
    ],
  ])('opens it no more when %s', (_what, change) => {
    const place = scene();
    change(place);
    expect(place.again()).toBe('InvalidSignature');
  });

  it('opens it still by the other key when its own takes that place', () => {
    const { again, policy } = scene();
    Object.assign(policy, { primaryKey: 'new', secondaryKey: 'old' });
    expect(again()).toBe('granted');
  });

  it('opens it for no more than the policy gives now', () => {
    const { again, policy } = scene();
    policy.rights = ['Listen'];
    expect(again()).toBe('Forbidden');
    expect(again({ claim: 'Listen' })).toBe('granted');
  });
});
