/**
 * What the relay's admin port answers, as far as the portal reads it. Times are in ISO 8601. What commands read as well is described
 * where their client of the admin port is.
 *
 * Source: docs/management.md, and `/openapi.json` of a relay.
 * @module
 */
export type {
  App,
  HybridConnection,
  Inventory,
  KeySlot,
  Keys,
  KeyUsers,
  Namespace,
  Plan,
  PolicyUse,
} from '@hybridge/service';

/** What a token allows. */
export type Role = 'reader' | 'operator' | 'owner';

/** Something that somebody should do something about. */
export interface Alarm {
  readonly id: string;
  readonly since: string;
  readonly message: string;
  readonly advice: string;
}

/** Who is signed in, and to what. */
export interface SessionInfo {
  readonly token: {
    readonly id: string;
    readonly name: string;
    readonly role: Role;
    readonly expiresAt?: string;
  };
  readonly relay: {
    readonly version: string;
    readonly url: string;
    readonly startedAt: string;
    readonly uptimeMs: number;
    readonly workers?: number;
  };
  /** Where new resources go. */
  readonly labels: { readonly subscription: string; readonly resourceGroup: string };
  readonly alarms: readonly Alarm[];
  readonly limits?: {
    readonly listenersPerHybridConnection?: number;
    readonly connectionsPerNamespace?: number;
  };
}

/** What is going on, every two seconds. Bytes only ever grow. */
export interface LiveOverview {
  readonly time: string;
  readonly totals: {
    readonly listeners: number;
    readonly connections: number;
    readonly requests: number;
    readonly bytesFromSenders: number;
    readonly bytesFromListeners: number;
  };
  readonly hybridConnections: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly listenerCount: number;
    readonly connections: number;
    readonly bytesFromSenders: number;
    readonly bytesFromListeners: number;
  }[];
  readonly alarms: readonly Alarm[];
}

/** A joined connection. */
export interface Tunnel {
  readonly id: string;
  readonly trackingId: string;
  readonly namespace: string;
  readonly hybridConnection: string;
  readonly senderAddress: string;
  readonly listenerAddress: string;
  readonly openedAt: string;
  readonly ageMs: number;
  readonly bytesFromSender: number;
  readonly bytesFromListener: number;
}

/** One that is over. */
export interface ClosedTunnel extends Tunnel {
  readonly closedAt: string;
  readonly durationMs: number;
  readonly reason: string;
}

/** A control channel. */
export interface Listener {
  readonly id: string;
  readonly remoteAddress: string;
  readonly policy: string;
  readonly key?: 'primary' | 'secondary';
  readonly connectedAt: string;
  readonly lastSeenAt: string;
  readonly tokenExpiresAt: string;
}

/** Numbers over time. */
export interface SeriesAnswer {
  readonly from: string;
  readonly stepMs: number;
  readonly points: number;
  readonly metrics: Readonly<Record<string, readonly (number | null)[]>>;
}

/** What hybrid connections have used since the relay began to count. */
export interface Metering {
  readonly since: string;
  readonly hybridConnections: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly listeners: number;
    readonly listenerHours: number;
    readonly bytes: number;
  }[];
}

/** One line of the audit log. */
export type AuditRecord = Readonly<Record<string, unknown>>;

/** A policy, in the shape of Azure Resource Manager. */
export interface Rule {
  readonly name: string;
  readonly properties: { readonly rights: readonly string[] };
}

/** A token of the admin port. */
export interface AdminToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt?: string;
  readonly expiresAt?: string;
}
