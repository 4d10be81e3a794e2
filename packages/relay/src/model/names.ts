/**
 * Finding things in a model by their names, which are the same in any case, and putting others in their places.
 * @module
 */
import type { RulePlace } from './change.js';
import { ManagementError } from './management-error.js';
import type {
  AppModel,
  HybridConnectionModel,
  Model,
  NamespaceModel,
  PlanModel,
  RuleModel,
} from './model.js';

/** Whether two names are one. */
export function isSameName(one: string, other: string): boolean {
  // Most that are asked about are of another length, and there may be ten thousand.
  return one === other || (one.length === other.length && one.toLowerCase() === other.toLowerCase());
}

/** The one of a name, if there is one. */
export function named<Item extends { readonly name: string }>(
  items: readonly Item[],
  name: string,
): Item | undefined {
  return items.find((item) => item.name === name) ?? items.find((item) => isSameName(item.name, name));
}

/** The same list with `next` where `before` is; at the end, when that is `undefined`. */
export function withItem<Item>(
  items: readonly Item[],
  before: Item | undefined,
  next: Item,
): readonly Item[] {
  if (before === undefined) return [...items, next];
  return before === next ? items : items.map((item) => (item === before ? next : item));
}

/** The same list without one. */
export function without<Item>(items: readonly Item[], gone: Item): readonly Item[] {
  return items.filter((item) => item !== gone);
}

/** @throws ManagementError `ERR_RELAY_NOT_FOUND` */
export function namespaceOf({ namespaces }: Model, name: string): NamespaceModel {
  return named(namespaces, name) ?? notFound(`There is no namespace ${name}`);
}

/** @throws ManagementError `ERR_RELAY_NOT_FOUND` */
export function hybridConnectionOf(namespace: NamespaceModel, name: string): HybridConnectionModel {
  return (
    named(namespace.hybridConnections, name) ??
    notFound(`The namespace ${namespace.name} has no hybrid connection ${name}`)
  );
}

/** The namespace of a policy, and the hybrid connection if the policy is of one. @throws ManagementError `ERR_RELAY_NOT_FOUND` */
export function placeOf(
  model: Model,
  { namespace: name, hybridConnection }: RulePlace,
): { readonly namespace: NamespaceModel; readonly hybridConnection: HybridConnectionModel | undefined } {
  const namespace = namespaceOf(model, name);
  return {
    namespace,
    hybridConnection:
      hybridConnection === undefined ? undefined : hybridConnectionOf(namespace, hybridConnection),
  };
}

/** @throws ManagementError `ERR_RELAY_NOT_FOUND` */
export function ruleOf(
  owner: { readonly name: string; readonly authorizationRules: readonly RuleModel[] },
  name: string,
): RuleModel {
  return named(owner.authorizationRules, name) ?? notFound(`${owner.name} has no policy ${name}`);
}

/** The plan of a name in a subscription, if there is one. */
export function findPlan({ plans }: Model, subscription: string, name: string): PlanModel | undefined {
  return plans.find((plan) => isSameName(plan.subscription, subscription) && isSameName(plan.name, name));
}

/** The app of a name in a subscription, if there is one. */
export function findApp({ apps }: Model, subscription: string, name: string): AppModel | undefined {
  return apps.find((app) => isSameName(app.subscription, subscription) && isSameName(app.name, name));
}

/** @throws ManagementError `ERR_RELAY_NOT_FOUND` */
export function appOf(model: Model, subscription: string, name: string): AppModel {
  return (
    findApp(model, subscription, name) ??
    notFound(`There is no app ${name} in the subscription ${subscription}`)
  );
}

/** @throws ManagementError `ERR_RELAY_NOT_FOUND`, always. */
export function notFound(message: string): never {
  throw new ManagementError('ERR_RELAY_NOT_FOUND', message);
}
