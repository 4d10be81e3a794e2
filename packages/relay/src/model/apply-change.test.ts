import { describe, expect, it } from 'vitest';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import { EMPTY_MODEL, type Model, type PlanTier } from './model.js';

let made = 0;
const newKey = () => `key-${++made}`;
const at = (now: string) => ({ now, newKey });
const T1 = '2026-01-01T00:00:00.000Z';
const T2 = '2026-01-02T00:00:00.000Z';
const HASH = 'h'.repeat(43);
const labels = { subscription: 's1', resourceGroup: 'rg' };

/** What changes lead to, one after another. */
const after = (changes: readonly Change[], model: Model = EMPTY_MODEL, now = T1): Model =>
  changes.reduce((before, change) => applyChange(before, change, at(now)), model);

const refusal = (model: Model, change: Change): { code: string; target?: string; message: string } => {
  try {
    applyChange(model, change, at(T2));
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was not refused');
};

const namespace: Change = { type: 'put-namespace', name: 'relay.example' };
const hc = (name: string, rest: object = {}): Change => ({
  type: 'put-hybrid-connection',
  namespace: 'relay.example',
  name,
  endpoint: 'db01:1433',
  ...rest,
});
const base = after([namespace, hc('sql')]);
const first = (model: Model) => model.namespaces[0]!;
const sql = (model: Model) => first(model).hybridConnections[0]!;

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

describe('the note of a hybrid connection and its endpoint', () => {
  const noted = (endpoint: string) => `[{"key":"endpoint","value":"${endpoint}"}]`;
  const put = (before: object | undefined, change: object) => {
    const start = before === undefined ? after([namespace]) : after([namespace, hc('x', before)]);
    return sql(
      applyChange(start, { ...hc('x'), endpoint: undefined, ...change } as unknown as Change, at(T2)),
    );
  };

  it.each<[string, object | undefined, object, string | undefined, string | undefined]>([
    ['an endpoint makes a note', undefined, { endpoint: 'a:1' }, 'a:1', noted('a:1')],
    ['a note sets the endpoint', undefined, { userMetadata: noted('a:1') }, 'a:1', noted('a:1')],
    [
      'any case of the word counts',
      undefined,
      { userMetadata: '[{"key":"Endpoint","value":"a:1"}]' },
      'a:1',
      '[{"key":"Endpoint","value":"a:1"}]',
    ],
    [
      'both may say the same',
      undefined,
      { endpoint: 'A:1', userMetadata: noted('a:1') },
      'a:1',
      noted('a:1'),
    ],
    ['a note without one takes it away', {}, { userMetadata: '[]' }, undefined, '[]'],
    ['no note takes it away', {}, { userMetadata: null }, undefined, undefined],
    ['no endpoint takes its item away', {}, { endpoint: null }, undefined, undefined],
    ['an endpoint replaces its item', {}, { endpoint: 'b:2' }, 'b:2', noted('b:2')],
    [
      'other items stay',
      { endpoint: undefined, userMetadata: '[{"key":"owner","value":"x"},{"key":"endpoint","value":"a:1"}]' },
      { endpoint: 'b:2' },
      'b:2',
      '[{"key":"owner","value":"x"},{"key":"endpoint","value":"b:2"}]',
    ],
    [
      'other items stay when it goes',
      { endpoint: undefined, userMetadata: '[{"key":"owner","value":"x"},{"key":"endpoint","value":"a:1"}]' },
      { endpoint: null },
      undefined,
      '[{"key":"owner","value":"x"}]',
    ],
    [
      'free text stays',
      { endpoint: undefined, userMetadata: 'ask Ann' },
      { endpoint: 'b:2' },
      'b:2',
      'ask Ann',
    ],
    [
      'an endpoint that is none is a note',
      undefined,
      { userMetadata: noted('nowhere') },
      undefined,
      noted('nowhere'),
    ],
    ['what is left out stays', {}, {}, 'db01:1433', noted('db01:1433')],
  ])('%s', (_, before, change, endpoint, userMetadata) => {
    const { endpoint: e, userMetadata: m } = put(before, change);
    expect([e, m]).toEqual([endpoint, userMetadata]);
  });

  it.each([
    { endpoint: 'b:2', userMetadata: noted('a:1') },
    { userMetadata: 'x'.repeat(1_025) },
    { userMetadata: '\u0001' },
  ])('are refused as %j', (change) => {
    expect(refusal(base, hc('x', { endpoint: undefined, ...change })).target).toBe('properties.userMetadata');
  });

  it('cannot go while an app has it attached, and a new one is told to the app', () => {
    const attached = after([plan(), app('web'), attach('web', 'sql')], base);
    expect(refusal(attached, hc('sql', { endpoint: null })).code).toBe('ERR_RELAY_CONFLICT');
    const moved = applyChange(attached, hc('sql', { endpoint: 'db02:1434' }), at(T2));
    expect(moved.apps[0]?.attachments[0]).toMatchObject({ hostname: 'db02', port: 1434, updatedAt: T2 });
  });
});

describe('a policy', () => {
  const put = (rest: object): Change => ({
    type: 'put-rule',
    namespace: 'relay.example',
    hybridConnection: 'sql',
    name: 'own',
    rights: ['Send'],
    ...rest,
  });
  const own = (model: Model) => sql(model).authorizationRules.find(({ name }) => name === 'own')!;

  it('gets two keys, and keeps them when its rights change', () => {
    const one = applyChange(base, put({}), at(T1));
    const other = applyChange(one, put({ name: 'OWN', rights: ['Listen', 'Send', 'Send'] }), at(T2));
    expect(own(other)).toEqual({ ...own(one), rights: ['Send', 'Listen'] });
  });

  it('that may manage may do all', () => {
    expect(own(applyChange(base, put({ rights: ['Manage'] }), at(T1))).rights).toEqual([
      'Manage',
      'Send',
      'Listen',
    ]);
  });

  it('knows since when each key is what it is', () => {
    const one = applyChange(base, put({ primaryKey: 'p', secondaryKey: 's' }), at(T1));
    const keys = {
      type: 'set-keys',
      namespace: 'relay.example',
      hybridConnection: 'sql',
      name: 'own',
    } as const;
    const other = applyChange(one, { ...keys, primaryKey: 'q', secondaryKey: 's' }, at(T2));
    expect(own(other)).toMatchObject({
      primaryKey: 'q',
      secondaryKey: 's',
      primaryKeyChangedAt: T2,
      secondaryKeyChangedAt: T1,
    });
    expect(applyChange(other, { ...keys, primaryKey: 'q' }, at(T2))).toBe(other);
    expect(refusal(one, { ...keys, name: 'nobody' }).code).toBe('ERR_RELAY_NOT_FOUND');
    expect(refusal(one, { ...keys, primaryKey: '' }).target).toBe('properties.primaryKey');
    expect(refusal(one, { ...keys, primaryKey: 'x'.repeat(257) }).code).toBe('ERR_RELAY_INVALID');
  });

  it('is one of twelve, on each level', () => {
    const names = Array.from({ length: 10 }, (_, i) => put({ name: `r${i}` }));
    const full = after(names, base);
    expect(refusal(full, put({})).code).toBe('ERR_RELAY_QUOTA');
    expect(applyChange(full, put({ name: 'r0', rights: ['Listen'] }), at(T2))).not.toBe(full);
    expect(
      first(applyChange(full, put({ hybridConnection: undefined }), at(T2))).authorizationRules,
    ).toHaveLength(2);
  });

  it.each([
    { rights: [] },
    { rights: ['Own'] },
    { name: '' },
    { name: 'a\nb' },
    { primaryKey: 'x'.repeat(257) },
  ])('is refused as %j', (rest) => {
    expect(refusal(base, put(rest)).code).toBe('ERR_RELAY_INVALID');
  });

  it('is gone when it was deleted', () => {
    const gone = {
      type: 'delete-rule',
      namespace: 'relay.example',
      hybridConnection: 'sql',
      name: 'defaultSender',
    } as const;
    const model = applyChange(base, gone, at(T2));
    expect(sql(model).authorizationRules.map(({ name }) => name)).toEqual(['defaultListener']);
    expect(refusal(model, gone).code).toBe('ERR_RELAY_NOT_FOUND');
  });
});

const plan = (tier: PlanTier = 'Basic', name = 'p1'): Change => ({ type: 'put-plan', name, labels, tier });
const app = (name: string, to: string | undefined = 'p1'): Change => ({
  type: 'put-app',
  name,
  labels,
  ...(to !== undefined && { plan: to }),
});
const attach = (to: string, hybridConnection: string, rest: object = {}): Change => ({
  type: 'attach',
  subscription: 's1',
  app: to,
  namespace: 'relay.example',
  hybridConnection,
  ...rest,
});
const many = (count: number) => Array.from({ length: count }, (_, i) => hc(`n${i}`));

describe('a plan', () => {
  it.each<[PlanTier, number]>([
    ['Basic', 5],
    ['Standard', 25],
    ['Premium', 200],
    ['Isolated', 200],
  ])('of the tier %s lets its apps use %i hybrid connections', (tier, limit) => {
    const full = after(
      [
        plan(tier),
        app('a'),
        app('b'),
        ...many(limit + 1),
        ...range(limit).map((i) => attach(i % 2 ? 'a' : 'b', `n${i}`)),
      ],
      base,
    );
    expect(refusal(full, attach('a', `n${limit}`))).toMatchObject({ code: 'ERR_RELAY_QUOTA' });
    // One that another app of the plan has attached counts once.
    expect(applyChange(full, attach('a', 'N0'), at(T2)).apps[0]?.attachments).toHaveLength(
      Math.floor(limit / 2) + 1,
    );
  });

  it('cannot become smaller than what is used, nor take in an app that uses too much', () => {
    const full = after(
      [
        plan('Standard'),
        plan('Basic', 'p2'),
        app('a'),
        ...many(6),
        ...range(6).map((i) => attach('a', `n${i}`)),
      ],
      base,
    );
    expect(refusal(full, plan('Basic')).code).toBe('ERR_RELAY_QUOTA');
    expect(refusal(full, app('a', 'p2')).code).toBe('ERR_RELAY_QUOTA');
    expect(applyChange(full, plan('Premium'), at(T2)).plans[0]?.tier).toBe('Premium');
  });

  it('cannot be deleted while it has apps', () => {
    const gone = { type: 'delete-plan', subscription: 'S1', name: 'P1' } as const;
    const model = after([plan(), app('a')]);
    expect(refusal(model, gone).code).toBe('ERR_RELAY_CONFLICT');
    const empty = applyChange(model, { type: 'delete-app', subscription: 's1', name: 'A' }, at(T2));
    expect(applyChange(empty, gone, at(T2))).toEqual(EMPTY_MODEL);
    expect(refusal(EMPTY_MODEL, gone).code).toBe('ERR_RELAY_NOT_FOUND');
  });

  it('is another in another subscription', () => {
    const model = after([plan(), { ...plan(), labels: { ...labels, subscription: 's2' } } as Change]);
    expect(model.plans).toHaveLength(2);
    const elsewhere = { ...plan(), labels: { ...labels, resourceGroup: 'rg2' } } as Change;
    expect(refusal(model, elsewhere).code).toBe('ERR_RELAY_CONFLICT');
  });
});

describe('an app', () => {
  it('needs a plan that is there', () => {
    expect(refusal(EMPTY_MODEL, app('a')).target).toBe('properties.plan');
    expect(refusal(after([plan()]), { type: 'put-app', name: 'a', labels })).toMatchObject({
      target: 'properties.plan',
    });
  });

  const ready = after(
    [
      plan(),
      app('web'),
      hc('open', { requiresClientAuthorization: false }),
      hc('bare', { endpoint: undefined }),
    ],
    base,
  );
  const attachments = (model: Model) => model.apps[0]!.attachments;

  it('sends by the primary key of the first policy that may', () => {
    const rule = sql(base).authorizationRules[1]!;
    expect(attachments(applyChange(ready, attach('WEB', 'SQL'), at(T2)))).toEqual([
      {
        namespace: 'relay.example',
        hybridConnection: 'sql',
        hostname: 'db01',
        port: 1433,
        sendKeyName: 'defaultSender',
        sendKeyValue: rule.primaryKey,
        attachedAt: T2,
        updatedAt: T2,
      },
    ]);
  });

  it('may send by a policy of the namespace', () => {
    const model = applyChange(
      ready,
      attach('web', 'sql', { sendKeyName: 'rootManageSharedAccessKey' }),
      at(T2),
    );
    const { primaryKey } = first(base).authorizationRules[0]!;
    expect(attachments(model)).toMatchObject([
      { sendKeyName: 'RootManageSharedAccessKey', sendKeyValue: primaryKey },
    ]);
  });

  it('keeps what another attach leaves out', () => {
    const one = applyChange(ready, attach('web', 'sql', { sendKeyValue: 'old' }), at(T1));
    expect(applyChange(one, attach('web', 'sql'), at(T2))).toBe(one);
    expect(
      attachments(applyChange(one, attach('web', 'sql', { sendKeyValue: 'new' }), at(T2))),
    ).toMatchObject([{ sendKeyValue: 'new', attachedAt: T1, updatedAt: T2 }]);
  });

  it.each<[string, Change, string, string]>([
    [
      'one that lets anybody in',
      attach('web', 'open'),
      'ERR_RELAY_INVALID',
      'does not require client authorization',
    ],
    ['one that leads nowhere', attach('web', 'bare'), 'ERR_RELAY_INVALID', 'has no endpoint'],
    [
      'another host',
      attach('web', 'sql', { hostname: 'db02' }),
      'ERR_RELAY_INVALID',
      'the endpoint of sql is db01:1433',
    ],
    [
      'another port',
      attach('web', 'sql', { port: 1 }),
      'ERR_RELAY_INVALID',
      'the endpoint of sql is db01:1433',
    ],
    [
      'a policy that may not send',
      attach('web', 'sql', { sendKeyName: 'defaultListener' }),
      'ERR_RELAY_INVALID',
      'that may send',
    ],
    [
      'one that is not there',
      attach('web', 'nothing'),
      'ERR_RELAY_NOT_FOUND',
      'no hybrid connection nothing',
    ],
    ['an app that is not there', attach('nobody', 'sql'), 'ERR_RELAY_NOT_FOUND', 'no app nobody'],
  ])('cannot attach %s', (_, change, code, message) => {
    expect(refusal(ready, change)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('has nothing of what it was detached from', () => {
    const one = applyChange(ready, attach('web', 'sql'), at(T1));
    const gone = { ...attach('web', 'SQL'), type: 'detach' } as Change;
    const other = applyChange(one, gone, at(T2));
    expect(attachments(other)).toEqual([]);
    expect(refusal(other, gone).code).toBe('ERR_RELAY_NOT_FOUND');
  });

  it('has the old key after a regenerate, and the new one when keys are synced', () => {
    const place = { namespace: 'relay.example', hybridConnection: 'sql' };
    const sync = (rest: object = {}): Change => ({ type: 'sync-keys', ...place, ...rest });
    const one = after([app('other'), attach('web', 'sql'), attach('other', 'sql')], ready);
    const old = attachments(one)[0]!.sendKeyValue;
    const rolled = applyChange(
      one,
      { type: 'set-keys', ...place, name: 'defaultSender', primaryKey: 'new' },
      at(T2),
    );
    const keys = (model: Model) => model.apps.map(({ attachments: [only] }) => only?.sendKeyValue);
    expect(keys(rolled)).toEqual([old, old]);
    expect(keys(applyChange(rolled, sync(), at(T2)))).toEqual(['new', 'new']);
    expect(keys(applyChange(rolled, sync({ apps: [{ subscription: 's1', app: 'web' }] }), at(T2)))).toEqual([
      'new',
      old,
    ]);
    const secondary = sql(base).authorizationRules[1]!.secondaryKey;
    expect(keys(applyChange(rolled, sync({ key: 'secondary' }), at(T2)))).toEqual([secondary, secondary]);
    expect(applyChange(one, sync(), at(T2))).toBe(one);
    const stranger = applyChange(rolled, app('third'), at(T2));
    expect(refusal(stranger, sync({ apps: [{ subscription: 's1', app: 'third' }] })).code).toBe(
      'ERR_RELAY_NOT_FOUND',
    );
  });

  it('gets another policy with the sync, where its own is gone', () => {
    const place = { namespace: 'relay.example', hybridConnection: 'sql' };
    const one = applyChange(ready, attach('web', 'sql'), at(T1));
    const gone = applyChange(one, { type: 'delete-rule', ...place, name: 'defaultSender' }, at(T2));
    const [attachment] = attachments(applyChange(gone, { type: 'sync-keys', ...place }, at(T2)));
    expect(attachment?.sendKeyName).toBe('RootManageSharedAccessKey');
  });
});

describe('a token', () => {
  const token: Change = { type: 'add-token', id: 't1', name: 'Ann', role: 'reader', hash: HASH };

  it('is good until it is revoked', () => {
    const model = applyChange(EMPTY_MODEL, token, at(T1));
    expect(model.tokens).toEqual([{ id: 't1', name: 'Ann', role: 'reader', hash: HASH, createdAt: T1 }]);
    expect(refusal(model, token).code).toBe('ERR_RELAY_CONFLICT');
    expect(applyChange(model, { type: 'revoke-token', id: 't1' }, at(T2))).toEqual(EMPTY_MODEL);
    expect(refusal(EMPTY_MODEL, { type: 'revoke-token', id: 't1' }).code).toBe('ERR_RELAY_NOT_FOUND');
  });

  it.each([{ role: 'king' }, { hash: 'x' }, { expiresAt: 'soon' }, { id: '' }, { name: '' }])(
    'is refused with %j',
    (rest) => {
      expect(refusal(EMPTY_MODEL, { ...token, ...rest } as Change).code).toBe('ERR_RELAY_INVALID');
    },
  );
});

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
