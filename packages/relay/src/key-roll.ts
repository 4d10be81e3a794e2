/**
 * Rolls the keys of a shared access policy while the relay runs.
 *
 * A new key counts at once. Who is here by a key that stays never notices; listeners that came by one that is gone are
 * closed (1008), and connections that are joined already stay joined, whoever made them.
 *
 * Source: docs/protocol.md, section 5.3 (two keys a policy); 2.7 (tunnels are unaffected).
 * @module
 */
import type { AuthorizationRule, HybridConnection, KeyPair, KeySlot, Namespace } from './directory.js';
import type { KeyVault } from './key-vault.js';
import type { ListenerRegistry } from './listener-registry.js';

/** New keys; what is left out stays. */
export type KeyChanges = Partial<KeyPair>;

/** A policy and what it belongs to. */
export interface PolicyOwner {
  readonly namespace: Namespace;
  /** Absent: the policy is the namespace's own. */
  readonly hybridConnection: HybridConnection | undefined;
  readonly rule: AuthorizationRule;
}

/** What a roll works with. */
export interface KeyRollParts {
  readonly vault: KeyVault;
  readonly listeners: Pick<ListenerRegistry, 'keysRolled'>;
}

/**
 * Puts new keys in place of old ones. Keys that the relay had made itself are written to the data folder first, so that
 * one which was handed out is never forgotten.
 */
export async function rollKeys(
  { namespace, hybridConnection, rule }: PolicyOwner,
  changes: KeyChanges,
  { vault, listeners }: KeyRollParts,
): Promise<void> {
  vault.replace(namespace.name, hybridConnection?.name, rule.name, changes);
  await vault.save();
  const before: KeyPair = { primaryKey: rule.primaryKey, secondaryKey: rule.secondaryKey };
  // The policy stays the same object: grants refer to it.
  Object.assign(rule, changes);
  listeners.keysRolled(rule, (slot) =>
    slotOf(rule, slot === 'primary' ? before.primaryKey : before.secondaryKey),
  );
}

/** Where a key is in a policy; `undefined`: nowhere. */
function slotOf({ primaryKey, secondaryKey }: KeyPair, key: string): KeySlot | undefined {
  if (key === primaryKey) return 'primary';
  return key === secondaryKey ? 'secondary' : undefined;
}
