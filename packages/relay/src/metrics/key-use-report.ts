/**
 * Who uses which key of the policies by which a hybrid connection can be reached.
 *
 * What was seen before a key was changed was another key's, and is left out: so an administrator sees whether the new one
 * is in use yet, and whether the other one still is.
 * @module
 */

import type { KeyUsers, PolicyUse } from '../admin/ports.js';
import type { KeySlot } from '../directory/directory.js';
import type { AppModel, Model, NamespaceModel, RuleModel } from '../model/model.js';
import type { ListenerStatus, RelayStatus } from '../relay-status.js';
import type { KeyPlace, KeyUse } from './key-use.js';

/** How long a sender that was seen once counts as recent, in milliseconds: a day. */
const RECENT_MS = 86_400_000;

/** What a report is made from. */
export interface KeyUseSources {
  readonly model: Model;
  readonly status: RelayStatus;
  readonly keyUse: KeyUse;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @param hybridConnection - absent: only the namespace's own policies */
export function keyUseReport(
  namespace: string,
  hybridConnection: string | undefined,
  sources: KeyUseSources,
): PolicyUse[] {
  const owner = sources.model.namespaces.find((each) => isSame(each.name, namespace));
  if (owner === undefined) return [];
  const entity = owner.hybridConnections.find((each) => isSame(each.name, hybridConnection ?? ''));
  const own = (entity?.authorizationRules ?? []).map((rule) => policyUse(owner, entity?.name, rule, sources));
  const shared = owner.authorizationRules.map((rule) => policyUse(owner, undefined, rule, sources));
  return [...own, ...shared];
}

function policyUse(
  owner: NamespaceModel,
  hybridConnection: string | undefined,
  rule: RuleModel,
  sources: KeyUseSources,
): PolicyUse {
  const place = {
    namespace: owner.name,
    ...(hybridConnection !== undefined && { hybridConnection }),
    policy: rule.name,
  };
  return {
    level: hybridConnection === undefined ? 'namespace' : 'hybridConnection',
    name: rule.name,
    rights: rule.rights,
    keys: {
      primary: keyUsers({ ...place, key: 'primary' }, rule.primaryKeyChangedAt, sources),
      secondary: keyUsers({ ...place, key: 'secondary' }, rule.secondaryKeyChangedAt, sources),
    },
    apps: sources.model.apps.flatMap((app) => appUses(app, owner, hybridConnection, rule)),
  };
}

function keyUsers(place: KeyPlace, changedAt: string, { status, keyUse, now }: KeyUseSources): KeyUsers {
  const since = Date.parse(changedAt);
  const usage = keyUse.of(place);
  const lastUsedAt = usage?.lastUsedAt ?? 0;
  return {
    changedAt,
    ...(lastUsedAt >= since && lastUsedAt > 0 && { lastUsedAt: new Date(lastUsedAt).toISOString() }),
    listeners: listenersBy(place, status).map(({ id, remoteAddress, connectedAt }) => {
      return { id, remoteAddress, connectedAt };
    }),
    recentSenders: (usage?.recentSenders ?? [])
      .filter(({ lastSeenAt }) => lastSeenAt >= since && lastSeenAt > now - RECENT_MS)
      .map((sender) => ({ ...sender, lastSeenAt: new Date(sender.lastSeenAt) })),
  };
}

/** A namespace's policy lets listeners in at all of its hybrid connections. */
function listenersBy(
  { namespace, hybridConnection, policy, key }: KeyPlace,
  status: RelayStatus,
): ListenerStatus[] {
  const level: ListenerStatus['level'] = hybridConnection === undefined ? 'namespace' : 'hybridConnection';
  return status.namespaces
    .filter(({ name }) => isSame(name, namespace))
    .flatMap(({ hybridConnections }) => hybridConnections)
    .filter(({ name }) => hybridConnection === undefined || isSame(name, hybridConnection))
    .flatMap(({ listeners }) => listeners)
    .filter((each) => each.policy === policy && each.key === key && each.level === level);
}

/** An app names its policy; the hybrid connection's own goes before the namespace's. */
function appUses(
  { name: app, subscription, plan, attachments }: AppModel,
  owner: NamespaceModel,
  hybridConnection: string | undefined,
  { name, primaryKey, secondaryKey }: RuleModel,
): PolicyUse['apps'] {
  return attachments
    .filter((attachment) => isSame(attachment.namespace, owner.name) && attachment.sendKeyName === name)
    .filter((attachment) =>
      hybridConnection === undefined
        ? !hasOwnRule(owner, attachment.hybridConnection, name)
        : isSame(attachment.hybridConnection, hybridConnection),
    )
    .map(({ sendKeyValue }) => {
      const slot: KeySlot | undefined =
        sendKeyValue === primaryKey ? 'primary' : sendKeyValue === secondaryKey ? 'secondary' : undefined;
      return { subscription, app, plan, uses: slot ?? 'old' };
    });
}

function hasOwnRule(owner: NamespaceModel, hybridConnection: string, rule: string): boolean {
  const entity = owner.hybridConnections.find(({ name }) => isSame(name, hybridConnection));
  return entity?.authorizationRules.some(({ name }) => name === rule) ?? false;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
