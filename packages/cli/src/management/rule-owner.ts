/**
 * Whose a shared access policy is: a hybrid connection's, or the namespace's own.
 * @module
 */
import { inventoryOf, type ManagementClient } from '@hybridge/service';
import type { AdminOptions } from './admin.js';
import { hybridConnectionIn, namespaceIn } from './inventory.js';

/** Either of them. */
export interface RuleOwner {
  readonly id: string;
  /** Of the owner itself. */
  readonly name: string;
  readonly namespace: string;
  readonly hybridConnection?: string;
}

/** @param connection - name of the hybrid connection; absent: the namespace is meant. @throws AdminError, UsageError */
export async function ownerOf(
  client: ManagementClient,
  connection: string | undefined,
  options: AdminOptions,
): Promise<RuleOwner> {
  const inventory = await inventoryOf(client);
  if (connection === undefined) {
    const { id, name } = namespaceIn(inventory, options.namespace);
    return { id, name, namespace: name };
  }
  const found = hybridConnectionIn(inventory, connection, options);
  const { id, name } = found.connection;
  return { id, name, namespace: found.namespace.name, hybridConnection: name };
}
