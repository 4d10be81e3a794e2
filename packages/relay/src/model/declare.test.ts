import { describe, expect, it } from 'vitest';
import type { NamespaceOptions } from '../config/options.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import { declareNamespaces, fallbackOf, findHybridConnection, withMissing } from './declare.js';
import { EMPTY_MODEL, type Model } from './model.js';

let made = 0;
const T1 = '2026-01-01T00:00:00.000Z';
const T2 = '2026-01-02T00:00:00.000Z';
const context = (now: string) => ({ now, newKey: () => `made-${++made}`, knownKeys: () => undefined });
const declare = (model: Model, ...declared: NamespaceOptions[]) =>
  declareNamespaces(model, declared, context(T2));
const change = (model: Model, ...changes: Change[]) =>
  changes.reduce((before, each) => applyChange(before, each, context(T2)), model);

const file: NamespaceOptions = {
  name: 'a.example',
  hosts: ['b.example'],
  limits: { pending: 5 },
  hybridConnections: [{ name: 'sql', endpoint: 'db:1' }, { name: 'web' }],
};
const started = declareNamespaces(EMPTY_MODEL, [file], context(T1));
const find = (model: Model, name: string) =>
  findHybridConnection(model.namespaces, name, undefined)!.hybridConnection;
const rulesOf = (model: Model, name: string) => find(model, name).authorizationRules;
const namesOf = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

describe('what a configuration declares', () => {
  it('is there, with what it has when nothing is said', () => {
    expect(started.namespaces).toMatchObject([
      {
        name: 'a.example',
        subscription: '00000000-0000-0000-0000-000000000000',
        resourceGroup: 'hybridge',
        hosts: ['b.example'],
        limits: { pending: 5 },
        authorizationRules: [{ name: 'RootManageSharedAccessKey', declared: true }],
        hybridConnections: [
          {
            name: 'sql',
            endpoint: 'db:1',
            userMetadata: '[{"key":"endpoint","value":"db:1"}]',
            requiresClientAuthorization: true,
            authorizationRules: [{ name: 'defaultListener' }, { name: 'defaultSender' }],
            createdAt: T1,
            declared: true,
          },
          { name: 'web' },
        ],
        declared: true,
      },
    ]);
  });

  it('changes nothing when it is there already', () => {
    expect(declare(started, file)).toBe(started);
  });

  it('keeps keys that were made, and rolled', () => {
    const place = { namespace: 'a.example', hybridConnection: 'sql', name: 'defaultSender' };
    const rolled = change(started, { type: 'set-keys', ...place, primaryKey: 'rolled' });
    expect(rulesOf(declare(rolled, file), 'sql')[1]).toMatchObject({
      primaryKey: 'rolled',
      secondaryKey: rulesOf(started, 'sql')[1]!.secondaryKey,
    });
  });

  it('brings back keys that it gives, and rights', () => {
    const own = { name: 'own', rights: ['Send'], primaryKey: 'given' } as const;
    const given = { ...file, authorizationRules: [own] };
    const place = { namespace: 'a.example', name: 'own' };
    const first = declare(started, given);
    const rolled = change(
      first,
      { type: 'set-keys', ...place, primaryKey: 'p', secondaryKey: 's' },
      { type: 'put-rule', ...place, rights: ['Listen'] },
    );
    expect(declare(rolled, given).namespaces[0]!.authorizationRules).toEqual([
      {
        ...first.namespaces[0]!.authorizationRules[0],
        secondaryKey: 's',
        primaryKeyChangedAt: T2,
        secondaryKeyChangedAt: T2,
      },
    ]);
  });

  it('is brought back after it was deleted', () => {
    const gone = change(started, { type: 'delete-hybrid-connection', namespace: 'a.example', name: 'sql' });
    const back = declare(gone, file);
    expect(namesOf(back.namespaces[0]!.hybridConnections)).toEqual(['sql', 'web']);
    expect(rulesOf(back, 'sql')[0]!.primaryKey).not.toBe(rulesOf(started, 'sql')[0]!.primaryKey);
  });

  it('puts its values over those that were set, and keeps what it says nothing of', () => {
    const place = { type: 'put-hybrid-connection', namespace: 'a.example' } as const;
    const changed = change(
      started,
      { ...place, name: 'sql', endpoint: 'other:2' },
      { ...place, name: 'web', endpoint: 'web:80' },
      { type: 'put-namespace', name: 'a.example', tags: { team: 'x' }, location: 'here' },
    );
    const next = declare(changed, file);
    expect([find(next, 'sql').endpoint, find(next, 'web').endpoint]).toEqual(['db:1', 'web:80']);
    expect(next.namespaces[0]).toMatchObject({ tags: { team: 'x' }, location: 'here' });
  });

  it('leads apps elsewhere, when it leads elsewhere', () => {
    const labels = { subscription: 's', resourceGroup: 'g' };
    const attached = change(
      started,
      { type: 'put-plan', name: 'p', labels },
      { type: 'put-app', name: 'x', plan: 'p', labels },
      { type: 'attach', subscription: 's', app: 'x', namespace: 'a.example', hybridConnection: 'sql' },
    );
    const next = declare(attached, { ...file, hybridConnections: [{ name: 'sql', endpoint: 'db2:3' }] });
    expect(next.apps[0]!.attachments).toMatchObject([{ hostname: 'db2', port: 3 }]);
  });

  it('opens or closes to senders without a token as it says, which is closed unless it says so', () => {
    const open = { ...file, hybridConnections: [{ name: 'web', requiresClientAuthorization: false }] };
    const opened = declare(started, open);
    expect(find(opened, 'web').requiresClientAuthorization).toBe(false);
    expect(find(declare(opened, file), 'web').requiresClientAuthorization).toBe(true);
  });

  it('takes keys that are known from before, once', () => {
    const known = { primaryKey: 'p', secondaryKey: 's' };
    const knownKeys = (...place: unknown[]) =>
      place.join('/') === 'a.example/sql/defaultSender' ? known : undefined;
    const upgraded = declareNamespaces(EMPTY_MODEL, [file], { ...context(T1), knownKeys });
    expect(rulesOf(upgraded, 'sql')[1]).toMatchObject(known);
    expect(rulesOf(upgraded, 'web')[1]).not.toMatchObject(known);
  });

  it.each<[string, NamespaceOptions, string]>([
    [
      'a key is too long',
      { name: 'x', authorizationRules: [{ name: 'r', rights: ['Send'], primaryKey: 'x'.repeat(257) }] },
      'properties.primaryKey',
    ],
    [
      'a host is another’s',
      { name: 'x', hosts: ['B.example'] },
      'the host b.example of the namespace x belongs to',
    ],
  ])('is refused when %s', (_, declared, message) => {
    const kept = change(EMPTY_MODEL, { type: 'put-namespace', name: 'a.example', hosts: ['b.example'] });
    expect(() => declare(kept, declared)).toThrow(
      expect.objectContaining({
        code: 'ERR_RELAY_CONFIG',
        message: expect.stringMatching(new RegExp(message, 'i')),
      }),
    );
  });
});

