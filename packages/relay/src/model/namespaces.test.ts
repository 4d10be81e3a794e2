import { describe, expect, it } from 'vitest';
import {
  after,
  app,
  at,
  attach,
  base,
  first,
  hc,
  labels,
  namespace,
  plan,
  refusal,
  sql,
  T1,
  T2,
} from '../../test/changes.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';

describe('a namespace', () => {
  it('has the policy that Azure makes, and no hybrid connections', () => {
    const made = first(after([namespace]));
    expect(made).toMatchObject({
      name: 'relay.example',
      subscription: '00000000-0000-0000-0000-000000000000',
      resourceGroup: 'hybridge',
      hybridConnections: [],
      createdAt: T1,
      updatedAt: T1,
    });
    expect(made.authorizationRules.map(({ name, rights }) => [name, rights])).toEqual([
      ['RootManageSharedAccessKey', ['Manage', 'Send', 'Listen']],
    ]);
  });

  it('keeps what a change of it leaves out', () => {
    const tagged = after([{ ...namespace, tags: { a: '1' }, hosts: ['b.example'], location: 'here' }]);
    const next = applyChange(tagged, { ...namespace, name: 'RELAY.example', tags: {} }, at(T2));
    expect(first(next)).toMatchObject({
      name: 'relay.example',
      hosts: ['b.example'],
      location: 'here',
      tags: {},
    });
    expect(first(next)).toMatchObject({ createdAt: T1, updatedAt: T2 });
    expect(first(next).authorizationRules).toBe(first(tagged).authorizationRules);
  });

  it('is not touched by a change that changes nothing', () => {
    expect(applyChange(base, namespace, at(T2))).toBe(base);
  });

  it.each<[string, object, string]>([
    ['a name that is no host name', { name: 'a b' }, 'ERR_RELAY_INVALID'],
    ['a path', { name: '../x' }, 'ERR_RELAY_INVALID'],
    ['markup', { name: '<script>' }, 'ERR_RELAY_INVALID'],
    ['the name of another’s host', { name: 'other.example' }, 'ERR_RELAY_CONFLICT'],
    ['a host of another', { name: 'c.example', hosts: ['RELAY.example'] }, 'ERR_RELAY_CONFLICT'],
    ['other labels', { name: 'relay.example', labels }, 'ERR_RELAY_CONFLICT'],
    [
      'labels that are none',
      { name: 'c.example', labels: { ...labels, subscription: '' } },
      'ERR_RELAY_INVALID',
    ],
    [
      'too many tags',
      { name: 'c.example', tags: Object.fromEntries(Array(51).entries()) },
      'ERR_RELAY_INVALID',
    ],
  ])('is refused with %s', (_, change, code) => {
    const model = after([{ ...namespace, hosts: ['other.example'] }]);
    expect(refusal(model, { ...namespace, ...change } as Change).code).toBe(code);
  });

  it('takes its own away with it, and from the apps that had attached it', () => {
    const model = after(
      [plan(), app('web'), attach('web', 'sql'), { type: 'delete-namespace', name: 'Relay.Example' }],
      base,
    );
    expect(model.namespaces).toEqual([]);
    expect(model.apps[0]?.attachments).toEqual([]);
  });
});

describe('a hybrid connection', () => {
  it('has a policy for listeners and one for senders, each with two keys', () => {
    const { authorizationRules } = sql(base);
    expect(authorizationRules.map(({ name, rights }) => [name, rights])).toEqual([
      ['defaultListener', ['Listen']],
      ['defaultSender', ['Send']],
    ]);
    const keys = authorizationRules.flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey]);
    expect(new Set(keys).size).toBe(4);
  });

  it('may begin with policies of one’s own', () => {
    const given = { name: 'own', rights: ['Send'], primaryKey: 'p' } as const;
    const model = after([namespace, hc('web', { authorizationRules: [given] })]);
    expect(sql(model).authorizationRules).toMatchObject([{ name: 'own', primaryKey: 'p' }]);
  });

  it('is the same in any case', () => {
    const next = applyChange(base, hc('SQL', { endpoint: 'db02:1433' }), at(T2));
    expect(first(next).hybridConnections).toHaveLength(1);
    expect(sql(next)).toMatchObject({ name: 'sql', endpoint: 'db02:1433', createdAt: T1, updatedAt: T2 });
  });

  it('keeps whether it requires client authorization', () => {
    const next = refusal(base, hc('sql', { requiresClientAuthorization: false }));
    expect(next).toMatchObject({
      code: 'ERR_RELAY_CONFLICT',
      target: 'properties.requiresClientAuthorization',
    });
    expect(applyChange(base, hc('sql', { requiresClientAuthorization: true }), at(T2))).toBe(base);
  });

  it.each(['', '/a', 'a/', 'a//b', 'a b', '../x', 'a/./b', 'x'.repeat(261), '<b>', 'a%2Fb'])(
    'is refused with the name %j',
    (name) => {
      expect(refusal(base, hc(name))).toMatchObject({ code: 'ERR_RELAY_INVALID', target: 'name' });
    },
  );

  it.each(['db01', ':1433', 'db01:', 'db01:0', 'db01:65536', 'a b:1', '[::1]:1433', 'a:b:1', '<i>:80'])(
    'is refused with the endpoint %j',
    (endpoint) => {
      expect(refusal(base, hc('new', { endpoint }))).toMatchObject({
        code: 'ERR_RELAY_INVALID',
        target: 'properties.endpoint',
      });
    },
  );

  it('is refused when there are 10,000 already', () => {
    const [only] = first(base).hybridConnections;
    const hybridConnections = Array.from({ length: 10_000 }, (_, i) => ({ ...only!, name: `n${i}` }));
    const full = { ...base, namespaces: [{ ...first(base), hybridConnections }] };
    expect(refusal(full, hc('new')).code).toBe('ERR_RELAY_QUOTA');
    expect(sql(applyChange(full, hc('n0', { endpoint: 'x:1' }), at(T2))).endpoint).toBe('x:1');
  });

  it('is not there when it was deleted, nor attached to an app', () => {
    const attached = after([plan(), app('web'), attach('web', 'sql')], base);
    const gone = { type: 'delete-hybrid-connection', namespace: 'relay.example', name: 'Sql' } as const;
    const model = applyChange(attached, gone, at(T2));
    expect(first(model).hybridConnections).toEqual([]);
    expect(model.apps[0]?.attachments).toEqual([]);
    expect(refusal(model, gone).code).toBe('ERR_RELAY_NOT_FOUND');
  });
});
