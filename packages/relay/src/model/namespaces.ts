/**
 * Changes of namespaces and of hybrid connections.
 *
 * Source: docs/protocol.md, sections 1.4 (names), 6.1 (properties) and 9.1 (limits).
 * @module
 */
import { MAX_AUTHORIZATION_RULES, MAX_HYBRID_CONNECTIONS_PER_NAMESPACE } from '@hybridge/protocol';
import { DEFAULT_HYBRID_CONNECTION_RULES, DEFAULT_NAMESPACE_RULES } from '../config/options.js';
import type { ChangeContext } from './apply-change.js';
import { attachedTo, detachedFrom, retargeted } from './attachments.js';
import type { Change } from './change.js';
import { checked, hostName, hybridConnectionName } from './grammar.js';
import { ManagementError } from './management-error.js';
import { changedMetadata } from './metadata.js';
import type { HybridConnectionModel, Model, NamespaceModel, ResourceLabels } from './model.js';
import { hybridConnectionOf, isSameName, named, namespaceOf, withItem, without } from './names.js';
import { changedDetails, checkedLabels, DEFAULT_LABELS, isSameLabels, NEW_DETAILS } from './resources.js';
import { ruleFrom } from './rules.js';

type Of<Type extends Change['type']> = Extract<Change, { readonly type: Type }>;

/** The documented limit of a subscription. */
const MAX_NAMESPACES_PER_SUBSCRIPTION = 1_000;
/** Other names of one namespace. A certificate has about as many. */
const MAX_HOSTS = 100;

/** Makes a namespace, with the policy that Azure makes, or changes one. */
export function putNamespace(model: Model, change: Of<'put-namespace'>, context: ChangeContext): Model {
  const before = named(model.namespaces, change.name);
  const hosts = change.hosts === undefined ? (before?.hosts ?? []) : checkedHosts(change.hosts);
  const name = before?.name ?? checked(hostName, change.name, 'name');
  checkFree([name, ...hosts], without(model.namespaces, before as NamespaceModel));
  if (before !== undefined) {
    if (change.labels !== undefined && !isSameLabels(change.labels, before)) {
      const message = `The namespace ${before.name} is in another subscription or resource group`;
      throw new ManagementError('ERR_RELAY_CONFLICT', message, { target: 'name' });
    }
    const isSame = hosts.join() === before.hosts.join();
    const next = changedDetails(isSame ? before : { ...before, hosts }, change, before, context);
    return { ...model, namespaces: withItem(model.namespaces, before, next) };
  }
  const labels = checkedLabels(change.labels ?? DEFAULT_LABELS);
  checkRoom(model, labels);
  const namespace = newNamespace({ ...labels, name, hosts }, context);
  const next = changedDetails(namespace, change, namespace, context);
  return { ...model, namespaces: [...model.namespaces, next] };
}

/** A namespace with what it has when nothing is said of it. */
function newNamespace(
  given: ResourceLabels & Pick<NamespaceModel, 'name' | 'hosts'>,
  context: ChangeContext,
): NamespaceModel {
  return {
    ...given,
    ...NEW_DETAILS,
    authorizationRules: DEFAULT_NAMESPACE_RULES.map((rule) => ruleFrom(rule, undefined, context)),
    hybridConnections: [],
    createdAt: context.now,
    updatedAt: context.now,
  };
}

/** Takes a namespace away with all that is in it. Apps that have attached any of it no longer do. */
export function deleteNamespace(model: Model, { name }: Of<'delete-namespace'>): Model {
  const gone = namespaceOf(model, name);
  const namespaces = without(model.namespaces, gone);
  return { ...model, namespaces, apps: detachedFrom(model.apps, gone.name) };
}

/** Makes a hybrid connection, or changes one. */
export function putHybridConnection(
  model: Model,
  change: Of<'put-hybrid-connection'>,
  context: ChangeContext,
): Model {
  const namespace = namespaceOf(model, change.namespace);
  const before = named(namespace.hybridConnections, change.name);
  const next =
    before === undefined
      ? newHybridConnection(namespace, change, context)
      : changedHybridConnection(before, change, context);
  if (next === before) return model;
  if (before?.endpoint !== undefined && next.endpoint === undefined) {
    const [app] = attachedTo(model.apps, namespace.name, before.name);
    if (app !== undefined) {
      const message = `The app ${app.name} has attached ${before.name}, which therefore needs an endpoint`;
      throw new ManagementError('ERR_RELAY_CONFLICT', message, { target: 'properties.endpoint' });
    }
  }
  const hybridConnections = withItem(namespace.hybridConnections, before, next);
  return {
    ...model,
    namespaces: withItem(model.namespaces, namespace, { ...namespace, hybridConnections }),
    apps:
      next.endpoint === before?.endpoint
        ? model.apps
        : retargeted(model.apps, namespace.name, next, context.now),
  };
}

