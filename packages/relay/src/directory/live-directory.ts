/**
 * Keeps the directory as the model has it: shows what is new, changes what is there, takes away what is gone.
 *
 * What is there stays the same object, since grants, listeners and counts refer to it. So two models are compared member
 * by member; what is the same object in both was not changed, and is passed over.
 * @module
 */
import { includesClaim } from '../authorization/authorize.js';
import { DEFAULTS, type RelayLimits } from '../config/options.js';
import { fallbackOf } from '../model/declare.js';
import type { HybridConnectionModel, NamespaceModel, RuleModel } from '../model/model.js';
import {
  type AuthorizationRule,
  Directory,
  HybridConnection,
  type KeyPair,
  type KeySlot,
  Namespace,
  type NamespaceLimits,
} from './directory.js';

/** What a step from one model to the next means for those who are connected. */
export interface DirectoryEffects {
  /** Whoever is connected to these has nothing to be connected to. */
  readonly removed: readonly HybridConnection[];
  readonly rules: readonly RuleEffect[];
}

/** What became of a policy. */
export interface RuleEffect {
  readonly rule: AuthorizationRule;
  /** Where a key now is that was in this place before; `undefined`: nowhere. */
  readonly slotOf: (before: KeySlot) => KeySlot | undefined;
  /** It no longer gives the right to listen. */
  readonly deaf: boolean;
}

/** What does not come from the model. */
export interface LiveDirectoryOptions {
  /** Its host is a name of the namespace that answers to any, so that tokens may be made out to it. */
  readonly publicUrl: string | undefined;
  /** Where a namespace has no limits of its own. */
  readonly limits?: RelayLimits | undefined;
}

interface Shown {
  readonly model: NamespaceModel;
  readonly namespace: Namespace;
}

type Rules = Map<string, AuthorizationRule>;

interface Collected {
  readonly removed: HybridConnection[];
  readonly rules: RuleEffect[];
}

/** The directory of a relay that runs. */
export class LiveDirectory {
  readonly directory = new Directory();
  readonly #options: LiveDirectoryOptions;
  #shown: ReadonlyMap<string, Shown> = new Map();

  constructor(options: LiveDirectoryOptions) {
    this.#options = options;
  }

