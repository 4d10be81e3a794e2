import { describe, expect, it } from 'vitest';
import { after, at, base, first, refusal, sql, T1, T2 } from '../../test/changes.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import type { Model } from './model.js';

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
