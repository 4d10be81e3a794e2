/**
 * What an application can do to a relay that it runs: read connection strings, add and remove hybrid connections, roll
 * keys.
 *
 * In the words of the configuration, where management has Azure's; and of the only namespace, unless another is named.
 * @module
 */
import { generateKey } from '@hybridge/sas';
import { checkHybridConnection, checkKeys } from './config/config-schema.js';
import type { HybridConnectionOptions } from './config/options.js';
import { RelayConfigError } from './config/relay-config-error.js';
import type { KeyPair, KeySlot } from './directory/directory.js';
import type { Change } from './model/change.js';
import { findHybridConnection } from './model/declare.js';
import type { ManagedRelay } from './model/managed-relay.js';
import { ManagementError } from './model/management-error.js';
import type { HybridConnectionModel, NamespaceModel, RuleModel } from './model/model.js';
import { named } from './model/names.js';

/** New keys; what is left out stays. */
export type KeyChanges = Partial<KeyPair>;

/** A shared access policy of a running relay. */
export interface PolicyReference {
  /** Its name. */
  readonly policy: string;
  /** The hybrid connection that it belongs to. Absent: it is the namespace's own. */
  readonly hybridConnection?: string;
  /** Needed only when there are several. */
  readonly namespace?: string;
}

/** Which of a hybrid connection's connection strings. */
export interface ConnectionStringOptions {
  /** Name of a shared access policy. @defaultValue the first one that may both listen and send */
  readonly policy?: string;
  /** @defaultValue primary */
  readonly key?: KeySlot;
  /** Needed only when two namespaces have a hybrid connection of this name. */
  readonly namespace?: string;
}

/** What administration works with: what all management does. */
export interface AdministrationOptions {
  readonly relay: Pick<ManagedRelay, 'model' | 'change'>;
  /** Writes down how a hybrid connection is reached by a policy of its own or of its namespace. */
  readonly connectionString: (owner: Owner, rule: RuleModel, key: KeySlot) => string;
}

/** A hybrid connection and its namespace. */
export interface Owner {
  readonly namespace: NamespaceModel;
  readonly hybridConnection: HybridConnectionModel;
}

/** Changes a relay that runs. */
export class Administration {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  /** @throws RelayConfigError when there is no such hybrid connection or policy. */
  connectionString(hybridConnection: string, options: string | ConnectionStringOptions): string {
    const {
      policy,
      key = 'primary',
      namespace,
    } = typeof options === 'string' ? { policy: options } : options;
    const owner = this.#find(hybridConnection, namespace);
    return this.#options.connectionString(owner, policyOf(owner, policy), key);
  }

  /**
   * @throws RelayConfigError when it cannot be used, or its name is taken; ManagementError when it cannot be kept.
   */
  async add(options: string | HybridConnectionOptions, namespace: string | undefined): Promise<void> {
    const declared = checkHybridConnection(
      typeof options === 'string' ? { name: options } : options,
      'options',
    );
    const owner = this.#findNamespace(namespace);
    if (named(owner.hybridConnections, declared.name) !== undefined) {
      throw new RelayConfigError(
        `the namespace ${owner.name} has a hybrid connection ${declared.name} already`,
      );
    }
    await this.#change({ type: 'put-hybrid-connection', namespace: owner.name, ...declared });
  }

  /** @throws RelayConfigError when there is no such hybrid connection; ManagementError when it cannot be kept. */
  async remove(name: string, namespace: string | undefined): Promise<void> {
    const owner = this.#find(name, namespace);
    await this.#change({
      type: 'delete-hybrid-connection',
      namespace: owner.namespace.name,
      name: owner.hybridConnection.name,
    });
  }

  /**
   * @throws RelayConfigError when there is no such policy, or a key cannot be used; ManagementError when they cannot be
   * kept.
   */
  async setKeys({ policy, hybridConnection, namespace }: PolicyReference, keys: KeyChanges): Promise<void> {
    const changes = checkKeys(keys, 'keys');
    const owner =
      hybridConnection === undefined
        ? this.#findNamespace(namespace)
        : this.#find(hybridConnection, namespace).namespace;
    await this.#change({
      type: 'set-keys',
      namespace: owner.name,
      ...(hybridConnection !== undefined && { hybridConnection }),
      name: policy,
      ...changes,
    });
  }

  /** @returns the key. @throws as {@link Administration.setKeys} */
  async regenerateKey(policy: PolicyReference, slot: KeySlot): Promise<string> {
    const key = generateKey();
    await this.setKeys(policy, slot === 'primary' ? { primaryKey: key } : { secondaryKey: key });
    return key;
  }

  /** What is wrong with what was asked for is told as what is wrong with an option. */
  async #change(change: Change): Promise<void> {
    try {
      await this.#options.relay.change(change);
    } catch (cause) {
      if (!(cause instanceof ManagementError) || cause.code === 'ERR_RELAY_STORE') throw cause;
      throw new RelayConfigError(cause.message, { cause });
    }
  }

  #find(name: string, namespace: string | undefined): Owner {
    const { namespaces } = this.#options.relay.model;
    const home = namespace === undefined ? undefined : this.#findNamespace(namespace).name;
    const found = findHybridConnection(namespaces, name, home);
    if (found === undefined) throw new RelayConfigError(`there is no hybrid connection ${name}`);
    return found;
  }

  #findNamespace(name: string | undefined): NamespaceModel {
    const { namespaces } = this.#options.relay.model;
    const namespace = name === undefined ? namespaces[0] : named(namespaces, name);
    if (namespace === undefined) throw new RelayConfigError(`there is no namespace ${name ?? ''}`.trim());
    return namespace;
  }
}

/** Whether there is a policy of a name, at either level. */
export function hasPolicy(owner: Owner, name: string): boolean {
  return findPolicy(owner, name) !== undefined;
}

/**
 * The policy of a name, the hybrid connection's own or else its namespace's; with no name the first that may both listen
 * and send.
 * @throws RelayConfigError when there is none.
 */
export function policyOf({ namespace, hybridConnection }: Owner, name: string | undefined): RuleModel {
  const rule = findPolicy({ namespace, hybridConnection }, name);
  if (rule !== undefined) return rule;
  const problem = name === undefined ? 'no policy that may both listen and send' : `no policy ${name}`;
  throw new RelayConfigError(`${hybridConnection.name} has ${problem}`);
}

function findPolicy({ namespace, hybridConnection }: Owner, name: string | undefined): RuleModel | undefined {
  const rules = [...hybridConnection.authorizationRules, ...namespace.authorizationRules];
  return name === undefined
    ? rules.find(({ rights }) => rights.includes('Listen') && rights.includes('Send'))
    : named(rules, name);
}
