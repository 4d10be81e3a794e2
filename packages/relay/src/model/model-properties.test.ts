/**
 * Whatever is done to a model, in whatever order: it stays one that can be read back, and nothing that was handed out
 * changes.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelSchema } from '../store/model-schema.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import { ManagementError } from './management-error.js';
import { EMPTY_MODEL, type Model, PLAN_LIMITS } from './model.js';
import { usedBy } from './plans.js';

const name = fc.constantFrom('a', 'A', 'b', 'c.d', 'e/f', '', '../x', '<b>');
const text = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('db:1', 'Db:1', '[{"key":"endpoint","value":"x:9"}]'),
);
const labels = fc.record({
  subscription: fc.constantFrom('s', 'S', 't'),
  resourceGroup: fc.constantFrom('g', 'h'),
});
const subscription = fc.constantFrom('s', 'T');
const rights = fc.subarray(['Manage', 'Send', 'Listen'] as const);
const keys = { primaryKey: text, secondaryKey: text };

/** A change in which any member that may be left out sometimes is. */
const of = <Type extends Change['type']>(
  type: Type,
  needed: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
) =>
  fc
    .record({ ...needed, ...optional }, { requiredKeys: Object.keys(needed) })
    .map((members) => ({ type, ...members }) as unknown as Change);

const details = { location: text, tags: fc.dictionary(text, text, { maxKeys: 2 }) };
const place = { namespace: name };
const inside = { hybridConnection: name };
const attachment = { subscription, app: name, namespace: name, hybridConnection: name };
const change = fc.oneof(
  of('put-namespace', { name }, { labels, hosts: fc.array(name, { maxLength: 2 }), ...details }),
  of('delete-namespace', { name }),
  of(
    'put-hybrid-connection',
    { ...place, name },
    {
      endpoint: fc.option(text),
      userMetadata: fc.option(text),
      requiresClientAuthorization: fc.boolean(),
    },
  ),
  of('delete-hybrid-connection', { ...place, name }),
  of('put-rule', { ...place, name, rights }, { ...inside, ...keys }),
  of('delete-rule', { ...place, name }, inside),
  of('set-keys', { ...place, name }, { ...inside, ...keys }),
  of('put-plan', { name, labels }, { tier: fc.constantFrom('Basic', 'Premium', 'Free'), ...details }),
  of('delete-plan', { subscription, name }),
  of('put-app', { name, labels }, { plan: name, ...details }),
  of('delete-app', { subscription, name }),
  of('attach', attachment, { hostname: text, port: fc.integer(), sendKeyName: name, sendKeyValue: text }),
  of('detach', attachment),
  of('sync-keys', { ...place, ...inside }, { key: fc.constantFrom('primary', 'secondary') }),
  of(
    'add-token',
    {
      id: name,
      name: text,
      role: fc.constantFrom('reader', 'king'),
      hash: fc.constantFrom('h'.repeat(43), 'x'),
    },
    { expiresAt: text },
  ),
  of('revoke-token', { id: name }),
);

/** What makes the rest of a run worth something. */
const start: readonly Change[] = [
  { type: 'put-namespace', name: 'a' },
  { type: 'put-hybrid-connection', namespace: 'a', name: 'b', endpoint: 'db:1' },
  { type: 'put-plan', name: 'a', labels: { subscription: 's', resourceGroup: 'g' } },
  { type: 'put-app', name: 'a', plan: 'a', labels: { subscription: 's', resourceGroup: 'g' } },
];

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

function apply(model: Model, next: Change): Model {
  try {
    return frozen(applyChange(model, next, { now: '2026-01-01T00:00:00.000Z', newKey: () => 'key' }));
  } catch (error) {
    // A change of what is frozen would be a TypeError.
    expect(error).toBeInstanceOf(ManagementError);
    return model;
  }
}

describe('any changes, one after another', () => {
  it('leave a model that can be read back, within its limits, and change no model that was there before', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const model = [...start, ...changes].reduce(apply, frozen(EMPTY_MODEL));
        expect(modelSchema.parse(JSON.parse(JSON.stringify(model)))).toEqual(model);
        const hosts = model.namespaces.flatMap((each) => [...new Set([each.name, ...each.hosts].map(lower))]);
        expect(new Set(hosts).size).toBe(hosts.length);
        for (const { hybridConnections } of model.namespaces) {
          const names = hybridConnections.map((each) => lower(each.name));
          expect(new Set(names).size).toBe(names.length);
        }
        for (const plan of model.plans)
          expect(usedBy(plan, model.apps)).toBeLessThanOrEqual(PLAN_LIMITS[plan.tier]);
        for (const { attachments } of model.apps) {
          for (const each of attachments) {
            const namespace = model.namespaces.find((one) => lower(one.name) === lower(each.namespace));
            const target = namespace?.hybridConnections.find(
              (one) => lower(one.name) === lower(each.hybridConnection),
            );
            expect(target?.endpoint).toBe(`${each.hostname}:${each.port}`);
            expect(target?.requiresClientAuthorization).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

function lower(value: string): string {
  return value.toLowerCase();
}
