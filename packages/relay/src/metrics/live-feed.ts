/**
 * What a portal shows as it happens: an overview every other second, records as they are written, and word of changes.
 *
 * The overview is made once for all who watch, and only when somebody does.
 * @module
 */
import type { AuditRecord } from '../audit/audit-record.js';
import type { Alarm } from './alarms.js';
import type { EntityCounts } from './counts.js';

/** What is sent. */
export type LiveEvent =
  | { readonly event: 'overview'; readonly data: Overview }
  | { readonly event: 'record'; readonly data: AuditRecord }
  | { readonly event: 'changed'; readonly data: Changed };

/** Something in the model is not what it was. */
export interface Changed {
  /** Absent: it is not of one namespace. */
  readonly namespace?: string;
  /** The kind of change, such as `put-hybrid-connection`. */
  readonly what: string;
}

/** What is going on. Bytes are those since the start. */
export interface Overview {
  /** ISO 8601. */
  readonly time: string;
  readonly totals: {
    readonly listeners: number;
    readonly connections: number;
    readonly requests: number;
    readonly bytesFromSenders: number;
    readonly bytesFromListeners: number;
  };
  /** Those where anything ever happened. */
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

/** Makes an overview. */
export function overviewOf(counts: readonly EntityCounts[], alarms: readonly Alarm[], now: number): Overview {
  const totals = { listeners: 0, connections: 0, requests: 0, bytesFromSenders: 0, bytesFromListeners: 0 };
  for (const each of counts) {
    totals.listeners += each.listeners;
    totals.connections += each.connections;
    totals.requests += each.requestsUnderWay;
    totals.bytesFromSenders += each.bytesFromSenders;
    totals.bytesFromListeners += each.bytesFromListeners;
  }
  return {
    time: new Date(now).toISOString(),
    totals,
    hybridConnections: counts
      .filter(({ hybridConnection }) => hybridConnection !== '')
      .map(({ namespace, hybridConnection: name, listeners: listenerCount, ...each }) => {
        const { connections, bytesFromSenders, bytesFromListeners } = each;
        return { namespace, name, listenerCount, connections, bytesFromSenders, bytesFromListeners };
      }),
    alarms,
  };
}

/** Those who watch. */
export class LiveFeed {
  readonly #overview: () => Overview;
  readonly #receivers = new Set<(event: LiveEvent) => void>();

  constructor(overview: () => Overview) {
    this.#overview = overview;
  }

  /** Sends an overview at once. The receiver must not throw. @returns ends it */
  subscribe(send: (event: LiveEvent) => void): () => void {
    this.#receivers.add(send);
    send({ event: 'overview', data: this.#overview() });
    return () => this.#receivers.delete(send);
  }

  /** Sends an overview to all. */
  beat(): void {
    if (this.#receivers.size > 0) this.#send({ event: 'overview', data: this.#overview() });
  }

  record(data: AuditRecord): void {
    if (this.#receivers.size > 0) this.#send({ event: 'record', data });
  }

  changed(data: Changed): void {
    this.#send({ event: 'changed', data });
  }

  #send(event: LiveEvent): void {
    for (const receive of this.#receivers) receive(event);
  }
}
