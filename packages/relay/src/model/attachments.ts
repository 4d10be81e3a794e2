/**
 * Changes of what apps have attached, and of the keys that they send by.
 *
 * An attachment holds a copy of the key, as an app does: after a regenerate it is the old one until keys are synced.
 *
 * Source: docs/protocol.md, section 6.2 (App Service side); docs/management.md (plans and apps).
 * @module
 */
import { includesClaim } from '../authorization/authorize.js';
import type { ChangeContext } from './apply-change.js';
import type { Change } from './change.js';
import { checked, key as keyGrammar } from './grammar.js';
import { ManagementError } from './management-error.js';
import type {
  AppModel,
  AttachmentModel,
  HybridConnectionModel,
  Model,
  NamespaceModel,
  RuleModel,
} from './model.js';
import {
  appOf,
  findPlan,
  hybridConnectionOf,
  isSameName,
  named,
  namespaceOf,
  notFound,
  withItem,
  without,
} from './names.js';
import { checkPlan } from './plans.js';

type Of<Type extends Change['type']> = Extract<Change, { readonly type: Type }>;

/** Lets an app use a hybrid connection, or changes by which key. */
export function attach(model: Model, change: Of<'attach'>, { now }: ChangeContext): Model {
  const app = appOf(model, change.subscription, change.app);
  const namespace = namespaceOf(model, change.namespace);
  const hybridConnection = hybridConnectionOf(namespace, change.hybridConnection);
  const target = checkedTarget(hybridConnection, change);
  const before = attachmentOf(app, namespace.name, hybridConnection.name);
  const next = keyed(before, { namespace, hybridConnection }, change);
  const attachment: AttachmentModel = {
    namespace: namespace.name,
    hybridConnection: hybridConnection.name,
    ...target,
    ...next,
    attachedAt: before?.attachedAt ?? now,
    updatedAt: now,
  };
  if (before !== undefined && isSameAttachment(before, attachment)) return model;
  const changed = { ...app, attachments: withItem(app.attachments, before, attachment), updatedAt: now };
  const apps = withItem(model.apps, app, changed);
  const plan = findPlan(model, app.subscription, app.plan);
  if (before === undefined && plan !== undefined) checkPlan(plan, apps);
  return { ...model, apps };
}

/** Takes a hybrid connection from an app. */
export function detach(model: Model, change: Of<'detach'>, { now }: ChangeContext): Model {
  const app = appOf(model, change.subscription, change.app);
  const gone =
    attachmentOf(app, change.namespace, change.hybridConnection) ??
    notFound(`The app ${app.name} has not attached ${change.hybridConnection}`);
  const changed = { ...app, attachments: without(app.attachments, gone), updatedAt: now };
  return { ...model, apps: withItem(model.apps, app, changed) };
}

/** Gives apps the keys that their policies have now. An app whose policy is gone gets the first that may send. */
export function syncKeys(model: Model, change: Of<'sync-keys'>, { now }: ChangeContext): Model {
  const namespace = namespaceOf(model, change.namespace);
  const hybridConnection = hybridConnectionOf(namespace, change.hybridConnection);
  const wanted =
    change.apps?.map(({ subscription, app }) => {
      const found = appOf(model, subscription, app);
      if (attachmentOf(found, namespace.name, hybridConnection.name) !== undefined) return found;
      return notFound(`The app ${found.name} has not attached ${hybridConnection.name}`);
    }) ?? attachedTo(model.apps, namespace.name, hybridConnection.name);
  let { apps } = model;
  for (const app of new Set(wanted)) {
    const before = attachmentOf(app, namespace.name, hybridConnection.name)!;
    const rule =
      findSender({ namespace, hybridConnection }, before.sendKeyName) ??
      defaultSender({ namespace, hybridConnection });
    const sendKeyValue = change.key === 'secondary' ? rule.secondaryKey : rule.primaryKey;
    const attachment = { ...before, sendKeyName: rule.name, sendKeyValue, updatedAt: now };
    if (isSameAttachment(before, attachment)) continue;
    const attachments = withItem(app.attachments, before, attachment);
    apps = withItem(apps, app, { ...app, attachments, updatedAt: now });
  }
  return apps === model.apps ? model : { ...model, apps };
}

/** The apps that have attached a hybrid connection. */
export function attachedTo(
  apps: readonly AppModel[],
  namespace: string,
  hybridConnection: string,
): readonly AppModel[] {
  return apps.filter((app) => attachmentOf(app, namespace, hybridConnection) !== undefined);
}

/** Apps without what is gone: a hybrid connection, or all of a namespace. */
export function detachedFrom(
  apps: readonly AppModel[],
  namespace: string,
  hybridConnection?: string,
): readonly AppModel[] {
  const isGone = (each: AttachmentModel) =>
    isSameName(each.namespace, namespace) &&
    (hybridConnection === undefined || isSameName(each.hybridConnection, hybridConnection));
  if (!apps.some(({ attachments }) => attachments.some(isGone))) return apps;
  return apps.map((app) =>
    app.attachments.some(isGone)
      ? { ...app, attachments: app.attachments.filter((each) => !isGone(each)) }
      : app,
  );
}

