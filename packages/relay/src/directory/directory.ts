/**
 * What the relay serves: namespaces, their hybrid connections, and the policies of both.
 *
 * Looked up by the `Host` of a request and by its path. It holds no connection; who listens is in
 * `listener-registry.ts`. It is what `live-directory.ts` makes of a model, and changes with it.
 *
 * Source: docs/protocol.md, section 1.4 (names and path matching).
 * @module
 */
import { type EntityMatch, entityKey, matchEntity } from '@hybridge/protocol';
import { DEFAULTS, type Right } from '../config/options.js';
import { metadataFor } from '../model/metadata.js';

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

/** What of a hybrid connection may change while it is there. */
export interface HybridConnectionMetadata {
  readonly endpoint: string | undefined;
  /** What its owner noted; the Hybrid Connection Manager learns its target from it. */
  readonly userMetadata: string | undefined;
  readonly updatedAt: Date;
}

/** A hybrid connection. Identity counts: one that is removed and declared again is another. */
export class HybridConnection {
  readonly namespace: Namespace;
  readonly name: string;
  readonly requiresClientAuthorization: boolean;
  readonly authorizationRules: AuthorizationRules;
  readonly createdAt: Date;
  /** Names it on the backplane: the same in every relay of a cluster. */
  readonly backplanePath: string;
  #metadata: HybridConnectionMetadata;

  constructor(
    namespace: Namespace,
    details: {
      readonly name: string;
      readonly endpoint: string | undefined;
      readonly requiresClientAuthorization: boolean;
      readonly authorizationRules: AuthorizationRules;
      readonly userMetadata?: string | undefined;
      readonly createdAt?: Date;
      readonly updatedAt?: Date;
    },
  ) {
    const { endpoint, createdAt = new Date(0) } = details;
    this.namespace = namespace;
    this.name = details.name;
    this.requiresClientAuthorization = details.requiresClientAuthorization;
    this.authorizationRules = details.authorizationRules;
    this.createdAt = createdAt;
    this.#metadata = {
      endpoint,
      userMetadata: details.userMetadata ?? (endpoint === undefined ? undefined : metadataFor(endpoint)),
      updatedAt: details.updatedAt ?? createdAt,
    };
    this.backplanePath = `${namespace.name.toLowerCase()}/${entityKey(details.name)}`;
  }

  get endpoint(): string | undefined {
    return this.#metadata.endpoint;
  }

  get userMetadata(): string | undefined {
    return this.#metadata.userMetadata;
  }

  get updatedAt(): Date {
    return this.#metadata.updatedAt;
  }

  /** Notes something else. */
  note(metadata: HybridConnectionMetadata): void {
    this.#metadata = metadata;
  }

  /**
   * The policy of this name, its own or else its namespace's; with no name the first that may both listen and send.
   */
  policy(name: string | undefined): AuthorizationRule | undefined {
    const rules = [...this.authorizationRules.values(), ...this.namespace.authorizationRules.values()];
    return rules.find((rule) => (name === undefined ? allowsBoth(rule) : rule.name === name));
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
  readonly authorizationRules: AuthorizationRules;
  readonly limits: NamespaceLimits;
  #hosts: readonly string[];
  readonly #hybridConnections = new Map<string, HybridConnection>();

  constructor(
    name: string,
    hosts: readonly string[],
    authorizationRules: AuthorizationRules,
    limits: NamespaceLimits = DEFAULT_LIMITS,
  ) {
    this.name = name;
    this.#hosts = withoutPorts(name, hosts);
    this.authorizationRules = authorizationRules;
    this.limits = limits;
  }

  /** All names that it answers to, in lower case and without ports. */
  get hosts(): readonly string[] {
    return this.#hosts;
  }

  /** Answers to other names beside its own. `Directory.serve` makes it so. */
  rename(hosts: readonly string[]): void {
    this.#hosts = withoutPorts(this.name, hosts);
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
  #namespaces: readonly Namespace[] = [];
  #fallback: Namespace | undefined;
  #byHost: ReadonlyMap<string, Namespace> = new Map();

  /** @param namespaces - if there is only one, it answers to every name */
  constructor(namespaces: readonly Namespace[] = []) {
    this.serve(namespaces, namespaces.length === 1 ? namespaces[0] : undefined);
  }

  get namespaces(): readonly Namespace[] {
    return this.#namespaces;
  }

  /** The namespace that answers to names which belong to none. */
  get fallback(): Namespace | undefined {
    return this.#fallback;
  }

  /** Takes other namespaces, or other names of theirs. */
  serve(namespaces: readonly Namespace[], fallback: Namespace | undefined): void {
    this.#namespaces = namespaces;
    this.#fallback = fallback;
    this.#byHost = new Map(
      namespaces.flatMap((namespace) => namespace.hosts.map((host) => [host, namespace] as const)),
    );
  }

  /** The namespace that answers to a host name (without a port). */
  forHost(hostname: string): Namespace | undefined {
    return this.#byHost.get(hostKey(hostname)) ?? this.#fallback;
  }
}

const DEFAULT_LIMITS: NamespaceLimits = {
  listenersPerHybridConnection: DEFAULTS.limits.listenersPerHybridConnection,
  connections: DEFAULTS.limits.connectionsPerNamespace,
  pending: DEFAULTS.limits.pendingPerNamespace,
};

function allowsBoth({ rights }: AuthorizationRule): boolean {
  return rights.includes('Manage') || (rights.includes('Listen') && rights.includes('Send'));
}

function withoutPorts(name: string, hosts: readonly string[]): readonly string[] {
  return [...new Set([name, ...hosts].map(hostKey))];
}

/** A host name without its port, brackets and case: `[::1]:8080` is `::1`. */
export function hostKey(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  if (bracketed !== null) return bracketed[1]!.toLowerCase();
  // More than one colon is an IPv6 address that stands without brackets.
  return (/^[^:]*:\d*$/.test(host) ? host.slice(0, host.indexOf(':')) : host).toLowerCase();
}
