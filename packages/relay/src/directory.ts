/**
 * What the relay serves: namespaces, their hybrid connections, and the policies of both.
 *
 * Looked up by the `Host` of a request and by its path. It holds no connection; who listens is in
 * `listener-registry.ts`.
 *
 * Source: docs/protocol.md, section 1.4 (names and path matching).
 * @module
 */
import { type EntityMatch, entityKey, matchEntity } from '@hybridge/protocol';
import { DEFAULTS, type Right } from './options.js';

/** The two keys of a shared access policy; either opens. */
export interface KeyPair {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** Which of a policy's keys. */
export type KeySlot = 'primary' | 'secondary';

/** A shared access policy with its keys. Identity counts: it stays the same when its keys are rolled (`key-roll.ts`). */
export interface AuthorizationRule extends KeyPair {
  readonly name: string;
  readonly rights: readonly Right[];
}

/** Policies by name. */
export type AuthorizationRules = ReadonlyMap<string, AuthorizationRule>;

/** A hybrid connection. Identity counts: one that is removed and declared again is another. */
export class HybridConnection {
  readonly namespace: Namespace;
  readonly name: string;
  readonly endpoint: string | undefined;
  readonly requiresClientAuthorization: boolean;
  readonly authorizationRules: AuthorizationRules;
  /** What its owner noted; the Hybrid Connection Manager learns its target from it. */
  readonly userMetadata: string | undefined;
  readonly createdAt: Date;

  constructor(
    namespace: Namespace,
    details: {
      readonly name: string;
      readonly endpoint: string | undefined;
      readonly requiresClientAuthorization: boolean;
      readonly authorizationRules: AuthorizationRules;
      readonly userMetadata?: string | undefined;
      readonly createdAt?: Date;
    },
  ) {
    this.namespace = namespace;
    this.name = details.name;
    this.endpoint = details.endpoint;
    this.requiresClientAuthorization = details.requiresClientAuthorization;
    this.authorizationRules = details.authorizationRules;
    this.userMetadata = details.userMetadata ?? metadataFor(details.endpoint);
    this.createdAt = details.createdAt ?? new Date(0);
  }

  /**
   * The policy of this name, its own or else its namespace's; with no name the first that may both listen and send.
   */
  policy(name: string | undefined): AuthorizationRule | undefined {
    const rules = [...this.authorizationRules.values(), ...this.namespace.authorizationRules.values()];
    return rules.find((rule) => (name === undefined ? allowsBoth(rule) : rule.name === name));
  }

  /** Names it on the backplane: the same in every relay of a cluster. */
  get backplanePath(): string {
    return `${this.namespace.name.toLowerCase()}/${entityKey(this.name)}`;
  }
}

/** How much of each a namespace takes. */
export interface NamespaceLimits {
  readonly listenersPerHybridConnection: number;
  /** Senders that are joined or wait. */
  readonly connections: number;
  /** Senders that wait for a listener. */
  readonly pending: number;
}

/** A namespace and its hybrid connections. */
export class Namespace {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly authorizationRules: AuthorizationRules;
  readonly limits: NamespaceLimits;
  readonly #hybridConnections = new Map<string, HybridConnection>();

  constructor(
    name: string,
    hosts: readonly string[],
    authorizationRules: AuthorizationRules,
    limits: NamespaceLimits = DEFAULT_LIMITS,
  ) {
    this.name = name;
    this.hosts = [...new Set([name, ...hosts].map(hostKey))];
    this.authorizationRules = authorizationRules;
    this.limits = limits;
  }

  get hybridConnections(): readonly HybridConnection[] {
    return [...this.#hybridConnections.values()];
  }

  /** The hybrid connection of exactly this name, in any case. */
  get(name: string): HybridConnection | undefined {
    return this.#hybridConnections.get(entityKey(name));
  }

  /** The hybrid connection that a decoded path leads to, and the rest of the path. */
  match(path: string): EntityMatch<HybridConnection> | undefined {
    return matchEntity(path, (key) => this.#hybridConnections.get(key));
  }

  add(hybridConnection: HybridConnection): void {
    this.#hybridConnections.set(entityKey(hybridConnection.name), hybridConnection);
  }

  remove(hybridConnection: HybridConnection): void {
    this.#hybridConnections.delete(entityKey(hybridConnection.name));
  }
}

/** All namespaces of a relay. */
export class Directory {
  readonly namespaces: readonly Namespace[];
  readonly #byHost = new Map<string, Namespace>();

  constructor(namespaces: readonly Namespace[]) {
    this.namespaces = namespaces;
    for (const namespace of namespaces) {
      for (const host of namespace.hosts) this.#byHost.set(host, namespace);
    }
  }

  /** The namespace that answers to a host name (without a port). If there is only one, it answers to all. */
  forHost(hostname: string): Namespace | undefined {
    const [only, ...others] = this.namespaces;
    return this.#byHost.get(hostKey(hostname)) ?? (others.length === 0 ? only : undefined);
  }
}

const DEFAULT_LIMITS: NamespaceLimits = {
  listenersPerHybridConnection: DEFAULTS.limits.listenersPerHybridConnection,
  connections: DEFAULTS.limits.connectionsPerNamespace,
  pending: DEFAULTS.limits.pendingPerNamespace,
};

/** App Service's way to note the target. Source: docs/protocol.md, section 6.1. */
function metadataFor(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? undefined : JSON.stringify([{ key: 'endpoint', value: endpoint }]);
}

function allowsBoth({ rights }: AuthorizationRule): boolean {
  return rights.includes('Manage') || (rights.includes('Listen') && rights.includes('Send'));
}

/** A host name without its port, brackets and case: `[::1]:8080` is `::1`. */
export function hostKey(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  if (bracketed !== null) return bracketed[1]!.toLowerCase();
  // More than one colon is an IPv6 address that stands without brackets.
  return (/^[^:]*:\d*$/.test(host) ? host.slice(0, host.indexOf(':')) : host).toLowerCase();
}
