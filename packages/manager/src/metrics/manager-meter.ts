/**
 * What of a manager is counted and its status does not have: how often it came to its place at a relay and lost it, why targets failed,
 * what the policy stood against.
 * @module
 */
import { ConnectionIds, type NamingManager } from '../status/connection-ids.js';

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
  readonly #ids: ConnectionIds;
  /** By id: a name may become another one. */
  readonly #connections = new Map<string, MeteredConnection>();

  /** @param manager - counted from now on. */
  constructor(manager: NamingManager) {
    this.#ids = new ConnectionIds(manager);
    manager.on('state', (name, { name: state }) => {
      const counts = this.of(name);
      if (state === 'online' && !counts.isRegistered) counts.registrations += 1;
      if (state !== 'online' && counts.isRegistered) counts.registrationsLost += 1;
      counts.isRegistered = state === 'online';
    });
    manager.on('targetFailure', (name, { code }, { violation }) => {
      const counts = this.of(name);
      if (violation !== undefined) counts.policyViolations += 1;
      else count(counts.targetFailures, code);
    });
    manager.on('policyViolation', (name, { during }) => {
      // One at a dial comes with its sender.
      if (during === 'registration') this.of(name).policyViolations += 1;
    });
    manager.on('diagnosis', (name) => {
      this.of(name).diagnoses += 1;
    });
  }

  /** The counts of a hybrid connection, by its name in the configuration. */
  of(name: string): MeteredConnection {
    const id = this.#ids.of(name) ?? name;
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