/**
 * Takes a hybrid connection away. As in Azure it may be in use: apps that have attached it no longer do, since another
 * one of its name would have other keys.
 */
export function deleteHybridConnection(model: Model, change: Of<'delete-hybrid-connection'>): Model {
  const namespace = namespaceOf(model, change.namespace);
  const gone = hybridConnectionOf(namespace, change.name);
  const hybridConnections = without(namespace.hybridConnections, gone);
  return {
    ...model,
    namespaces: withItem(model.namespaces, namespace, { ...namespace, hybridConnections }),
    apps: detachedFrom(model.apps, namespace.name, gone.name),
  };
}

function newHybridConnection(
  namespace: NamespaceModel,
  change: Of<'put-hybrid-connection'>,
  context: ChangeContext,
): HybridConnectionModel {
  if (namespace.hybridConnections.length >= MAX_HYBRID_CONNECTIONS_PER_NAMESPACE) {
    const message = `The namespace ${namespace.name} has ${MAX_HYBRID_CONNECTIONS_PER_NAMESPACE} hybrid connections already, which is as many as there may be`;
    throw new ManagementError('ERR_RELAY_QUOTA', message);
  }
  const { requiresClientAuthorization = true, authorizationRules = DEFAULT_HYBRID_CONNECTION_RULES } = change;
  if (authorizationRules.length > MAX_AUTHORIZATION_RULES) {
    const message = `A hybrid connection has at most ${MAX_AUTHORIZATION_RULES} policies`;
    throw new ManagementError('ERR_RELAY_QUOTA', message, { target: 'properties.authorizationRules' });
  }
  return {
    name: checked(hybridConnectionName, change.name, 'name'),
    ...changedMetadata({}, change),
    requiresClientAuthorization,
    authorizationRules: authorizationRules.map((rule) => ruleFrom(rule, undefined, context)),
    createdAt: context.now,
    updatedAt: context.now,
  };
}

function changedHybridConnection(
  before: HybridConnectionModel,
  change: Of<'put-hybrid-connection'>,
  { now }: ChangeContext,
): HybridConnectionModel {
  const { requiresClientAuthorization = before.requiresClientAuthorization } = change;
  if (requiresClientAuthorization !== before.requiresClientAuthorization) {
    const target = 'properties.requiresClientAuthorization';
    const message = `${target}: cannot be changed: delete ${before.name} and create it again`;
    throw new ManagementError('ERR_RELAY_CONFLICT', message, { target });
  }
  const metadata = changedMetadata(before, change);
  if (metadata.endpoint === before.endpoint && metadata.userMetadata === before.userMetadata) return before;
  const { endpoint: _endpoint, userMetadata: _userMetadata, ...rest } = before;
  const { endpoint, userMetadata } = metadata;
  return {
    ...rest,
    ...(endpoint !== undefined && { endpoint }),
    ...(userMetadata !== undefined && { userMetadata }),
    updatedAt: now,
  };
}

function checkedHosts(hosts: readonly string[]): readonly string[] {
  if (hosts.length > MAX_HOSTS) {
    throw new ManagementError('ERR_RELAY_QUOTA', `A namespace has at most ${MAX_HOSTS} other names`);
  }
  return hosts.map((host, index) => checked(hostName, host, `hosts[${index}]`));
}

/** A request leads to one namespace by its host, so no two may have one name. */
function checkFree(names: readonly string[], others: readonly NamespaceModel[]): void {
  for (const other of others) {
    const taken = names.find((name) => [other.name, ...other.hosts].some((host) => isSameName(host, name)));
    if (taken === undefined) continue;
    throw new ManagementError('ERR_RELAY_CONFLICT', `${taken} belongs to the namespace ${other.name}`, {
      target: 'name',
    });
  }
}

function checkRoom({ namespaces }: Model, { subscription }: ResourceLabels): void {
  const inIt = namespaces.filter((each) => isSameName(each.subscription, subscription)).length;
  if (inIt < MAX_NAMESPACES_PER_SUBSCRIPTION) return;
  const message = `The subscription ${subscription} has ${MAX_NAMESPACES_PER_SUBSCRIPTION} namespaces already`;
  throw new ManagementError('ERR_RELAY_QUOTA', message);
}
