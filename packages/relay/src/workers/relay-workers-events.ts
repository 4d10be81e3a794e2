/**
 * What a relay with workers tells of: what its workers do, and what becomes of them.
 * @module
 */
import type { RelayEvents } from '../events.js';
import type { WorkerEnd } from './worker-slot.js';

/** A worker takes connections. */
export interface WorkerStarted {
  readonly worker: number;
  readonly pid: number;
  /** Its own port. */
  readonly url: string;
}

/** A worker is gone, and with it the connections that it held. */
export interface WorkerExited extends WorkerEnd {
  readonly worker: number;
  /** After how many milliseconds there will be another; `undefined`: never. */
  readonly restartMs: number | undefined;
}

/** A worker has not answered the primary process for too long, and is killed; `worker-exited` follows. */
export interface WorkerSilent {
  readonly worker: number;
  readonly pid: number;
  readonly silentMs: number;
}

/** The events of a relay with workers: those of a relay, each with the number of the worker, and the workers' own. */
export type RelayWorkersEvents = {
  readonly [Name in keyof RelayEvents]: [RelayEvents[Name][0] & { readonly worker: number }];
} & { 'worker-started': [WorkerStarted]; 'worker-silent': [WorkerSilent]; 'worker-exited': [WorkerExited] };
