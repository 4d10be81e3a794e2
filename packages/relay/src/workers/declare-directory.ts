/**
 * Writes a directory down as options again, all keys included: what a worker is started with.
 * @module
 */
import type { AuthorizationRules, Directory, HybridConnection } from '../directory.js';
import type { AuthorizationRuleOptions, HybridConnectionOptions, NamespaceOptions } from '../options.js';

/** Options that make the same directory. */
export function declareDirectory({ namespaces }: Directory): NamespaceOptions[] {
  return namespaces.map(({ name, hosts, authorizationRules, hybridConnections, limits }) => ({
    name,
    hosts,
    authorizationRules: declareRules(authorizationRules),
    hybridConnections: hybridConnections.map(declareHybridConnection),
    limits,
  }));
}

/** Options that make the same hybrid connection. */
export function declareHybridConnection(hybridConnection: HybridConnection): HybridConnectionOptions {
  const { name, endpoint, userMetadata, requiresClientAuthorization, authorizationRules } = hybridConnection;
  return {
    name,
    ...(endpoint !== undefined && { endpoint }),
    ...(userMetadata !== undefined && { userMetadata }),
    requiresClientAuthorization,
    authorizationRules: declareRules(authorizationRules),
  };
}

function declareRules(rules: AuthorizationRules): AuthorizationRuleOptions[] {
  return [...rules.values()].map(({ name, rights, primaryKey, secondaryKey }) => {
    return { name, rights, primaryKey, secondaryKey };
  });
}
