/**
 * Makes the directory from options: defaults filled in, keys that nobody chose taken from the vault.
 * @module
 */
import {
  type AuthorizationRules,
  Directory,
  HybridConnection,
  Namespace,
  type NamespaceLimits,
} from './directory.js';
import type { KeyVault } from './key-vault.js';
import { MAX_KEY_CHARS } from './model/grammar.js';
import {
  type AuthorizationRuleOptions,
  DEFAULT_HYBRID_CONNECTION_RULES,
  DEFAULT_NAMESPACE_RULES,
  DEFAULTS,
  type HybridConnectionOptions,
  type NamespaceOptions,
  type RelayLimits,
} from './options.js';
import { RelayConfigError } from './relay-config-error.js';

/**
 * The directory of a relay. The public address is a name of its only namespace, so that tokens may be made out to it.
 * @throws RelayConfigError when a key is too long.
 */
export function buildDirectory(
  namespaces: readonly NamespaceOptions[],
  publicUrl: string | undefined,
  vault: KeyVault,
  { limits = {}, createdAt = new Date() }: { readonly limits?: RelayLimits; readonly createdAt?: Date } = {},
): Directory {
  const publicHosts = publicUrl === undefined || namespaces.length > 1 ? [] : [new URL(publicUrl).host];
  return new Directory(
    namespaces.map((options) =>
      buildNamespace(
        {
          ...options,
          hosts: [...(options.hosts ?? []), ...publicHosts],
          limits: { ...namespaceLimits(limits), ...options.limits },
        },
        vault,
        createdAt,
      ),
    ),
  );
}

/** One hybrid connection, not yet added to its namespace. @throws RelayConfigError when a key is too long. */
export function buildHybridConnection(
  namespace: Namespace,
  options: HybridConnectionOptions,
  vault: KeyVault,
  createdAt: Date,
): HybridConnection {
  const rules = options.authorizationRules ?? DEFAULT_HYBRID_CONNECTION_RULES;
  return new HybridConnection(namespace, {
    name: options.name,
    endpoint: options.endpoint,
    userMetadata: options.userMetadata,
    createdAt,
    requiresClientAuthorization: options.requiresClientAuthorization ?? true,
    authorizationRules: withKeys(rules, vault, namespace.name, options.name),
  });
}

function namespaceLimits(limits: RelayLimits): NamespaceLimits {
  const { listenersPerHybridConnection, connectionsPerNamespace, pendingPerNamespace } = {
    ...DEFAULTS.limits,
    ...limits,
  };
  return { listenersPerHybridConnection, connections: connectionsPerNamespace, pending: pendingPerNamespace };
}

function buildNamespace(
  options: NamespaceOptions & { readonly limits: NamespaceLimits },
  vault: KeyVault,
  createdAt: Date,
): Namespace {
  const { name, hosts = [], authorizationRules = DEFAULT_NAMESPACE_RULES, hybridConnections = [] } = options;
  const rules = withKeys(authorizationRules, vault, name, undefined);
  const namespace = new Namespace(name, hosts, rules, options.limits);
  for (const connection of hybridConnections) {
    namespace.add(buildHybridConnection(namespace, connection, vault, createdAt));
  }
  return namespace;
}

function withKeys(
  rules: readonly AuthorizationRuleOptions[],
  vault: KeyVault,
  namespace: string,
  hybridConnection: string | undefined,
): AuthorizationRules {
  return new Map(
    rules.map((rule) => {
      const { name, rights, primaryKey, secondaryKey } = rule;
      for (const key of [primaryKey, secondaryKey]) {
        if (key === undefined || key.length <= MAX_KEY_CHARS) continue;
        throw new RelayConfigError(`a key of the policy ${name} has more than ${MAX_KEY_CHARS} characters`);
      }
      // The vault is only asked for what is missing, so that it holds no keys for policies that bring their own.
      const made =
        primaryKey === undefined || secondaryKey === undefined
          ? vault.keysOf(namespace, hybridConnection, name)
          : { primaryKey, secondaryKey };
      return [
        name,
        { name, rights, ...made, ...(primaryKey && { primaryKey }), ...(secondaryKey && { secondaryKey }) },
      ];
    }),
  );
}
