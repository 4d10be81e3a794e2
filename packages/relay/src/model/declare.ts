/**
 * Puts what a configuration declares over a model.
 *
 * What stands in the configuration wins, and what it does not name is kept: keys that were made, and all that was
 * created while the relay ran. A namespace or hybrid connection that was declared once and is not any more is kept as
 * well, since data would be cut off with it; a policy is not, since whoever takes one out of a list means to revoke it.
 *
 * Source: docs/management.md (what is kept); docs/decisions/0067-state-as-one-value.md.
 * @module
 */
import {
  type AuthorizationRuleOptions,
  DEFAULT_HYBRID_CONNECTION_RULES,
  DEFAULT_NAMESPACE_RULES,
  type HybridConnectionOptions,
  type NamespaceOptions,
} from '../config/options.js';
import { RelayConfigError } from '../config/relay-config-error.js';
import type { ChangeContext } from './apply-change.js';
import { retargeted } from './attachments.js';
import { ManagementError } from './management-error.js';
import { changedMetadata } from './metadata.js';
import type { HybridConnectionModel, Model, NamespaceModel, RuleModel } from './model.js';
import { isSameName, named } from './names.js';
import { DEFAULT_LABELS, NEW_DETAILS } from './resources.js';
import { ruleFrom } from './rules.js';

/** What declaring takes from time, chance and an older version. */
export interface DeclareContext extends ChangeContext {
  /** Keys that a policy is known to have, although the model has no such policy. */
  readonly knownKeys: (
    namespace: string,
    hybridConnection: string | undefined,
    policy: string,
  ) => { readonly primaryKey: string; readonly secondaryKey: string } | undefined;
}

/**
 * The model with what is declared in it; the model itself when all of that was there.
 * @throws RelayConfigError when a value cannot be used, or a name is taken by what is kept.
 */
export function declareNamespaces(
  model: Model,
  declared: readonly NamespaceOptions[],
  context: DeclareContext,
): Model {
  try {
    const namespaces = merged(model.namespaces, declared, (before, options) =>
      declareNamespace(before, options, context),
    );
    if (namespaces === model.namespaces) return model;
    checkHosts(namespaces);
    return { ...model, namespaces, apps: retargetedTo(namespaces, model, context.now) };
  } catch (cause) {
    if (!(cause instanceof ManagementError)) throw cause;
    throw new RelayConfigError(cause.message, { cause });
  }
}

/** Apps are told where what they have attached leads now. */
function retargetedTo(namespaces: readonly NamespaceModel[], model: Model, now: string): Model['apps'] {
  let { apps } = model;
  for (const app of model.apps) {
    for (const each of app.attachments) {
      const found = findHybridConnection(namespaces, each.hybridConnection, each.namespace);
      if (found?.hybridConnection.endpoint === `${each.hostname}:${each.port}` || found === undefined)
        continue;
      apps = retargeted(apps, found.namespace.name, found.hybridConnection, now);
    }
  }
  return apps;
}

function declareNamespace(
  before: NamespaceModel | undefined,
  options: NamespaceOptions,
  context: DeclareContext,
): NamespaceModel {
  const { name, subscription, resourceGroup, limits, hybridConnections = [] } = options;
  const start = before ?? {
    ...DEFAULT_LABELS,
    name,
    ...NEW_DETAILS,
    hosts: [],
    authorizationRules: [],
    hybridConnections: [],
    createdAt: context.now,
    updatedAt: context.now,
  };
  const { limits: _, ...rest } = start;
  const next: NamespaceModel = {
    ...rest,
    ...(subscription !== undefined && { subscription }),
    ...(resourceGroup !== undefined && { resourceGroup }),
    hosts: options.hosts ?? start.hosts,
    authorizationRules: declareRules(
      start.authorizationRules,
      options.authorizationRules ?? DEFAULT_NAMESPACE_RULES,
      [name, undefined],
      context,
    ),
    hybridConnections: merged(start.hybridConnections, hybridConnections, (hybridConnection, declared) =>
      declareHybridConnection(hybridConnection, declared, name, context),
    ),
    ...(limits !== undefined && { limits }),
    declared: true,
  };
  return kept(before, next);
}

function declareHybridConnection(
  before: HybridConnectionModel | undefined,
  options: HybridConnectionOptions,
  namespace: string,
  context: DeclareContext,
): HybridConnectionModel {
  const { name, endpoint, userMetadata, requiresClientAuthorization = true } = options;
  const { authorizationRules = DEFAULT_HYBRID_CONNECTION_RULES } = options;
  const metadata = changedMetadata(before ?? {}, {
    ...(endpoint !== undefined && { endpoint }),
    ...(userMetadata !== undefined && { userMetadata }),
  });
  const isChanged =
    before === undefined ||
    metadata.endpoint !== before.endpoint ||
    metadata.userMetadata !== before.userMetadata ||
    requiresClientAuthorization !== before.requiresClientAuthorization;
  const next: HybridConnectionModel = {
    name: before?.name ?? name,
    ...(metadata.endpoint !== undefined && { endpoint: metadata.endpoint }),
    ...(metadata.userMetadata !== undefined && { userMetadata: metadata.userMetadata }),
    requiresClientAuthorization,
    authorizationRules: declareRules(
      before?.authorizationRules ?? [],
      authorizationRules,
      [namespace, name],
      context,
    ),
    createdAt: before?.createdAt ?? context.now,
    updatedAt: isChanged ? context.now : before.updatedAt,
    declared: true,
  };
  return kept(before, next);
}

