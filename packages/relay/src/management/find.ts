/**
 * Finds in the model what an address names. Names and labels are the same in any case.
 * @module
 */
import { badRequest, resourceNotFound } from '@hybridge/service';
import type {
  AppModel,
  HybridConnectionModel,
  Model,
  NamespaceModel,
  PlanModel,
  ResourceLabels,
} from '../model/model.js';
import { isSameName, named } from '../model/names.js';
import { isSameLabels } from '../model/resources.js';
import { hybridConnectionNameIn } from './resource-id.js';
import { type Call, param } from './route.js';

/** The subscription and the resource group of an address. */
export function labelsOf(call: Pick<Call, 'params'>): ResourceLabels {
  return { subscription: param(call, 'subscription'), resourceGroup: param(call, 'resourceGroup') };
}

/** Whether a resource is where an address says. */
export function isAt(resource: ResourceLabels, labels: ResourceLabels): boolean {
  return isSameLabels(resource, labels);
}

/** The namespace of a name, wherever it is. */
export function namespaceNamed(model: Model, name: string): NamespaceModel | undefined {
  return named(model.namespaces, name);
}

/** The hybrid connection of a name. */
export function hybridConnectionNamed(
  namespace: NamespaceModel | undefined,
  name: string,
): HybridConnectionModel | undefined {
  return namespace && named(namespace.hybridConnections, name);
}

/** The namespace of an address with labels. @throws RestError 404 */
export function namespaceOf(call: Pick<Call, 'params'>, model: Model): NamespaceModel {
  const name = param(call, 'namespace');
  const labels = labelsOf(call);
  const namespace = namespaceNamed(model, name);
  if (namespace === undefined || !isAt(namespace, labels)) {
    throw resourceNotFound(`namespace ${name} in the resource group ${labels.resourceGroup}`);
  }
  return namespace;
}

/** The hybrid connection of an address. @throws RestError 404 */
export function hybridConnectionOf(
  call: Pick<Call, 'params'>,
  namespace: NamespaceModel,
): HybridConnectionModel {
  const name = hybridConnectionNameIn(param(call, 'hybridConnection'));
  const found = hybridConnectionNamed(namespace, name);
  if (found === undefined) {
    throw resourceNotFound(`hybrid connection ${name} in the namespace ${namespace.name}`);
  }
  return found;
}

/** The name of the app of an address; of a slot, `app/slot`. @throws RestError 400 when a slash is in a part of it */
export function appNameIn(call: Pick<Call, 'params'>): string {
  const app = simpleName(call, 'app');
  return call.params.slot === undefined ? app : `${app}/${simpleName(call, 'slot')}`;
}

/** A name in which a slash would mean something else. @throws RestError 400 */
export function simpleName(call: Pick<Call, 'params'>, name: string): string {
  const value = param(call, name);
  if (value.includes('/')) throw badRequest('This name cannot have a slash.', name);
  return value;
}

/** The app of an address. @throws RestError 404 */
export function appOf(call: Pick<Call, 'params'>, model: Model): AppModel {
  const name = appNameIn(call);
  const labels = labelsOf(call);
  const app = model.apps.find((each) => isSameName(each.name, name) && isAt(each, labels));
  if (app === undefined) throw resourceNotFound(`app ${name} in the resource group ${labels.resourceGroup}`);
  return app;
}

/** The application plan of an address. @throws RestError 404 */
export function planOf(call: Pick<Call, 'params'>, model: Model): PlanModel {
  const name = param(call, 'plan');
  const labels = labelsOf(call);
  const plan = model.plans.find((each) => isSameName(each.name, name) && isAt(each, labels));
  if (plan === undefined) {
    throw resourceNotFound(`application plan ${name} in the resource group ${labels.resourceGroup}`);
  }
  return plan;
}

/** The apps of a plan. A plan is known by its name within a subscription. */
export function appsOf(model: Model, plan: PlanModel): readonly AppModel[] {
  return model.apps.filter(
    (app) => isSameName(app.plan, plan.name) && isSameName(app.subscription, plan.subscription),
  );
}
