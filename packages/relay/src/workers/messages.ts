/**
 * What the processes of a relay with workers say to each other.
 *
 * All of it is small: who listens, who is wanted, what came of it, and HTTP messages that would travel on a control
 * channel anyway. No connection and no tunnelled byte ever passes from one process to another. Both ends are of one
 * version, so messages are read without checks.
 * @module
 */
import type { Response } from '@hybridge/protocol';
import type { TlsOptions } from '../config/certificate.js';
import type { RelayConfig } from '../config/options.js';
import type { RelayEvents } from '../events.js';
import type { RequestOffer, RequestOfferReply } from '../http/request-offer.js';
import type { Offer, OfferReply } from '../listeners/offer.js';
import type { LogFields, LoggerLevel } from '../logger.js';
import type { Figures } from '../metrics/meter.js';
import type { AppliedChange } from '../model/management.js';
import type { NamespaceModel } from '../model/model.js';
import type { RelayStatus } from '../relay-status.js';

/** A listener, as all workers know it. */
export interface ListenerEntry {
  /** Of its control channel. */
  readonly id: string;
  /** The worker that has its control channel. */
  readonly worker: number;
  /** The hybrid connection, as `HybridConnection.backplanePath` has it. */
  readonly path: string;
  /** The listener's own id. */
  readonly clientId: string | undefined;
  /** Names the listener beyond this channel. */
  readonly listenerKey: string;
}

/** How well a listener comes when it is called. */
export interface Lapses {
  /** Calls in a row that it missed. */
  readonly misses: number;
  readonly passedOverUntil: Date | undefined;
}

/** How much of each a process has in one namespace. */
export interface Load {
  /** Senders that wait for a listener. */
  readonly pending: number;
  /** Joined connections. */
  readonly connections: number;
  /** HTTP requests under way. */
  readonly requests: number;
}

/** Loads by the names of namespaces. Where there is nothing, there is no entry. */
export type Loads = Readonly<Record<string, Load>>;

/** What one worker says to another; the primary passes it on. */
export type PeerMessage =
  | { readonly type: 'offer'; readonly ask: number; readonly listenerId: string; readonly offer: Offer }
  | { readonly type: 'offer-reply'; readonly ask: number; readonly reply: OfferReply }
  | {
      readonly type: 'request';
      readonly ask: number;
      readonly listenerId: string;
      readonly offer: RequestOffer;
    }
  | { readonly type: 'request-reply'; readonly ask: number; readonly reply: RequestOfferReply }
  /** A listener answers a request on its control channel; the request is with the worker that gets this. */
  | {
      readonly type: 'response';
      readonly listenerKey: string;
      readonly response: Response;
      readonly body: Uint8Array | undefined;
    }
  /** A listener that had missed calls came to one. */
  | { readonly type: 'came'; readonly listenerId: string }
  | { readonly type: 'late'; readonly listenerId: string };

/** What a worker needs in order to start. */
export interface WorkerStart {
  readonly type: 'start';
  /** Its number, from 1. */
  readonly worker: number;
  readonly config: RelayConfig;
  /** What it serves, keys included. */
  readonly namespaces: readonly NamespaceModel[];
  readonly port: WorkerPort;
  /** Log lines below this level stay in the worker. */
  readonly logLevel: LoggerLevel | 'silent';
  readonly listeners: readonly ListenerEntry[];
  readonly elsewhere: Loads;
  readonly heard: readonly (keyof RelayEvents)[];
}

/** Where a worker is reached. */
export interface WorkerPort {
  /** Its own port; 0 for any. */
  readonly own: number;
  /** What rendezvous addresses begin with; `{port}` is its own port. Absent: the listener's host, and that port. */
  readonly publicUrl: string | undefined;
  /** Whether each worker has a listening socket of its own at the public port, between which the kernel chooses. */
  readonly reusePort: boolean;
}

/** From the primary to a worker. */
export type ToWorker =
  | WorkerStart
  /** May this listener have a place? */
  | { readonly type: 'placed'; readonly ask: number; readonly granted: boolean }
  /** A listener is about to be online; answered with `seen`. */
  | { readonly type: 'listener'; readonly ask: number; readonly entry: ListenerEntry }
  | { readonly type: 'listener-gone'; readonly id: string; readonly recycled: boolean }
  | { readonly type: 'listener-lapses'; readonly id: string; readonly lapses: Lapses }
  /** A listener of this worker has opened another control channel. */
  | { readonly type: 'superseded'; readonly id: string }
  | { readonly type: 'worker-gone'; readonly worker: number }
  | { readonly type: 'elsewhere'; readonly loads: Loads }
  | { readonly type: 'from'; readonly worker: number; readonly message: PeerMessage }
  | { readonly type: 'hear'; readonly names: readonly (keyof RelayEvents)[] }
  | { readonly type: 'change'; readonly ask: number; readonly applied: AppliedChange }
  | { readonly type: 'cut'; readonly ask: number; readonly tunnelId: string }
  | { readonly type: 'status'; readonly ask: number }
  | { readonly type: 'certificate'; readonly tls: TlsOptions }
  /** Are you there? Answered with the same. */
  | { readonly type: 'pulse' }
  | { readonly type: 'close'; readonly graceMs: number | undefined };

/** From a worker to the primary. */
export type ToPrimary =
  | { readonly type: 'hello' }
  | { readonly type: 'pulse' }
  | { readonly type: 'ready'; readonly url: string; readonly own: string }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string }
  | {
      readonly type: 'place';
      readonly ask: number;
      readonly entry: ListenerEntry;
      /** Same for a listener that comes back. */
      readonly identity: string | undefined;
      readonly limit: number;
    }
  | { readonly type: 'seen'; readonly ask: number }
  | { readonly type: 'opened'; readonly id: string }
  | { readonly type: 'left'; readonly id: string; readonly recycled: boolean }
  | { readonly type: 'lapses'; readonly id: string; readonly lapses: Lapses }
  | { readonly type: 'load'; readonly loads: Loads }
  /** What is new in a worker's figures. */
  | { readonly type: 'figures'; readonly figures: Figures }
  | { readonly type: 'to'; readonly worker: number; readonly message: PeerMessage }
  | { readonly type: 'changed'; readonly ask: number }
  | { readonly type: 'cut'; readonly ask: number; readonly wasThere: boolean }
  | { readonly type: 'status'; readonly ask: number; readonly status: RelayStatus }
  | {
      readonly type: 'log';
      readonly level: LoggerLevel;
      readonly message: string;
      readonly fields: LogFields | undefined;
    }
  | { readonly type: 'event'; readonly name: keyof RelayEvents; readonly event: unknown };