/** Those that are declared, in their order, then those that were made while the relay ran. */
function declareRules(
  before: readonly RuleModel[],
  declared: readonly AuthorizationRuleOptions[],
  [namespace, hybridConnection]: readonly [string, string | undefined],
  context: DeclareContext,
): readonly RuleModel[] {
  const rules = declared.map((options) => {
    // A file may tell names apart by their case, as tokens do.
    const rule = before.find(({ name }) => name === options.name);
    const known = rule === undefined && context.knownKeys(namespace, hybridConnection, options.name);
    return { ...ruleFrom({ ...known, ...options }, rule, context), declared: true };
  });
  const others = before.filter(
    (rule) => rule.declared !== true && !declared.some(({ name }) => name === rule.name),
  );
  return [...rules, ...others];
}

/** What is declared, in its order, put over what is there; then the rest, which is declared no more. */
function merged<
  Item extends { readonly name: string; readonly declared?: boolean },
  Options extends { readonly name: string },
>(
  before: readonly Item[],
  declared: readonly Options[],
  declare: (before: Item | undefined, options: Options) => Item,
): readonly Item[] {
  const byName = new Map(before.map((item) => [item.name.toLowerCase(), item]));
  const first = declared.map((options) => declare(byName.get(options.name.toLowerCase()), options));
  const names = new Set(declared.map(({ name }) => name.toLowerCase()));
  const others = before.filter(({ name }) => !names.has(name.toLowerCase())).map(undeclared);
  const next = [...first, ...others];
  return next.length === before.length && next.every((item, index) => item === before[index]) ? before : next;
}

/** Its policies stay as they are: one that stood in a file is revoked when a file lists it no more. */
function undeclared<Item extends { readonly declared?: boolean }>(item: Item): Item {
  const { declared, ...rest } = item as Item & Partial<NamespaceModel>;
  if (declared === undefined) return item;
  const { hybridConnections } = rest;
  return {
    ...rest,
    ...(hybridConnections && { hybridConnections: hybridConnections.map(undeclared) }),
  } as unknown as Item;
}

/** `before` itself, where `next` says the same. */
function kept<Item extends object>(before: Item | undefined, next: Item): Item {
  return before !== undefined && isSame(before, next) ? before : next;
}

/** Whether two plain values say the same, whatever the order of their members. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) =>
      isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
    )
  );
}

/** A namespace that was made while the relay ran may have taken a name that is declared now. */
function checkHosts(namespaces: readonly NamespaceModel[]): void {
  const owners = new Map<string, NamespaceModel>();
  for (const namespace of namespaces) {
    for (const host of [namespace.name, ...namespace.hosts]) {
      const owner = owners.get(host.toLowerCase());
      if (owner !== undefined && owner !== namespace) {
        throw new RelayConfigError(
          `the host ${host} of the namespace ${owner.name} belongs to the namespace ${namespace.name}, which is kept in the data folder`,
        );
      }
      owners.set(host.toLowerCase(), namespace);
    }
  }
}

/**
 * A model with what a later one has and it has not: namespaces, hybrid connections and policies. What it has stays as it
 * is, and nothing of it goes.
 */
export function withMissing(model: Model, later: Model): Model {
  const namespaces = filled(model.namespaces, later.namespaces, keyInAnyCase, (before, namespace) => ({
    ...before,
    authorizationRules: withMissingRules(before, namespace),
    hybridConnections: filled(
      before.hybridConnections,
      namespace.hybridConnections,
      keyInAnyCase,
      (hybridConnection, declared) => ({
        ...hybridConnection,
        authorizationRules: withMissingRules(hybridConnection, declared),
      }),
    ),
  }));
  return namespaces === model.namespaces ? model : { ...model, namespaces };
}

interface Ruled {
  readonly authorizationRules: readonly RuleModel[];
}

function withMissingRules({ authorizationRules }: Ruled, later: Ruled): readonly RuleModel[] {
  return filled(
    authorizationRules,
    later.authorizationRules,
    ({ name }) => name,
    (rule) => rule,
  );
}

function filled<Item extends object>(
  items: readonly Item[],
  later: readonly Item[],
  keyOf: (item: Item) => string,
  both: (item: Item, later: Item) => Item,
): readonly Item[] {
  const missing = new Map(later.map((item) => [keyOf(item), item]));
  const same = items.map((item) => {
    const other = missing.get(keyOf(item));
    missing.delete(keyOf(item));
    return other === undefined ? item : kept(item, both(item, other));
  });
  const isSame = missing.size === 0 && same.every((item, index) => item === items[index]);
  return isSame ? items : [...same, ...missing.values()];
}

function keyInAnyCase({ name }: { readonly name: string }): string {
  return name.toLowerCase();
}

/**
 * The namespace that answers to names which are nobody's: the only one, or else the only declared one, or, where none
 * is declared, the one that was there first. So creating a second namespace changes nothing for the clients of the first.
 */
export function fallbackOf(namespaces: readonly NamespaceModel[]): NamespaceModel | undefined {
  if (namespaces.length <= 1) return namespaces[0];
  const declared = namespaces.filter((namespace) => namespace.declared === true);
  return declared.length > 1 ? undefined : (declared[0] ?? namespaces[0]);
}

/** The hybrid connection of a name, in any namespace, or in the one that is named. */
export function findHybridConnection(
  namespaces: readonly NamespaceModel[],
  name: string,
  namespace: string | undefined,
): { readonly namespace: NamespaceModel; readonly hybridConnection: HybridConnectionModel } | undefined {
  for (const each of namespaces) {
    if (namespace !== undefined && !isSameName(each.name, namespace)) continue;
    const hybridConnection = named(each.hybridConnections, name);
    if (hybridConnection !== undefined) return { namespace: each, hybridConnection };
  }
  return undefined;
}
