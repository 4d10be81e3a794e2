/**
 * Connection strings of a relay that need not be running: from its configuration and what its data folder holds.
 *
 * Keys that were not generated yet are generated and kept here, so the order does not matter: print first and start
 * later, or the other way round. While a relay runs the folder is its own, and what is told is what that relay has.
 * @module
 */
import { formatConnectionString } from '@hybridge/sas';
import { hasPolicy, policyOf } from '../administration.js';
import { checkConfig } from '../config/config-schema.js';
import { DEFAULTS, type RelayConfig } from '../config/options.js';
import { RelayConfigError } from '../config/relay-config-error.js';
import { fallbackOf, findHybridConnection } from '../model/declare.js';
import type { Model } from '../model/model.js';
import { look } from '../store/restore.js';
import { endpointOf } from './endpoint-of.js';

/** Which of a hybrid connection's connection strings. */
export interface ConnectionStringOfOptions {
  /** Name of a shared access policy, of the hybrid connection or else of its namespace. */
  readonly policy: string;
  /** @defaultValue primary */
  readonly key?: 'primary' | 'secondary';
}

/**
 * A connection string of a hybrid connection. It holds a key.
 *
 * Where neither the configuration nor the data folder has any namespace yet, the hybrid connection is made, in `localhost`.
 * @throws RelayConfigError when there is no such hybrid connection or policy, or no address to dial. A relay that runs
 * has only what it was started with and what was created since.
 */
export async function connectionStringOf(
  config: RelayConfig,
  hybridConnection: string,
  { policy, key = 'primary' }: ConnectionStringOfOptions,
): Promise<string> {
  const { dataDir, namespaces, publicUrl, listen } = checkConfig(config, 'options');
  const find = (model: Model) => findHybridConnection(model.namespaces, hybridConnection, undefined);
  const has = (model: Model) => {
    const owner = find(model);
    return owner !== undefined && hasPolicy(owner, policy);
  };
  const first = { ...DEFAULTS.namespaces[0], hybridConnections: [{ name: hybridConnection }] };
  const model = await look({ dataDir, namespaces, first: [first], now: Date.now() }, has);
  const owner = find(model);
  if (owner === undefined) throw new RelayConfigError(`there is no hybrid connection ${hybridConnection}`);
  const rule = policyOf(owner, policy);
  const endpoint = endpointOf({
    publicUrl,
    listen,
    namespace: owner.namespace.name,
    isFallback: fallbackOf(model.namespaces) === owner.namespace,
  });
  return formatConnectionString({
    endpoint,
    sharedAccessKeyName: rule.name,
    sharedAccessKey: key === 'primary' ? rule.primaryKey : rule.secondaryKey,
    entityPath: owner.hybridConnection.name,
  });
}
