import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityKey, matchEntity } from './entity.js';
import { parseUpgradeTarget } from './upgrade-target.js';

const arc = `microsoft.hybridcompute/machines/${'0123456789abcdef'.repeat(4)}/638000000000000000/v2`;
const registered = new Map(
  ['hyco', 'Sales', 'Sales/EU-1/hyco', 'a/b', arc].map((name) => [entityKey(name), name]),
);
const match = (path: string) => matchEntity(path, (key) => registered.get(key));

describe('a path', () => {
  it.each([
    ['hyco', 'hyco', ''],
    ['hyco/', 'hyco', ''],
    ['/hyco', 'hyco', ''],
    ['HyCo', 'hyco', ''],
    ['hyco/Tenants/7', 'hyco', '/Tenants/7'],
    ['hyco/x/', 'hyco', '/x/'],
    ['hyco//x', 'hyco', '//x'],
    ['sales/eu-1/HYCO', 'Sales/EU-1/hyco', ''],
    ['Sales/EU-1/hyco/q', 'Sales/EU-1/hyco', '/q'],
    ['Sales/EU-1', 'Sales', '/EU-1'],
    ['Sales/EU-1/hyco2', 'Sales', '/EU-1/hyco2'],
    [arc.toUpperCase(), arc, ''],
    [`${arc}/session`, arc, '/session'],
  ])('%j means %j with the suffix %j', (path, entity, suffix) => {
    expect(match(path)).toEqual({ entity, suffix });
  });

  it.each(['', '/', 'hyco2', 'hyc', 'a', 'a/bc', 'b/a', `${'x'.repeat(600)}/hyco`])(
    '%j means nothing',
    (path) => {
      expect(match(path)).toBeUndefined();
    },
  );

  it('with %2F inside the name means the name with slashes', () => {
    expect(match(parseUpgradeTarget('/$hc/Sales%2FEU-1%2Fhyco/x').path)).toEqual({
      entity: 'Sales/EU-1/hyco',
      suffix: '/x',
    });
  });

  it('of nothing but slashes is done at once', () => {
    let lookups = 0;
    matchEntity(`x${'/'.repeat(16_000)}`, () => {
      lookups++;
      return undefined;
    });
    expect(lookups).toBeLessThanOrEqual(512);
  });

  it('always leads to the longest name that is a whole-segment prefix', () => {
    const segment = fc.constantFrom('a', 'B', 'cc', 'd-1', 'É');
    const path = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.array(path, { maxLength: 8 }), path, (names, asked) => {
        const known = new Map(names.map((name) => [entityKey(name), name]));
        const candidates = [...known.keys()].filter((key) => `${asked.toLowerCase()}/`.startsWith(`${key}/`));
        const longest = candidates.sort((a, b) => b.length - a.length)[0];
        const found = matchEntity(asked, (key) => known.get(key));
        expect(found?.entity).toBe(longest === undefined ? undefined : known.get(longest));
        if (found !== undefined) expect(asked.endsWith(found.suffix)).toBe(true);
      }),
    );
  });
});
