/**
 * What a relay is doing right now, as one value.
 * @module
 */
import { type Grant, granteeOf } from './authorization/authorize.js';
import type { DescriptorStatus } from './descriptors.js';
import type { Directory, HybridConnection } from './directory/directory.js';
import type { ExchangeTable } from './http/exchange-table.js';
import type { ListenerRegistry } from './listeners/listener-registry.js';
import type { RendezvousTable, Waiter } from './tunnels/rendezvous-table.js';
import type { Tunnel, TunnelTable } from './tunnels/tunnel-table.js';

/** A control channel. */
export interface ListenerStatus {
  /** The listener's own id: the one it came with, or one that the relay made. */
  readonly id: string;
  /** Names the control channel in log lines and in the audit log. */
  readonly trackingId: string;
  /** `address:port`, as the relay sees it. */
  readonly remoteAddress: string;
  /** The shared access policy that let it in; with a JSON Web Token, its subject. */
  readonly policy: string;
  /** Which of the policy's keys it used; `undefined` with a JSON Web Token. */
  readonly key: 'primary' | 'secondary' | undefined;
  /** Whose policy it is; `undefined` with a JSON Web Token. */
  readonly level: 'namespace' | 'hybridConnection' | undefined;
  readonly connectedAt: Date;
  /** When something last came from it, be it the answer to a ping. */
  readonly lastSeenAt: Date;
  readonly tokenExpiresAt: Date;
  /** It did not come when it was called, and until then is called only if there is nobody else. */
  readonly passedOverUntil: Date | undefined;
}

/** A joined connection. */
export interface TunnelStatus {
  /** By which it can be cut. */
  readonly id: string;
  /** The sender's tracking id; both ends have it in their log lines. */
  readonly trackingId: string;
  /** `address:port`, as the relay sees it; so is the next. */
  readonly senderAddress: string;
  readonly listenerAddress: string;
  readonly openedAt: Date;
  readonly ageMs: number;
  /** Payload bytes. */
  readonly bytesFromSender: number;
  readonly bytesFromListener: number;
}

/** A hybrid connection, and who uses it. */
export interface HybridConnectionStatus {
  readonly name: string;
  readonly endpoint: string | undefined;
  readonly requiresClientAuthorization: boolean;
  readonly listeners: readonly ListenerStatus[];
  readonly tunnels: readonly TunnelStatus[];
}

/** A namespace. */
export interface NamespaceStatus {
  readonly name: string;
  /** Other names that it answers to. */
  readonly hosts: readonly string[];
  /** Senders that wait for a listener. */
  readonly pending: number;
  /** Connections that are joined. */
  readonly connections: number;
  /** HTTP requests under way. */
  readonly requests: number;
  readonly hybridConnections: readonly HybridConnectionStatus[];
}

/** The whole relay. */
export interface RelayStatus {
  /** Where senders and listeners dial, `ws://` or `wss://`. */
  readonly url: string;
  readonly startedAt: Date;
  readonly uptimeMs: number;
  /** Bytes, as `process.memoryUsage()` has them. */
  readonly memory: NodeJS.MemoryUsage;
  /** Files and sockets; `undefined` where the system does not tell: anywhere but on Linux. */
  readonly descriptors: DescriptorStatus | undefined;
  readonly namespaces: readonly NamespaceStatus[];
}

/** The parts of a relay that have a status. */
export interface StatusSources {
  readonly url: string;
  readonly startedAt: number;
  readonly now: number;
  readonly descriptors: DescriptorStatus | undefined;
  readonly directory: Directory;
  readonly listeners: ListenerRegistry;
  readonly rendezvous: RendezvousTable<Waiter>;
  readonly tunnels: TunnelTable;
  readonly exchanges: ExchangeTable;
}

/** Looks at everything once. */
export function relayStatus(sources: StatusSources): RelayStatus {
  const { url, startedAt, now, directory, rendezvous, tunnels, exchanges } = sources;
  const tunnelsOf = tunnels.grouped();
  return {
    url,
    startedAt: new Date(startedAt),
    uptimeMs: now - startedAt,
    memory: process.memoryUsage(),
    descriptors: sources.descriptors,
    namespaces: directory.namespaces.map((namespace) => ({
      name: namespace.name,
      hosts: namespace.hosts,
      pending: rendezvous.countIn(namespace),
      connections: tunnels.countIn(namespace),
      requests: exchanges.countIn(namespace),
      hybridConnections: namespace.hybridConnections.map((each) =>
        hybridConnectionStatus(each, tunnelsOf.get(each) ?? [], sources),
      ),
    })),
  };
}

function hybridConnectionStatus(
  hybridConnection: HybridConnection,
  tunnels: readonly Tunnel[],
  { listeners, now }: StatusSources,
): HybridConnectionStatus {
  const { name, endpoint, requiresClientAuthorization } = hybridConnection;
  return {
    name,
    endpoint,
    requiresClientAuthorization,
    listeners: [...listeners.of(hybridConnection)]
      .filter((channel) => channel.online)
      .map(({ id, options, grant, openedAt, lastSeen, punctuality }) => ({
        id,
        trackingId: options.trackingId,
        remoteAddress: options.remoteAddress,
        policy: granteeOf(grant),
        key: grant.type === 'policy' ? grant.key : undefined,
        level: levelOf(grant, hybridConnection),
        connectedAt: openedAt,
        lastSeenAt: lastSeen,
        tokenExpiresAt: grant.expiresAt,
        passedOverUntil: punctuality.passedOverUntil,
      })),
    tunnels: tunnels.map((tunnel) => ({
      id: tunnel.id,
      trackingId: tunnel.trackingId,
      senderAddress: tunnel.senderAddress,
      listenerAddress: tunnel.listenerAddress,
      openedAt: tunnel.openedAt,
      ageMs: now - tunnel.openedAt.getTime(),
      bytesFromSender: tunnel.bytesFromSender,
      bytesFromListener: tunnel.bytesFromListener,
    })),
  };
}

function levelOf(grant: Grant, { authorizationRules }: HybridConnection): ListenerStatus['level'] {
  if (grant.type !== 'policy') return undefined;
  return authorizationRules.get(grant.rule.name) === grant.rule ? 'hybridConnection' : 'namespace';
}