  /**
   * Shows other namespaces. To be called for each change by itself: one that is deleted and made again in one step would
   * be taken for the same.
   */
  show(models: readonly NamespaceModel[]): DirectoryEffects {
    const effects: Collected = { removed: [], rules: [] };
    const fallback = fallbackOf(models);
    const next = new Map<string, Shown>();
    for (const model of models) {
      const key = model.name.toLowerCase();
      const before = this.#shown.get(key);
      const namespace = before?.namespace ?? this.#namespaceOf(model);
      if (before?.model !== model) update(namespace, before?.model, model, effects);
      namespace.rename([...model.hosts, ...(model === fallback ? this.#publicHosts() : [])]);
      next.set(key, { model, namespace });
    }
    for (const [key, { namespace }] of this.#shown) {
      if (next.has(key)) continue;
      effects.removed.push(...namespace.hybridConnections);
      for (const rule of namespace.authorizationRules.values()) effects.rules.push(gone(rule));
    }
    this.#shown = next;
    this.directory.serve(
      [...next.values()].map(({ namespace }) => namespace),
      fallback && next.get(fallback.name.toLowerCase())?.namespace,
    );
    return effects;
  }

  #namespaceOf({ name, hosts, limits }: NamespaceModel): Namespace {
    return new Namespace(name, hosts, new Map(), { ...namespaceLimits(this.#options.limits), ...limits });
  }

  #publicHosts(): readonly string[] {
    const { publicUrl } = this.#options;
    return publicUrl === undefined ? [] : [new URL(publicUrl).host];
  }
}

function namespaceLimits(limits: RelayLimits = {}): NamespaceLimits {
  const { listenersPerHybridConnection, connectionsPerNamespace, pendingPerNamespace } = {
    ...DEFAULTS.limits,
    ...limits,
  };
  return { listenersPerHybridConnection, connections: connectionsPerNamespace, pending: pendingPerNamespace };
}

function update(
  namespace: Namespace,
  before: NamespaceModel | undefined,
  model: NamespaceModel,
  effects: Collected,
): void {
  if (before?.authorizationRules !== model.authorizationRules) {
    updateRules(namespace.authorizationRules as Rules, model.authorizationRules, effects);
  }
  if (before?.hybridConnections === model.hybridConnections) return;
  const [old, now] = withoutSameEnds(before?.hybridConnections ?? [], model.hybridConnections);
  const known = new Map(old.map((each) => [each.name.toLowerCase(), each]));
  for (const next of now) {
    const key = next.name.toLowerCase();
    const last = known.get(key);
    known.delete(key);
    if (last === next) continue;
    const there = namespace.get(next.name);
    if (there !== undefined) there.note(metadataOf(next));
    else namespace.add(hybridConnectionOf(namespace, next));
    const { authorizationRules } = namespace.get(next.name)!;
    if (last?.authorizationRules !== next.authorizationRules) {
      updateRules(authorizationRules as Rules, next.authorizationRules, effects);
    }
  }
  for (const { name } of known.values()) {
    const removed = namespace.get(name)!;
    namespace.remove(removed);
    effects.removed.push(removed);
  }
}

/** What is between the same beginnings and the same ends of two lists: of ten thousand mostly one was changed. */
function withoutSameEnds<Item>(
  one: readonly Item[],
  other: readonly Item[],
): readonly [readonly Item[], readonly Item[]] {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let same = 0;
  while (same < shorter - start && one.at(-1 - same) === other.at(-1 - same)) same += 1;
  return [one.slice(start, one.length - same), other.slice(start, other.length - same)];
}

function hybridConnectionOf(namespace: Namespace, model: HybridConnectionModel): HybridConnection {
  return new HybridConnection(namespace, {
    name: model.name,
    requiresClientAuthorization: model.requiresClientAuthorization,
    authorizationRules: new Map(),
    createdAt: new Date(model.createdAt),
    ...metadataOf(model),
  });
}

function metadataOf({ endpoint, userMetadata, updatedAt }: HybridConnectionModel) {
  return { endpoint, userMetadata, updatedAt: new Date(updatedAt) };
}

function updateRules(rules: Rules, models: readonly RuleModel[], effects: Collected): void {
  for (const { name, rights, primaryKey, secondaryKey } of models) {
    const rule = rules.get(name);
    if (rule === undefined) {
      rules.set(name, { name, rights, primaryKey, secondaryKey });
      continue;
    }
    const before = { ...rule };
    // The policy stays the same object: grants refer to it.
    Object.assign(rule, { rights, primaryKey, secondaryKey });
    const deaf = includesClaim(before.rights, 'Listen') && !includesClaim(rights, 'Listen');
    const isRolled = before.primaryKey !== primaryKey || before.secondaryKey !== secondaryKey;
    if (!isRolled && !deaf) continue;
    const slotOf = (slot: KeySlot) =>
      slotIn(rule, slot === 'primary' ? before.primaryKey : before.secondaryKey);
    effects.rules.push({ rule, slotOf, deaf });
  }
  const names = new Set(models.map(({ name }) => name));
  for (const [name, rule] of rules) {
    if (names.has(name)) continue;
    rules.delete(name);
    effects.rules.push(gone(rule));
  }
}

function gone(rule: AuthorizationRule): RuleEffect {
  return { rule, slotOf: () => undefined, deaf: false };
}

/** Where a key is in a policy. */
function slotIn({ primaryKey, secondaryKey }: KeyPair, key: string): KeySlot | undefined {
  if (key === primaryKey) return 'primary';
  return key === secondaryKey ? 'secondary' : undefined;
}