/** Apps that know where a hybrid connection leads now. */
export function retargeted(
  apps: readonly AppModel[],
  namespace: string,
  { name, endpoint }: HybridConnectionModel,
  now: string,
): readonly AppModel[] {
  if (endpoint === undefined) return apps;
  let next = apps;
  for (const app of attachedTo(apps, namespace, name)) {
    const before = attachmentOf(app, namespace, name)!;
    const attachment = { ...before, ...splitEndpoint(endpoint), updatedAt: now };
    next = withItem(next, app, { ...app, attachments: withItem(app.attachments, before, attachment) });
  }
  return next;
}

/** What an app has attached of this name, if it has. */
function attachmentOf(
  { attachments }: AppModel,
  namespace: string,
  hybridConnection: string,
): AttachmentModel | undefined {
  return attachments.find(
    (each) => isSameName(each.namespace, namespace) && isSameName(each.hybridConnection, hybridConnection),
  );
}

/** `host:port`, which the grammar of an endpoint has made sure of. */
function splitEndpoint(endpoint: string): { readonly hostname: string; readonly port: number } {
  const colon = endpoint.lastIndexOf(':');
  return { hostname: endpoint.slice(0, colon), port: Number(endpoint.slice(colon + 1)) };
}

/** Apps use what has one target and a lock. Source: docs/protocol.md, section 6.1 (requirements of App Service). */
function checkedTarget(
  { name, endpoint, requiresClientAuthorization }: HybridConnectionModel,
  { hostname, port }: Of<'attach'>,
): { readonly hostname: string; readonly port: number } {
  if (!requiresClientAuthorization) {
    const message = `${name} does not require client authorization: only hybrid connections that do can be attached`;
    throw new ManagementError('ERR_RELAY_INVALID', message, { target: 'properties.relayArmUri' });
  }
  if (endpoint === undefined) {
    const message = `${name} has no endpoint: its metadata needs an item "endpoint" with host:port`;
    throw new ManagementError('ERR_RELAY_INVALID', message, { target: 'properties.relayArmUri' });
  }
  const own = splitEndpoint(endpoint);
  if (hostname !== undefined && !isSameName(hostname, own.hostname)) {
    const message = `properties.hostname: the endpoint of ${name} is ${endpoint}`;
    throw new ManagementError('ERR_RELAY_INVALID', message, { target: 'properties.hostname' });
  }
  if (port !== undefined && port !== own.port) {
    const message = `properties.port: the endpoint of ${name} is ${endpoint}`;
    throw new ManagementError('ERR_RELAY_INVALID', message, { target: 'properties.port' });
  }
  return own;
}

interface Owner {
  readonly namespace: NamespaceModel;
  readonly hybridConnection: HybridConnectionModel;
}

/** By which policy and key an app sends: what is given, else what it has, else what the hybrid connection offers. */
function keyed(
  before: AttachmentModel | undefined,
  owner: Owner,
  { sendKeyName, sendKeyValue }: Of<'attach'>,
): Pick<AttachmentModel, 'sendKeyName' | 'sendKeyValue'> {
  const given = sendKeyValue && checked(keyGrammar, sendKeyValue, 'properties.sendKeyValue');
  if (before !== undefined && (sendKeyName === undefined || isSameName(sendKeyName, before.sendKeyName))) {
    return { sendKeyName: before.sendKeyName, sendKeyValue: given ?? before.sendKeyValue };
  }
  const rule = sendKeyName === undefined ? defaultSender(owner) : findSender(owner, sendKeyName);
  if (rule === undefined) {
    const message = `properties.sendKeyName: ${owner.hybridConnection.name} has no policy ${sendKeyName} that may send`;
    throw new ManagementError('ERR_RELAY_INVALID', message, { target: 'properties.sendKeyName' });
  }
  return { sendKeyName: rule.name, sendKeyValue: given ?? rule.primaryKey };
}

function defaultSender(owner: Owner): RuleModel {
  const [rule] = senders(owner.hybridConnection.authorizationRules).concat(
    senders(owner.namespace.authorizationRules),
  );
  if (rule !== undefined) return rule;
  const message = `${owner.hybridConnection.name} has no policy that may send`;
  throw new ManagementError('ERR_RELAY_INVALID', message, { target: 'properties.sendKeyName' });
}

function findSender({ namespace, hybridConnection }: Owner, name: string): RuleModel | undefined {
  return (
    named(senders(hybridConnection.authorizationRules), name) ??
    named(senders(namespace.authorizationRules), name)
  );
}

function senders(rules: readonly RuleModel[]): RuleModel[] {
  return rules.filter(({ rights }) => includesClaim(rights, 'Send'));
}

function isSameAttachment(one: AttachmentModel, other: AttachmentModel): boolean {
  return (
    one.hostname === other.hostname &&
    one.port === other.port &&
    one.sendKeyName === other.sendKeyName &&
    one.sendKeyValue === other.sendKeyValue
  );
}
