/**
 * Changes of a model, for the tests of the reducers, and what they lead to.
 * @module
 */
import { applyChange } from '../src/model/apply-change.js';
import type { Change } from '../src/model/change.js';
import { EMPTY_MODEL, type Model, type PlanTier } from '../src/model/model.js';

let made = 0;
const newKey = () => `key-${++made}`;
/** The clock and the source of keys. */
export const at = (now: string) => ({ now, newKey });
/** When a model is made. */
export const T1 = '2026-01-01T00:00:00.000Z';
/** When it is changed. */
export const T2 = '2026-01-02T00:00:00.000Z';
/** Of a token. */
export const HASH = 'h'.repeat(43);
/** Where plans and apps are. */
export const labels = { subscription: 's1', resourceGroup: 'rg' };

/** What changes lead to, one after another. */
export const after = (changes: readonly Change[], model: Model = EMPTY_MODEL, now = T1): Model =>
  changes.reduce((before, change) => applyChange(before, change, at(now)), model);

/** Why a change cannot be. */
export const refusal = (model: Model, change: Change): { code: string; target?: string; message: string } => {
  try {
    applyChange(model, change, at(T2));
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was not refused');
};

/** Makes the namespace of these tests. */
export const namespace = { type: 'put-namespace', name: 'relay.example' } as const satisfies Change;
/** Makes a hybrid connection in it. */
export const hc = (name: string, rest: object = {}): Change => ({
  type: 'put-hybrid-connection',
  namespace: 'relay.example',
  name,
  endpoint: 'db01:1433',
  ...rest,
});
/** With the hybrid connection `sql`. */
export const base = after([namespace, hc('sql')]);
/** The namespace. */
export const first = (model: Model) => model.namespaces[0]!;
/** The hybrid connection. */
export const sql = (model: Model) => first(model).hybridConnections[0]!;

/** Makes an application plan. */
export const plan = (tier: PlanTier = 'Basic', name = 'p1'): Change => ({
  type: 'put-plan',
  name,
  labels,
  tier,
});
/** Makes an app. */
export const app = (name: string, to: string | undefined = 'p1'): Change => ({
  type: 'put-app',
  name,
  labels,
  ...(to !== undefined && { plan: to }),
});
/** Attaches a hybrid connection to an app. */
export const attach = (to: string, hybridConnection: string, rest: object = {}): Change => ({
  type: 'attach',
  subscription: 's1',
  app: to,
  namespace: 'relay.example',
  hybridConnection,
  ...rest,
});
/** Makes so many hybrid connections. */
export const many = (count: number) => Array.from({ length: count }, (_, i) => hc(`n${i}`));

/** 0, 1, 2 … */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
