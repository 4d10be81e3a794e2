/**
 * Who came by which key, and when a key was last used: for an administrator who is about to change it.
 *
 * Kept in memory and bounded: for each key the addresses that came lately. What is here says nothing of the keys
 * themselves.
 * @module
 */
import type { Grant } from '../authorization/authorize.js';
import type { AuthorizationRule, HybridConnection, KeySlot } from '../directory/directory.js';

/** Addresses that are remembered for each key; one more, and the one that was not seen for longest is forgotten. */
const MAX_SENDERS = 32;

/** Keys that are remembered; with one more, a tenth of them is forgotten: those that were used longest ago. */
const MAX_KEYS = 20_000;

/** Which key of which policy. */
export interface KeyPlace {
  readonly namespace: string;
  /** Absent: the policy is the namespace's own. */
  readonly hybridConnection?: string;
  readonly policy: string;
  readonly key: KeySlot;
}

/** An address that sends. */
interface RecentSender {
  /** Without a port: that changes with each connection. */
  readonly remoteAddress: string;
  /** Milliseconds since 1970. */
  readonly lastSeenAt: number;
  readonly count: number;
}

/** How a key was used. */
export interface KeyUsage extends KeyPlace {
  /** Milliseconds since 1970. */
  readonly lastUsedAt: number;
  readonly recentSenders: readonly RecentSender[];
}

interface Sighting {
  lastSeenAt: number;
  count: number;
}

interface Use {
  readonly place: KeyPlace;
  lastUsedAt: number;
  readonly senders: Map<string, Sighting>;
  changed: boolean;
  /** Until it is forgotten. */
  isKept: boolean;
}

/** The use of all keys. */
export class KeyUse {
  readonly #now: () => number;
  readonly #maxKeys: number;
  readonly #uses = new Map<string, Use>();
  /** Of a policy both keys, so that no name need be looked up for each request. */
  readonly #known = new WeakMap<AuthorizationRule, Partial<Record<KeySlot, Use>>>();

  /** @param maxKeys - another bound, for tests */
  constructor(now: () => number, maxKeys = MAX_KEYS) {
    this.#now = now;
    this.#maxKeys = maxKeys;
  }

  /**
   * Somebody was let in, or left who was here.
   * @param senderAddress - for a sender; absent: a listener
   */
  used(hybridConnection: HybridConnection, grant: Grant | undefined, senderAddress?: string): void {
    if (grant?.type !== 'policy') return;
    const use = this.#of(hybridConnection, grant.rule, grant.key);
    use.lastUsedAt = this.#now();
    use.changed = true;
    if (senderAddress !== undefined) see(use.senders, senderAddress, use.lastUsedAt, 1);
  }

  /** Takes in what another process saw, or what is known from before a restart. */
  merge(usages: readonly KeyUsage[]): void {
    for (const { lastUsedAt, recentSenders, ...place } of usages) {
      const use = this.#at(place);
      use.lastUsedAt = Math.max(use.lastUsedAt, lastUsedAt);
      use.changed = true;
      for (const { remoteAddress, lastSeenAt, count } of recentSenders) {
        see(use.senders, remoteAddress, lastSeenAt, count);
      }
    }
  }

  /** What is known of one key. */
  of(place: KeyPlace): KeyUsage | undefined {
    const use = this.#uses.get(idOf(place));
    return use && usageOf(use);
  }

  /** What is known of all keys. */
  all(): KeyUsage[] {
    return [...this.#uses.values()].map(usageOf);
  }

  /** What was seen since this was asked last; it is forgotten here, for another process to remember. */
  take(): KeyUsage[] {
    const changed = [...this.#uses.values()].filter((use) => use.changed);
    const usages = changed.map(usageOf);
    for (const use of changed) {
      use.changed = false;
      use.senders.clear();
    }
    return usages;
  }

  #of(hybridConnection: HybridConnection, rule: AuthorizationRule, key: KeySlot): Use {
    let both = this.#known.get(rule);
    if (both === undefined) {
      both = {};
      this.#known.set(rule, both);
    }
    const known = both[key];
    if (known?.isKept) return known;
    const use = this.#at(placeOf(hybridConnection, rule, key));
    both[key] = use;
    return use;
  }

  #at(place: KeyPlace): Use {
    const id = idOf(place);
    const known = this.#uses.get(id);
    if (known !== undefined) return known;
    if (this.#uses.size >= this.#maxKeys) this.#forgetOldest();
    const use: Use = { place, lastUsedAt: 0, senders: new Map(), changed: false, isKept: true };
    this.#uses.set(id, use);
    return use;
  }

  #forgetOldest(): void {
    const oldest = [...this.#uses].sort(([, one], [, other]) => one.lastUsedAt - other.lastUsedAt);
    for (const [id, use] of oldest.slice(0, Math.ceil(this.#maxKeys / 10))) {
      use.isKept = false;
      this.#uses.delete(id);
    }
  }
}

/** Whose policy it is: the hybrid connection's, or its namespace's. */
function placeOf(hybridConnection: HybridConnection, rule: AuthorizationRule, key: KeySlot): KeyPlace {
  const { name, namespace, authorizationRules } = hybridConnection;
  const isOwn = authorizationRules.get(rule.name) === rule;
  return { namespace: namespace.name, ...(isOwn && { hybridConnection: name }), policy: rule.name, key };
}

function idOf({ namespace, hybridConnection, policy, key }: KeyPlace): string {
  return JSON.stringify([namespace.toLowerCase(), hybridConnection?.toLowerCase() ?? null, policy, key]);
}

function see(senders: Map<string, Sighting>, address: string, at: number, count: number): void {
  const sighting = senders.get(address);
  if (sighting === undefined) {
    if (senders.size >= MAX_SENDERS) senders.delete(oldest(senders));
    senders.set(address, { lastSeenAt: at, count });
    return;
  }
  sighting.count += count;
  sighting.lastSeenAt = Math.max(sighting.lastSeenAt, at);
}

function oldest(senders: ReadonlyMap<string, Sighting>): string {
  const [first] = [...senders].reduce((one, other) =>
    other[1].lastSeenAt < one[1].lastSeenAt ? other : one,
  );
  return first;
}

function usageOf({ place, lastUsedAt, senders }: Use): KeyUsage {
  const recentSenders = [...senders].map(([remoteAddress, { lastSeenAt, count }]) => {
    return { remoteAddress, lastSeenAt, count };
  });
  recentSenders.sort((one, other) => other.lastSeenAt - one.lastSeenAt);
  return { ...place, lastUsedAt, recentSenders };
}
