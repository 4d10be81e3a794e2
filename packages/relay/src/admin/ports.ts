/**
 * What the admin port shows and others know: metrics, the audit log, who used which key, what happens right now.
 *
 * The server asks through these interfaces and is told what implements them when it is made. One that is absent is
 * answered with 501, so a relay without an audit log is managed like any other.
 *
 * All values are sent as they are, as JSON: times are in ISO 8601, UTC, or `Date`s, which JSON writes so.
 * @module
 */

import type { Right } from '../config/options.js';
import type { Role } from '../model/model.js';

/** Narrows an answer to a namespace, or to one of its hybrid connections. Names are the same in any case. */
export interface Scope {
  readonly namespace?: string | undefined;
  readonly hybridConnection?: string | undefined;
}

/** Something that somebody has to look after. */
export interface Alarm {
  /** Such as `audit-disk`, `store`, `descriptors`: at most one of each. */
  readonly id: string;
  readonly since: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
}

/** What is wrong, beside whether the relay runs. */
export interface Alarms {
  /** What is wrong now. */
  current(): readonly Alarm[];
  /** Why the relay should be sent nobody; `undefined` when it may. The server itself knows of starting and closing. */
  notReady?(): string | undefined;
}

/** Which records of the audit log. */
export interface AuditFilter extends Scope {
  /** Not before, and not after, in ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Word of the operation, whole or its beginning. */
  readonly operation?: string | undefined;
  /** Name of a policy. */
  readonly policy?: string | undefined;
  /** Stands anywhere in the record. */
  readonly text?: string | undefined;
  /** At most so many, from 1 to 1,000. */
  readonly limit: number;
  /** Cursor of the page before; whatever a client sends, so one that cannot be read counts as none. */
  readonly before?: string | undefined;
}

/** Records, newest first. */
export interface AuditPage {
  readonly records: readonly object[];
  /** Where the next page begins; absent at the end. */
  readonly next?: string | undefined;
}

/** Who did what through the admin port. */
export interface AuditedAction {
  /** The id that the interface's document has for it, such as `putHybridConnection`; `refused` where no token was good. */
  readonly action: string;
  /** Id and name of the token; `undefined` where none was good. */
  readonly tokenId?: string | undefined;
  readonly tokenName?: string | undefined;
  readonly role?: Role | undefined;
  readonly remoteAddress: string;
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly status: number;
  /** What the answer has in `x-ms-request-id`. */
  readonly requestId?: string | undefined;
  /** What a path does not say of it, such as which key was rolled. Never a key or a token. */
  readonly details?: AuditDetails | undefined;
}

/** Members of a record that come from the body of a request. */
export type AuditDetails = Readonly<Record<string, string>>;

/** The audit log. */
export interface Audit {
  query(filter: AuditFilter): AuditPage | Promise<AuditPage>;
  /** Writes down what was done, or tried, through the admin port; reads are not told, except of keys. Never throws. */
  record?(action: AuditedAction): void;
}

/** Which stretch of time. */
export interface SeriesFilter extends Scope {
  /** How far back, from 1 to 1,440. */
  readonly minutes: number;
}

/** Values at even steps, oldest first; `null` where nothing is known. */
export interface Series {
  readonly from: string;
  readonly stepMs: number;
  readonly points: number;
  /** By the documented names: docs/protocol.md, section 9.2. */
  readonly metrics: Readonly<Record<string, readonly (number | null)[]>>;
}

/** What a hybrid connection has used since the relay began to count. */
export interface MeteredHybridConnection {
  readonly namespace: string;
  readonly name: string;
  /** Now. */
  readonly listeners: number;
  readonly listenerHours: number;
  readonly bytes: number;
}

/** What was used. */
export interface Metering {
  readonly since: string;
  readonly hybridConnections: readonly MeteredHybridConnection[];
}

/** Counters and how they went. */
export interface Metrics {
  /** In the text format of Prometheus 0.0.4. */
  text(): string | Promise<string>;
  series(filter: SeriesFilter): Series | Promise<Series>;
  metering(): Metering | Promise<Metering>;
}

/** Which of the last closed connections. */
export interface ClosedFilter extends Scope {
  readonly limit: number;
}

/** A joined connection that is over. */
export interface ClosedTunnel {
  readonly id: string;
  readonly trackingId: string;
  readonly namespace: string;
  readonly hybridConnection: string;
  readonly senderAddress: string;
  readonly listenerAddress: string;
  readonly openedAt: Date;
  readonly closedAt: Date;
  readonly durationMs: number;
  readonly bytesFromSender: number;
  readonly bytesFromListener: number;
  readonly reason: string;
  /** Which worker had it. */
  readonly worker?: number | undefined;
}

/** The last connections that are over. */
export interface ClosedTunnels {
  /** Newest first. */
  list(filter: ClosedFilter): readonly ClosedTunnel[];
}

/** Who uses a key. */
export interface KeyUsers {
  /** Since when the key is what it is. */
  readonly changedAt: string;
  /** When somebody last came by it, or left who had. Absent: nobody since. */
  readonly lastUsedAt?: string | undefined;
  /** Those that are connected. */
  readonly listeners: readonly {
    readonly id: string;
    readonly remoteAddress: string;
    readonly connectedAt: Date;
  }[];
  /** Those of the last day, at most 32. */
  readonly recentSenders: readonly {
    readonly remoteAddress: string;
    readonly lastSeenAt: Date;
    readonly count: number;
  }[];
}

/** Who uses a policy's keys. */
export interface PolicyUse {
  readonly level: 'namespace' | 'hybridConnection';
  readonly name: string;
  readonly rights: readonly Right[];
  readonly keys: { readonly primary: KeyUsers; readonly secondary: KeyUsers };
  /** Apps that send by it. `old`: by a key that it has not any more. */
  readonly apps: readonly {
    readonly subscription: string;
    readonly app: string;
    readonly plan: string;
    readonly uses: 'primary' | 'secondary' | 'old';
  }[];
}

/** Which keys are in use. */
export interface KeyUse {
  /** For one hybrid connection, the policies of its namespace that it may be reached by included. */
  report(
    scope: Required<Scope>,
  ): { readonly policies: readonly PolicyUse[] } | Promise<{ readonly policies: readonly PolicyUse[] }>;
}

/** Something to be shown at once. `data` is sent as JSON. */
export interface LiveEvent {
  readonly event: 'overview' | 'changed' | 'record';
  readonly data: object;
}

/** What happens, as it happens. */
export interface Live {
  /**
   * Sends an overview at once and then every other second, and what else happens as it does. The receiver does not wait
   * and does not throw.
   * @returns ends it
   */
  subscribe(send: (event: LiveEvent) => void): () => void;
}

/** All of them. */
export interface AdminPorts {
  readonly alarms?: Alarms | undefined;
  readonly audit?: Audit | undefined;
  readonly metrics?: Metrics | undefined;
  readonly closed?: ClosedTunnels | undefined;
  readonly keyUse?: KeyUse | undefined;
  readonly live?: Live | undefined;
}