describe('what a configuration does not declare', () => {
  const created = change(
    started,
    { type: 'put-namespace', name: 'c.example' },
    { type: 'put-hybrid-connection', namespace: 'a.example', name: 'new' },
    { type: 'put-rule', namespace: 'a.example', hybridConnection: 'sql', name: 'own', rights: ['Send'] },
  );

  it('is kept when it was created', () => {
    expect(declare(created, file)).toBe(created);
  });

  it('is kept when it was declared, with its keys, and declared no more', () => {
    const next = declare(created, { name: 'a.example', hybridConnections: [{ name: 'web' }] });
    expect(namesOf(next.namespaces[0]!.hybridConnections)).toEqual(['web', 'sql', 'new']);
    expect(find(next, 'sql').declared).toBeUndefined();
    expect(rulesOf(next, 'sql')).toBe(rulesOf(created, 'sql'));
    expect(next.namespaces[0]).toMatchObject({ hosts: ['b.example'] });
    expect(next.namespaces[0]!.limits).toBeUndefined();
    const [, a] = declare(created, { name: 'd.example' }).namespaces;
    expect([a!.declared, a!.hybridConnections.map(({ declared }) => declared)]).toEqual([
      undefined,
      [undefined, undefined, undefined],
    ]);
  });

  it('is revoked when it is a policy that was in a list', () => {
    const rules = (...names: string[]) => names.map((name) => ({ name, rights: ['Send'] }) as const);
    const listing = (...names: string[]): NamespaceOptions => ({
      ...file,
      hybridConnections: [{ name: 'sql', authorizationRules: rules(...names) }],
    });
    const two = declare(created, listing('one', 'two'));
    expect(namesOf(rulesOf(two, 'sql'))).toEqual(['one', 'two', 'own']);
    expect(namesOf(rulesOf(declare(two, listing('two')), 'sql'))).toEqual(['two', 'own']);
  });
});

describe('a model that is looked at before a relay starts', () => {
  it('gains what is declared and loses nothing', () => {
    const next = declare(started, {
      name: 'a.example',
      hybridConnections: [
        { name: 'SQL', endpoint: 'other:1', authorizationRules: [{ name: 'own', rights: ['Send'] }] },
        { name: 'new' },
      ],
    });
    const filled = withMissing(started, next);
    expect(namesOf(filled.namespaces[0]!.hybridConnections)).toEqual(['sql', 'web', 'new']);
    expect(find(filled, 'sql').endpoint).toBe('db:1');
    expect(namesOf(rulesOf(filled, 'sql'))).toEqual(['defaultListener', 'defaultSender', 'own']);
    expect(rulesOf(filled, 'sql')[2]).toBe(rulesOf(next, 'sql')[0]);
    expect(withMissing(filled, next)).toBe(filled);
  });
});

describe('the namespace that answers to any name', () => {
  const namespace = (name: string): Change => ({ type: 'put-namespace', name });
  const created = change(EMPTY_MODEL, namespace('a'), namespace('b'));

  it.each<[string, Model, string | undefined]>([
    ['none, when there is none', EMPTY_MODEL, undefined],
    ['the only one', change(EMPTY_MODEL, namespace('a')), 'a'],
    ['the first, when none is declared', created, 'a'],
    ['the only declared one', declare(created, { name: 'b' }), 'b'],
    ['none, when several are declared', declare(created, { name: 'b' }, { name: 'c' }), undefined],
  ])('is %s', (_, { namespaces }, name) => {
    expect(fallbackOf(namespaces)?.name).toBe(name);
  });
});
