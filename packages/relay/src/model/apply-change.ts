/**
 * Makes the next model from a model and a change.
 *
 * Pure: the clock and the source of keys are given, and what is given is never changed. So the primary process of a
 * relay and each of its workers come to the same model, and a change that cannot be kept leaves no trace. A change that
 * changes nothing gives back the model itself.
 * @module
 */
import { attach, detach, syncKeys } from './attachments.js';
import type { Change } from './change.js';
import type { Model } from './model.js';
import { deleteHybridConnection, deleteNamespace, putHybridConnection, putNamespace } from './namespaces.js';
import { deleteApp, deletePlan, putApp, putPlan } from './plans.js';
import { deleteRule, putRule, setKeys } from './rules.js';
import { addToken, revokeToken } from './tokens.js';

/** What a change takes from time and chance. */
export interface ChangeContext {
  /** ISO 8601, UTC. */
  readonly now: string;
  /** Makes a key for a policy that is given none. */
  readonly newKey: () => string;
}

/** @throws ManagementError when it cannot be; and nothing else. */
export function applyChange(model: Model, change: Change, context: ChangeContext): Model {
  const next = changed(model, change, context);
  const isSame =
    next.namespaces === model.namespaces &&
    next.plans === model.plans &&
    next.apps === model.apps &&
    next.tokens === model.tokens;
  return isSame ? model : next;
}

function changed(model: Model, change: Change, context: ChangeContext): Model {
  switch (change.type) {
    case 'put-namespace':
      return putNamespace(model, change, context);
    case 'delete-namespace':
      return deleteNamespace(model, change);
    case 'put-hybrid-connection':
      return putHybridConnection(model, change, context);
    case 'delete-hybrid-connection':
      return deleteHybridConnection(model, change);
    case 'put-rule':
      return putRule(model, change, context);
    case 'delete-rule':
      return deleteRule(model, change);
    case 'set-keys':
      return setKeys(model, change, context);
    case 'put-plan':
      return putPlan(model, change, context);
    case 'delete-plan':
      return deletePlan(model, change);
    case 'put-app':
      return putApp(model, change, context);
    case 'delete-app':
      return deleteApp(model, change);
    case 'attach':
      return attach(model, change, context);
    case 'detach':
      return detach(model, change, context);
    case 'sync-keys':
      return syncKeys(model, change, context);
    case 'add-token':
      return addToken(model, change, context);
    case 'revoke-token':
      return revokeToken(model, change);
  }
}
