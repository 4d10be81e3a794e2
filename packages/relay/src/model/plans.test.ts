import { describe, expect, it } from 'vitest';
import { after, app, at, attach, base, labels, many, plan, range, refusal, T2 } from '../../test/changes.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import { EMPTY_MODEL, type PlanTier } from './model.js';

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
});
