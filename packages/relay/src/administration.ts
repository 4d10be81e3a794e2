/**
 * What can be done to a relay's directory while it runs: read connection strings, add and remove hybrid connections,
 * roll keys.
 *
 * It changes what is declared, and what the data folder keeps of it. Connections that a change concerns are closed by
 * whoever holds them.
 * @module
 */
import { formatConnectionString, generateKey } from '@hybridge/sas';
import { buildHybridConnection } from './build-directory.js';
import { checkHybridConnection, checkKeys } from './config-schema.js';
import type { Directory, HybridConnection, KeySlot, Namespace } from './directory.js';
import { endpointOf } from './endpoint-of.js';
import { type KeyChanges, type PolicyOwner, rollKeys } from './key-roll.js';
import type { KeyVault } from './key-vault.js';
import type { ListenerRegistry } from './listener-registry.js';
import type { HybridConnectionOptions, ListenOptions } from './options.js';
import { RelayConfigError } from './relay-config-error.js';

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

/** What administration works with. */
export interface AdministrationOptions {
  readonly directory: Directory;
  readonly vault: KeyVault;
  readonly publicUrl: string | undefined;
  /** With the port that the relay really has. */
  readonly listen: ListenOptions;
  /** Told of keys that are gone. */
  readonly listeners: Pick<ListenerRegistry, 'keysRolled'>;
  readonly now: () => number;
}

/** Changes the directory of a relay that runs. */
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
    const owner = this.find(hybridConnection, namespace);
    const rule = owner.policy(policy);
    if (rule === undefined) {
      const problem =
        policy === undefined ? 'no policy that may both listen and send' : `no policy ${policy}`;
      throw new RelayConfigError(`${owner.name} has ${problem}`);
    }
    return formatConnectionString({
      endpoint: this.#endpointOf(owner.namespace),
      sharedAccessKeyName: rule.name,
      sharedAccessKey: key === 'primary' ? rule.primaryKey : rule.secondaryKey,
      entityPath: owner.name,
    });
  }

  /** @throws RelayConfigError when it cannot be used, or its name is taken. */
  async add(
    options: string | HybridConnectionOptions,
    namespace: string | undefined,
  ): Promise<HybridConnection> {
    const declared = checkHybridConnection(
      typeof options === 'string' ? { name: options } : options,
      'options',
    );
    const { vault, now } = this.#options;
    const owner = this.#findNamespace(namespace);
    if (owner.get(declared.name) !== undefined) {
      throw new RelayConfigError(
        `the namespace ${owner.name} has a hybrid connection ${declared.name} already`,
      );
    }
    const hybridConnection = buildHybridConnection(owner, declared, vault, new Date(now()));
    await vault.save();
    owner.add(hybridConnection);
    return hybridConnection;
  }

  /** @throws RelayConfigError when there is no such hybrid connection. */
  remove(name: string, namespace: string | undefined): HybridConnection {
    const hybridConnection = this.find(name, namespace);
    hybridConnection.namespace.remove(hybridConnection);
    return hybridConnection;
  }

  /** @throws RelayConfigError when there is no such policy, or a key cannot be used. */
  async setKeys(policy: PolicyReference, keys: KeyChanges): Promise<void> {
    const { vault, listeners } = this.#options;
    const changes = checkKeys(keys, 'keys');
    await rollKeys(this.#findPolicy(policy), changes, { vault, listeners });
  }

  /** @returns the key. @throws RelayConfigError when there is no such policy. */
  async regenerateKey(policy: PolicyReference, slot: KeySlot): Promise<string> {
    const key = generateKey();
    await this.setKeys(policy, slot === 'primary' ? { primaryKey: key } : { secondaryKey: key });
    return key;
  }

  /** @throws RelayConfigError when there is no such hybrid connection. */
  find(name: string, namespace: string | undefined): HybridConnection {
    const { namespaces } = this.#options.directory;
    const among = namespace === undefined ? namespaces : [this.#findNamespace(namespace)];
    const found = among.map((each) => each.get(name)).find((each) => each !== undefined);
    if (found === undefined) throw new RelayConfigError(`there is no hybrid connection ${name}`);
    return found;
  }

  #endpointOf(namespace: Namespace): URL {
    const { publicUrl, listen, directory } = this.#options;
    const isOnly = directory.namespaces.length === 1;
    return endpointOf({ publicUrl, listen, namespace: namespace.name, isOnly });
  }

  #findNamespace(name: string | undefined): Namespace {
    const { namespaces } = this.#options.directory;
    const namespace =
      name === undefined
        ? namespaces[0]
        : namespaces.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (namespace === undefined) throw new RelayConfigError(`there is no namespace ${name}`);
    return namespace;
  }

  #findPolicy({ policy, hybridConnection, namespace }: PolicyReference): PolicyOwner {
    const owner = hybridConnection === undefined ? undefined : this.find(hybridConnection, namespace);
    const home = owner?.namespace ?? this.#findNamespace(namespace);
    const rule = (owner ?? home).authorizationRules.get(policy);
    if (rule === undefined) throw new RelayConfigError(`${(owner ?? home).name} has no policy ${policy}`);
    return { namespace: home, hybridConnection: owner, rule };
  }
}
