/**
 * What the relay's admin port answers, as far as the portal reads it. Times are in ISO 8601.
 *
 * Source: docs/management.md, and `/openapi.json` of a relay.
 * @module
 */

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

/** A hybrid connection, in short. */
export interface HybridConnection {
  readonly id: string;
  readonly name: string;
  readonly endpoint?: string;
  readonly userMetadata?: string;
  readonly requiresClientAuthorization: boolean;
  readonly listenerCount: number;
  readonly status: 'Connected' | 'NotConnected';
  readonly connections: number;
  /** It stands in the configuration file. */
  readonly declared: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly apps: readonly string[];
}

/** A namespace with all it holds. */
export interface Namespace {
  readonly id: string;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly declared: boolean;
  /** Where it takes more or less than others. */
  readonly limits?: { readonly listenersPerHybridConnection?: number; readonly connections?: number };
  readonly hybridConnections: readonly HybridConnection[];
}

/** An application plan and what its apps use. */
export interface Plan {
  readonly id: string;
  readonly name: string;
  readonly tier: string;
  readonly limit: number;
  readonly used: number;
  readonly hybridConnections: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly apps: readonly string[];
  }[];
}

/** An app and what it has attached. */
export interface App {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly hybridConnections: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly hostname: string;
    readonly port: number;
    readonly sendKeyName: string;
    /** The app has a key that its policy still has. */
    readonly inSync: boolean;
  }[];
}

/** Everything there is. */
export interface Inventory {
  readonly subscriptions: readonly {
    readonly subscriptionId: string;
    readonly resourceGroups: readonly string[];
  }[];
  readonly namespaces: readonly Namespace[];
  readonly plans: readonly Plan[];
  readonly apps: readonly App[];
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

/** Which of a policy's keys. */
export type KeySlot = 'primary' | 'secondary';

/** A policy, in the shape of Azure Resource Manager. */
export interface Rule {
  readonly name: string;
  readonly properties: { readonly rights: readonly string[] };
}

/** Who uses a key. */
export interface KeyUse {
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

/** A policy, and who uses its keys. */
export interface PolicyUse {
  readonly level: 'namespace' | 'hybridConnection';
  readonly name: string;
  readonly rights: readonly string[];
  readonly keys: Readonly<Record<KeySlot, KeyUse>>;
  readonly apps: readonly {
    readonly subscription: string;
    readonly app: string;
    readonly plan: string;
    readonly uses: KeySlot | 'old';
  }[];
}

/** The keys of a policy, in the shape of Azure Resource Manager. */
export interface Keys {
  readonly primaryConnectionString: string;
  readonly secondaryConnectionString: string;
  readonly keyName: string;
}

/** A token of the admin port. */
export interface AdminToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt?: string;
  readonly expiresAt?: string;
}
