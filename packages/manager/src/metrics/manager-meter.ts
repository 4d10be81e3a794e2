/**
 * What of a manager is counted and its status does not have: how often it came to its place at a relay and lost it, why targets failed,
 * what the policy stood against.
 * @module
 */
import type { EventEmitter } from 'node:events';
import type { ManagerEvents } from '../manager.js';
import { connectionId } from '../status/connection-id.js';

/** Codes that are told apart for each hybrid connection; there are some ten. */
const MAX_CODES = 50;

/** The counts of one hybrid connection. */
export interface MeteredConnection {
  registrations: number;
  registrationsLost: number;
  policyViolations: number;
  diagnoses: number;
  /** By Node's word for what went wrong. */
  readonly targetFailures: Map<string, number>;
  /** It is online. */
  isRegistered: boolean;
}

/** Counts. */
export class ManagerMeter {
  /** By id: a name may become another one. */
  readonly #connections = new Map<string, MeteredConnection>();

  /** @param manager - counted from now on. */
  constructor(manager: EventEmitter<ManagerEvents>) {
    manager.on('state', (_, { name: state }, id) => {
      const counts = this.of(id);
      if (state === 'online' && !counts.isRegistered) counts.registrations += 1;
      if (state !== 'online' && counts.isRegistered) counts.registrationsLost += 1;
      counts.isRegistered = state === 'online';
    });
    manager.on('targetFailure', (_, { code }, { violation }, id) => {
      const counts = this.of(id);
      if (violation !== undefined) counts.policyViolations += 1;
      else count(counts.targetFailures, code);
    });
    manager.on('policyViolation', (_, { during }, id) => {
      // One at a dial comes with its sender.
      if (during === 'registration') this.of(id).policyViolations += 1;
    });
    manager.on('diagnosis', (_, _answered, id) => {
      this.of(id).diagnoses += 1;
    });
    manager.on('configuration', (_, { connections }) => {
      const left = new Set(connections.map(connectionId));
      for (const id of this.#connections.keys()) if (!left.has(id)) this.#connections.delete(id);
    });
  }

  /** The counts of a hybrid connection, by its id. Once it is not configured any more they are forgotten. */
  of(id: string): MeteredConnection {
    const known = this.#connections.get(id);
    if (known !== undefined) return known;
    const counts: MeteredConnection = {
      ...{ registrations: 0, registrationsLost: 0, policyViolations: 0, diagnoses: 0 },
      ...{ targetFailures: new Map(), isRegistered: false },
    };
    this.#connections.set(id, counts);
    return counts;
  }
}

function count(counts: Map<string, number>, code: string): void {
  const key = counts.has(code) || counts.size < MAX_CODES ? code : 'other';
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
