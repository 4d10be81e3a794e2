/**
 * Keys of shared access policies, and who uses them.
 * @module
 */
import { AdminError } from './admin-error.js';
import { type ManagementClient, pathOf, pathOfId, RELAY_VERSION } from './management-client.js';

/** One of a policy's two keys. */
export type KeySlot = 'primary' | 'secondary';

/** A policy, without its keys. */
export interface Rule {
  readonly name: string;
  readonly rights: readonly string[];
}

/** Both keys of a policy. Secrets. */
export interface Keys {
  readonly keyName: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
  readonly primaryConnectionString: string;
  readonly secondaryConnectionString: string;
}

/** Who uses a key. */
export interface KeyUsers {
  readonly changedAt: string;
  readonly lastUsedAt?: string;
  readonly listeners: readonly {
    readonly id: string;
    readonly remoteAddress: string;
    readonly connectedAt: string;
  }[];
  readonly recentSenders: readonly {
    readonly remoteAddress: string;
    readonly lastSeenAt: string;
    readonly count: number;
  }[];
}

/** Who uses the keys of a policy. */
export interface PolicyUse {
  readonly level: 'namespace' | 'hybridConnection';
  readonly name: string;
  readonly rights: readonly string[];
  readonly keys: Readonly<Record<KeySlot, KeyUsers>>;
  readonly apps: readonly {
    readonly subscription: string;
    readonly app: string;
    readonly plan: string;
    /** `old`: a key that the policy does not have any more. */
    readonly uses: KeySlot | 'old';
  }[];
}

const QUERY = { 'api-version': RELAY_VERSION };

/** The path of a policy. @param owner - id of its namespace or hybrid connection */
export function rulePath(owner: string, rule: string): string {
  return pathOfId(owner) + pathOf('authorizationRules', rule);
}

/** The policies of a namespace or a hybrid connection. */
export async function rulesOf(client: ManagementClient, owner: string): Promise<Rule[]> {
  const rules = await client.all<{ name: string; properties: { rights: string[] } }>(
    `${pathOfId(owner)}/authorizationRules`,
    QUERY,
  );
  return rules.map(({ name, properties: { rights } }) => ({ name, rights }));
}

/** Keys of a policy. @throws AdminError */
export function keysOf(client: ManagementClient, owner: string, rule: string): Promise<Keys> {
  return client.ask('POST', `${rulePath(owner, rule)}/listKeys`, { query: QUERY });
}

/** Replaces a key. @param key - one of your own; made by the relay unless given */
export function regenerateKey(
  client: ManagementClient,
  owner: string,
  { rule, slot, key }: { readonly rule: string; readonly slot: KeySlot; readonly key?: string | undefined },
): Promise<Keys> {
  const keyType = slot === 'primary' ? 'PrimaryKey' : 'SecondaryKey';
  const body = { keyType, ...(key !== undefined && { key }) };
  return client.ask('POST', `${rulePath(owner, rule)}/regenerateKeys`, { query: QUERY, body });
}

/** Who uses which key of the policies by which a hybrid connection can be reached. */
export async function keyUseOf(
  client: ManagementClient,
  namespace: string,
  hybridConnection: string,
): Promise<readonly PolicyUse[]> {
  const query = { namespace, hybridConnection };
  const { policies } = await client.ask<{ policies?: PolicyUse[] }>('GET', '/api/key-use', { query });
  if (policies === undefined)
    throw new AdminError('ERR_ADMIN_ANSWER', 'the relay does not say who uses its keys');
  return policies;
}
