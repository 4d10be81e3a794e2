/**
 * Apps, application plans and what they have attached, in the shapes of Microsoft.Web.
 *
 * Source: docs/protocol.md, section 6.2 (App Service side).
 * @module
 */
import {
  type AppModel,
  type AttachmentModel,
  type Model,
  PLAN_LIMITS,
  type PlanModel,
  type PlanTier,
} from '../../model/model.js';
import { isSameName } from '../../model/names.js';
import { appsOf, namespaceNamed } from '../find.js';
import { type UsedHybridConnection, usedBy } from '../plan-use.js';
import { hybridConnectionId, planId, siteId } from '../resource-id.js';

/** What Azure puts behind the name of a namespace, and clients of ours read out of the connection string. */
const NO_SUFFIX = '';

/** An app. */
export function siteShape(app: AppModel, model: Model): object {
  const plan = model.plans.find(
    (each) => isSameName(each.name, app.plan) && isSameName(each.subscription, app.subscription),
  );
  return {
    id: siteId(app),
    name: app.name,
    type: typeOf(app),
    kind: 'app',
    location: app.location,
    tags: app.tags,
    properties: {
      name: app.name,
      state: 'Running',
      enabled: true,
      availabilityState: 'Normal',
      resourceGroup: app.resourceGroup,
      serverFarmId: planId(plan ?? { ...app, name: app.plan }),
      lastModifiedTimeUtc: app.updatedAt,
    },
  };
}

/** An application plan. */
export function planShape(plan: PlanModel, model: Model): object {
  return {
    id: planId(plan),
    name: plan.name,
    type: 'Microsoft.Web/serverfarms',
    kind: 'app',
    location: plan.location,
    tags: plan.tags,
    sku: SKUS[plan.tier],
    properties: {
      name: plan.name,
      status: 'Ready',
      provisioningState: 'Succeeded',
      subscription: plan.subscription,
      resourceGroup: plan.resourceGroup,
      numberOfSites: appsOf(model, plan).length,
      maximumNumberOfWorkers: 1,
    },
  };
}

/** How many hybrid connections the apps of a plan use, and may. */
export function planLimitShape(plan: PlanModel, model: Model): object {
  return {
    id: `${planId(plan)}/hybridConnectionPlanLimits/limit`,
    name: 'limit',
    type: 'Microsoft.Web/serverfarms/hybridConnectionPlanLimits',
    location: plan.location,
    properties: { current: usedBy(model, plan).length, maximum: PLAN_LIMITS[plan.tier] },
  };
}

/** A hybrid connection that an app has attached. Its key is given by `listKeys` only, as Azure does it. */
export function siteRelayShape(app: AppModel, attachment: AttachmentModel, model: Model): object {
  const { namespace, hybridConnection } = attachment;
  const path = `hybridConnectionNamespaces/${namespace}/relays/${hybridConnection.replaceAll('/', '~')}`;
  return {
    id: `${siteId(app)}/${path}`,
    name: hybridConnection,
    type: `${typeOf(app)}/hybridConnectionNamespaces/relays`,
    location: app.location,
    properties: {
      serviceBusNamespace: namespace,
      relayName: hybridConnection,
      relayArmUri: armUriOf(model, namespace, hybridConnection),
      hostname: attachment.hostname,
      port: attachment.port,
      sendKeyName: attachment.sendKeyName,
      sendKeyValue: null,
      serviceBusSuffix: NO_SUFFIX,
    },
  };
}

/** A hybrid connection that apps of a plan have attached. */
export function planRelayShape(plan: PlanModel, used: UsedHybridConnection, model: Model): object {
  const { namespace, name } = used;
  const attachment = attachmentIn(model, plan, used);
  return {
    id: `${planId(plan)}/hybridConnectionNamespaces/${namespace}/relays/${name.replaceAll('/', '~')}`,
    name,
    type: 'Microsoft.Web/serverfarms/hybridConnectionNamespaces/relays',
    location: plan.location,
    properties: {
      serviceBusNamespace: namespace,
      relayName: name,
      relayArmUri: armUriOf(model, namespace, name),
      hostname: attachment?.hostname ?? null,
      port: attachment?.port ?? null,
      sendKeyName: attachment?.sendKeyName ?? null,
      sendKeyValue: null,
      serviceBusSuffix: NO_SUFFIX,
    },
  };
}

/** The name and value of the key that an app sends by. */
export function relayKeyShape(id: string, type: string, attachment: AttachmentModel): object {
  const { sendKeyName, sendKeyValue } = attachment;
  return { id, name: sendKeyName, type, properties: { sendKeyName, sendKeyValue } };
}

/** What the first app of a plan that has attached a hybrid connection says of it. */
export function attachmentIn(
  model: Model,
  plan: PlanModel,
  used: Pick<UsedHybridConnection, 'namespace' | 'name'>,
): AttachmentModel | undefined {
  return appsOf(model, plan)
    .flatMap(({ attachments }) => attachments)
    .find(
      (each) => isSameName(each.namespace, used.namespace) && isSameName(each.hybridConnection, used.name),
    );
}

const SKUS: Readonly<Record<PlanTier, object>> = {
  Basic: { name: 'B1', tier: 'Basic', size: 'B1', family: 'B', capacity: 1 },
  Standard: { name: 'S1', tier: 'Standard', size: 'S1', family: 'S', capacity: 1 },
  Premium: { name: 'P1v3', tier: 'PremiumV3', size: 'P1v3', family: 'Pv3', capacity: 1 },
  Isolated: { name: 'I1v2', tier: 'IsolatedV2', size: 'I1v2', family: 'Iv2', capacity: 1 },
};

/** A slot is an app, too. */
function typeOf({ name }: AppModel): string {
  return name.includes('/') ? 'Microsoft.Web/sites/slots' : 'Microsoft.Web/sites';
}

/** `null` when the namespace is gone. */
function armUriOf(model: Model, namespace: string, hybridConnection: string): string | null {
  const found = namespaceNamed(model, namespace);
  return found === undefined ? null : hybridConnectionId(found, hybridConnection);
}
