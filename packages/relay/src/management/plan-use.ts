/**
 * Which hybrid connections the apps of a plan use. One that several of them use counts once.
 *
 * Source: docs/management.md (plans and apps).
 * @module
 */
import type { Model, PlanModel } from '../model/model.js';
import { appsOf } from './find.js';

/** A hybrid connection that apps of a plan have attached. */
export interface UsedHybridConnection {
  readonly namespace: string;
  readonly name: string;
  /** Names of the apps. */
  readonly apps: readonly string[];
}

/** What a plan uses, in the order of names. */
export function usedBy(model: Model, plan: PlanModel): readonly UsedHybridConnection[] {
  const used = new Map<string, { namespace: string; name: string; apps: string[] }>();
  for (const app of appsOf(model, plan)) {
    for (const { namespace, hybridConnection } of app.attachments) {
      const key = `${namespace}/${hybridConnection}`.toLowerCase();
      const entry = used.get(key) ?? { namespace, name: hybridConnection, apps: [] };
      entry.apps.push(app.name);
      used.set(key, entry);
    }
  }
  return [...used].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry);
}
