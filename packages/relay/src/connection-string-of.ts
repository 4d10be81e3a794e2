/**
 * Connection strings of a relay that need not be running: from its configuration and the keys in its data folder.
 *
 * Keys that were not generated yet are generated and kept here, so the order does not matter: print first and start
 * later, or the other way round.
 * @module
 */
import { formatConnectionString } from '@hybridge/sas';
import { buildDirectory } from './build-directory.js';
import { checkConfig } from './config-schema.js';
import { endpointOf } from './endpoint-of.js';
import { KeyVault } from './key-vault.js';
import { DEFAULTS, type RelayConfig } from './options.js';
import { RelayConfigError } from './relay-config-error.js';

/** Which of a hybrid connection's connection strings. */
export interface ConnectionStringOfOptions {
  /** Name of a shared access policy, of the hybrid connection or else of its namespace. */
  readonly policy: string;
  /** @defaultValue primary */
  readonly key?: 'primary' | 'secondary';
}

/**
 * A connection string of a hybrid connection. It holds a key.
 * @throws RelayConfigError when there is no such hybrid connection or policy, or no address to dial.
 */
export async function connectionStringOf(
  config: RelayConfig,
  hybridConnection: string,
  { policy, key = 'primary' }: ConnectionStringOfOptions,
): Promise<string> {
  const checked = checkConfig(config, 'options');
  const vault = await KeyVault.open(checked.dataDir);
  const { namespaces } = buildDirectory(checked.namespaces ?? DEFAULTS.namespaces, checked.publicUrl, vault);
  const found = namespaces.map((each) => each.get(hybridConnection)).find((each) => each !== undefined);
  if (found === undefined) throw new RelayConfigError(`there is no hybrid connection ${hybridConnection}`);
  const rule = found.policy(policy);
  if (rule === undefined) throw new RelayConfigError(`${found.name} has no policy ${policy}`);
  const endpoint = endpointOf({
    publicUrl: checked.publicUrl,
    listen: checked.listen,
    namespace: found.namespace.name,
    isOnly: namespaces.length === 1,
  });
  await vault.save();
  return formatConnectionString({
    endpoint,
    sharedAccessKeyName: rule.name,
    sharedAccessKey: key === 'primary' ? rule.primaryKey : rule.secondaryKey,
    entityPath: found.name,
  });
}
