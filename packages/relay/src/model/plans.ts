/**
 * Changes of application plans and of apps.
 *
 * A plan decides how many different hybrid connections its apps use together: one that five of them have attached counts
 * once.
 *
 * Source: docs/management.md (plans and apps).
 * @module
 */
import type { ChangeContext } from './apply-change.js';
import type { Change } from './change.js';
import { checked, planTier, resourceName } from './grammar.js';
import { ManagementError } from './management-error.js';
import { type AppModel, type Model, PLAN_LIMITS, type PlanModel, type ResourceLabels } from './model.js';
import { appOf, findApp, findPlan, isSameName, notFound, withItem, without } from './names.js';
import { changedDetails, checkedLabels, isSameLabels, NEW_DETAILS } from './resources.js';

type Of<Type extends Change['type']> = Extract<Change, { readonly type: Type }>;

/** Makes a plan, or changes one. */
export function putPlan(model: Model, change: Of<'put-plan'>, context: ChangeContext): Model {
  const before = findPlan(model, change.labels.subscription, change.name);
  checkSamePlace('plan', before, change.labels);
  const tier =
    change.tier === undefined ? (before?.tier ?? 'Basic') : checked(planTier, change.tier, 'sku.tier');
  if (before === undefined) {
    const plan: PlanModel = { ...newResource(change, context), tier };
    return { ...model, plans: [...model.plans, changedDetails(plan, change, plan, context)] };
  }
  const changed = tier === before.tier ? before : { ...before, tier };
  const next = changedDetails(changed, change, before, context);
  checkPlan(next, model.apps, 'sku.tier');
  return { ...model, plans: withItem(model.plans, before, next) };
}

/** Takes a plan away that has no apps. */
export function deletePlan(model: Model, { subscription, name }: Of<'delete-plan'>): Model {
  const gone =
    findPlan(model, subscription, name) ??
    notFound(`There is no plan ${name} in the subscription ${subscription}`);
  const [app] = appsOf(gone, model.apps);
  if (app !== undefined) {
    throw new ManagementError('ERR_RELAY_CONFLICT', `The app ${app.name} is in the plan ${gone.name}`);
  }
  return { ...model, plans: without(model.plans, gone) };
}

/** Makes an app, or moves it to another plan. */
export function putApp(model: Model, change: Of<'put-app'>, context: ChangeContext): Model {
  const { subscription } = change.labels;
  const before = findApp(model, subscription, change.name);
  checkSamePlace('app', before, change.labels);
  const wanted = change.plan ?? before?.plan;
  if (wanted === undefined) {
    throw new ManagementError('ERR_RELAY_INVALID', 'properties.plan: is needed for an app that is new', {
      target: 'properties.plan',
    });
  }
  const plan = findPlan(model, subscription, wanted);
  if (plan === undefined) {
    const message = `properties.plan: there is no plan ${wanted} in the subscription ${subscription}`;
    throw new ManagementError('ERR_RELAY_INVALID', message, { target: 'properties.plan' });
  }
  if (before === undefined) {
    const app: AppModel = { ...newResource(change, context), plan: plan.name, attachments: [] };
    return { ...model, apps: [...model.apps, changedDetails(app, change, app, context)] };
  }
  const changed = isSameName(plan.name, before.plan) ? before : { ...before, plan: plan.name };
  const next = changedDetails(changed, change, before, context);
  const apps = withItem(model.apps, before, next);
  if (changed !== before) checkPlan(plan, apps, 'properties.plan');
  return { ...model, apps };
}

/** Takes an app away, with what it has attached. */
export function deleteApp(model: Model, { subscription, name }: Of<'delete-app'>): Model {
  return { ...model, apps: without(model.apps, appOf(model, subscription, name)) };
}

/** The apps of a plan. */
function appsOf(plan: PlanModel, apps: readonly AppModel[]): readonly AppModel[] {
  return apps.filter(
    (app) => isSameName(app.subscription, plan.subscription) && isSameName(app.plan, plan.name),
  );
}

/** How many different hybrid connections the apps of a plan have attached. */
export function usedBy(plan: PlanModel, apps: readonly AppModel[]): number {
  const attached = appsOf(plan, apps).flatMap(({ attachments }) => attachments);
  return new Set(
    attached.map(({ namespace, hybridConnection }) =>
      JSON.stringify([namespace.toLowerCase(), hybridConnection.toLowerCase()]),
    ),
  ).size;
}

/** @throws ManagementError `ERR_RELAY_QUOTA` when the apps of a plan use more than it allows. */
export function checkPlan(plan: PlanModel, apps: readonly AppModel[], target?: string): void {
  const used = usedBy(plan, apps);
  const limit = PLAN_LIMITS[plan.tier];
  if (used <= limit) return;
  throw new ManagementError(
    'ERR_RELAY_QUOTA',
    `The apps of the plan ${plan.name} would use ${used} hybrid connections, and ${plan.tier} allows ${limit}`,
    target === undefined ? {} : { target },
  );
}

function newResource({ name, labels }: { name: string; labels: ResourceLabels }, { now }: ChangeContext) {
  return {
    ...checkedLabels(labels),
    ...NEW_DETAILS,
    name: checked(resourceName, name, 'name'),
    createdAt: now,
    updatedAt: now,
  };
}

/** Names are distinct in a subscription, whatever the resource group. */
function checkSamePlace(
  kind: string,
  before: (ResourceLabels & { readonly name: string }) | undefined,
  labels: ResourceLabels,
): void {
  if (before === undefined || isSameLabels(before, labels)) return;
  const message = `The ${kind} ${before.name} is in the resource group ${before.resourceGroup}`;
  throw new ManagementError('ERR_RELAY_CONFLICT', message, { target: 'name' });
}
