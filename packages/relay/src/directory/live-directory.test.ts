import { describe, expect, it } from 'vitest';
import { applyChange } from '../model/apply-change.js';
import type { Change } from '../model/change.js';
import { EMPTY_MODEL, type Model } from '../model/model.js';
import { LiveDirectory } from './live-directory.js';

function setUp(publicUrl?: string) {
  const live = new LiveDirectory({ publicUrl, limits: { pendingPerNamespace: 7 } });
  let model: Model = EMPTY_MODEL;
  const change = (next: Change) => {
    model = applyChange(model, next, {
      now: '2026-01-01T00:00:00.000Z',
      newKey: () => `key${Math.random()}`,
    });
    return live.show(model.namespaces);
  };
  const { directory } = live;
  change({ type: 'put-namespace', name: 'a.example', hosts: ['alias.example'] });
  change(hc('sql', { endpoint: 'db:1' }));
  const sql = () => directory.forHost('a.example')!.get('sql')!;
  return { live, directory, change, sql };
}

const hc = (name: string, rest: object = {}): Change => ({
  type: 'put-hybrid-connection',
  namespace: 'a.example',
  name,
  ...rest,
});
const sender = { namespace: 'a.example', hybridConnection: 'sql', name: 'defaultSender' };

describe('a directory that shows a model', () => {
  it('has what the model has', () => {
    const { directory, sql } = setUp();
    expect(directory.forHost('alias.example')).toBe(directory.namespaces[0]);
    expect(directory.namespaces[0]!.limits).toEqual({
      listenersPerHybridConnection: 25,
      connections: 5_000,
      pending: 7,
    });
    expect(sql()).toMatchObject({ endpoint: 'db:1', userMetadata: '[{"key":"endpoint","value":"db:1"}]' });
    expect([...sql().authorizationRules.keys()]).toEqual(['defaultListener', 'defaultSender']);
    expect(sql().createdAt).toEqual(new Date('2026-01-01T00:00:00.000Z'));
  });

  it('keeps its objects when something of them changes', () => {
    const { directory, change, sql } = setUp();
    const [namespace, before] = [directory.namespaces[0], sql()];
    const rule = before.authorizationRules.get('defaultSender')!;
    change(hc('SQL', { endpoint: 'db:2' }));
    change({ type: 'set-keys', ...sender, primaryKey: 'p' });
    change({ type: 'put-rule', ...sender, rights: ['Send', 'Listen'] });
    change({ type: 'put-namespace', name: 'a.example', hosts: [] });
    expect(directory.namespaces[0]).toBe(namespace);
    expect(sql()).toBe(before);
    expect(sql().endpoint).toBe('db:2');
    expect(sql().authorizationRules.get('defaultSender')).toBe(rule);
    expect(rule).toMatchObject({ primaryKey: 'p', rights: ['Send', 'Listen'] });
    expect(namespace!.hosts).toEqual(['a.example']);
  });

  it('has another object for what is deleted and made again, and says what is gone', () => {
    const { change, sql } = setUp();
    const before = sql();
    const gone = change({ type: 'delete-hybrid-connection', namespace: 'a.example', name: 'Sql' });
    expect(gone).toEqual({ removed: [before], rules: [] });
    change(hc('sql'));
    expect(sql()).not.toBe(before);
  });

  it('says where keys have gone, and which are nowhere', () => {
    const { change, sql } = setUp();
    const rule = sql().authorizationRules.get('defaultSender')!;
    const { primaryKey } = rule;
    const { rules } = change({ type: 'set-keys', ...sender, primaryKey: 'new', secondaryKey: primaryKey });
    expect(rules.map((effect) => [effect.rule, effect.deaf])).toEqual([[rule, false]]);
    expect([rules[0]!.slotOf('primary'), rules[0]!.slotOf('secondary')]).toEqual(['secondary', undefined]);
    expect(change({ type: 'put-rule', ...sender, rights: ['Send'] })).toEqual({ removed: [], rules: [] });
  });

  it('says when a policy is gone, or lets nobody listen any more', () => {
    const { change, sql } = setUp();
    const listener = { ...sender, name: 'defaultListener' };
    const [rule, other] = [...sql().authorizationRules.values()];
    const deaf = change({ type: 'put-rule', ...listener, rights: ['Send'] });
    expect(deaf.rules).toMatchObject([{ rule, deaf: true }]);
    expect(deaf.rules[0]!.slotOf('primary')).toBe('primary');
    const gone = change({ type: 'delete-rule', ...sender });
    expect(gone.rules).toMatchObject([{ rule: other, deaf: false }]);
    expect(gone.rules[0]!.slotOf('primary')).toBeUndefined();
    expect([...sql().authorizationRules.keys()]).toEqual(['defaultListener']);
  });

  it('loses a namespace with all that is in it', () => {
    const { directory, change, sql } = setUp();
    const before = sql();
    const root = directory.namespaces[0]!.authorizationRules.get('RootManageSharedAccessKey');
    const effects = change({ type: 'delete-namespace', name: 'A.example' });
    expect(effects.removed).toEqual([before]);
    expect(effects.rules).toMatchObject([{ rule: root }]);
    expect(directory.namespaces).toEqual([]);
    expect(directory.forHost('a.example')).toBeUndefined();
  });
});

describe('the first namespace', () => {
  it('answers to every name that is nobody’s, and goes on to when there is a second one', () => {
    const { directory, change } = setUp('ws://public.example:81');
    const [first] = directory.namespaces;
    change({ type: 'put-namespace', name: 'b.example' });
    expect(directory.namespaces).toHaveLength(2);
    expect(directory.forHost('127.0.0.1:8080')).toBe(first);
    expect(first!.hosts).toEqual(['a.example', 'alias.example', 'public.example']);
    expect(directory.forHost('b.example')).toBe(directory.namespaces[1]);
    expect(directory.namespaces[1]!.hosts).toEqual(['b.example']);
  });
});
