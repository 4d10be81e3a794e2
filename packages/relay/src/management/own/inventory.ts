/**
 * Everything that there is to manage, in one answer: what the portal begins with.
 * @module
 */
import type {
  AppModel,
  AttachmentModel,
  HybridConnectionModel,
  Model,
  NamespaceModel,
} from '../../model/model.js';
import { PLAN_LIMITS } from '../../model/model.js';
import { isSameName, named } from '../../model/names.js';
import { userMetadataOf } from '../arm/shapes.js';
import { subscriptionsIn } from '../arm/subscriptions.js';
import { hybridConnectionNamed, namespaceNamed } from '../find.js';
import { type CountsOf, countsIn } from '../live-counts.js';
import { usedBy } from '../plan-use.js';
import { hybridConnectionId, namespaceId, planId, siteId } from '../resource-id.js';
import { json, type Route, route } from '../route.js';

/** Its route. */
export const inventoryRoutes: readonly Route[] = [
  route({
    kind: 'own',
    tag: 'Relay',
    method: 'GET',
    path: '/api/inventory',
    role: 'reader',
    id: 'getInventory',
    summary: 'Namespaces, hybrid connections, plans and apps, with how many listen now',
    answers: { 200: 'All of them' },
    handle: async ({ relay }) => json(inventoryOf(relay.model, countsIn(await relay.status()))),
  }),
];

function inventoryOf(model: Model, counts: CountsOf): object {
  const appsBy = appsByHybridConnection(model);
  return {
    subscriptions: subscriptionsIn(model),
    namespaces: model.namespaces.map((namespace) => ({
      id: namespaceId(namespace),
      name: namespace.name,
      subscription: namespace.subscription,
      resourceGroup: namespace.resourceGroup,
      hosts: namespace.hosts,
      createdAt: namespace.createdAt,
      updatedAt: namespace.updatedAt,
      declared: namespace.declared ?? false,
      ...(namespace.limits && { limits: namespace.limits }),
      hybridConnections: namespace.hybridConnections.map((each) => ({
        ...hybridConnectionOf(namespace, each, counts),
        apps: appsBy.get(keyOf(namespace.name, each.name)) ?? [],
      })),
    })),
    plans: model.plans.map((plan) => {
      const used = usedBy(model, plan);
      return {
        id: planId(plan),
        name: plan.name,
        subscription: plan.subscription,
        resourceGroup: plan.resourceGroup,
        tier: plan.tier,
        limit: PLAN_LIMITS[plan.tier],
        used: used.length,
        hybridConnections: used,
      };
    }),
    apps: model.apps.map((app) => ({
      id: siteId(app),
      name: app.name,
      subscription: app.subscription,
      resourceGroup: app.resourceGroup,
      plan: app.plan,
      hybridConnections: app.attachments.map((each) => attachmentOf(model, each)),
    })),
  };
}

function hybridConnectionOf(
  namespace: NamespaceModel,
  model: HybridConnectionModel,
  counts: CountsOf,
): object {
  const { listeners, connections } = counts(namespace.name, model.name);
  const userMetadata = userMetadataOf(model);
  return {
    id: hybridConnectionId(namespace, model.name),
    name: model.name,
    ...(model.endpoint !== undefined && { endpoint: model.endpoint }),
    ...(userMetadata !== undefined && { userMetadata }),
    requiresClientAuthorization: model.requiresClientAuthorization,
    listenerCount: listeners,
    status: listeners > 0 ? 'Connected' : 'NotConnected',
    connections,
    declared: model.declared ?? false,
    createdAt: model.createdAt,
    updatedAt: model.updatedAt,
  };
}

function attachmentOf(model: Model, attachment: AttachmentModel): object {
  const { namespace, hybridConnection, hostname, port, sendKeyName } = attachment;
  return {
    namespace,
    name: hybridConnection,
    hostname,
    port,
    sendKeyName,
    inSync: hasKeyOfPolicy(model, attachment),
  };
}

/** Whether the key that an app sends by is one that its policy has now. */
function hasKeyOfPolicy(model: Model, attachment: AttachmentModel): boolean {
  const { hybridConnection, sendKeyName, sendKeyValue } = attachment;
  const namespace = namespaceNamed(model, attachment.namespace);
  const rules = hybridConnectionNamed(namespace, hybridConnection)?.authorizationRules ?? [];
  const rule = named(rules, sendKeyName) ?? named(namespace?.authorizationRules ?? [], sendKeyName);
  return rule !== undefined && [rule.primaryKey, rule.secondaryKey].includes(sendKeyValue);
}

function appsByHybridConnection({ apps }: Model): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, attachments } of apps) {
    for (const { namespace, hybridConnection } of attachments) {
      const key = keyOf(namespace, hybridConnection);
      found.set(key, [...(found.get(key) ?? []), name]);
    }
  }
  return found;
}

function keyOf(namespace: string, hybridConnection: string): string {
  return `${namespace}\n${hybridConnection}`.toLowerCase();
}

/** Apps whose keys for a hybrid connection are not the same in two models. */
export function rekeyed(
  before: Model,
  after: Model,
  { namespace, hybridConnection }: { readonly namespace: string; readonly hybridConnection: string },
): readonly string[] {
  const keyIn = (app: AppModel | undefined) => {
    const found = app?.attachments.find(
      (each) => isSameName(each.namespace, namespace) && isSameName(each.hybridConnection, hybridConnection),
    );
    return found && `${found.sendKeyName}\n${found.sendKeyValue}`;
  };
  return after.apps
    .filter((app) => {
      const same = before.apps.find(
        (each) => isSameName(each.name, app.name) && isSameName(each.subscription, app.subscription),
      );
      return keyIn(same) !== keyIn(app);
    })
    .map(({ name }) => name);
}
