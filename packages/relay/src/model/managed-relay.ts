/**
 * A relay as those see it who manage it: the REST, the portal, the commands.
 *
 * A relay of one process and one of several are the same to them.
 * @module
 */
import type { EventEmitter } from 'node:events';
import type { KeySlot } from '../directory/directory.js';
import type { RelayEvents } from '../events.js';
import type { RelayStatus } from '../relay-status.js';
import type { Change, RulePlace } from './change.js';
import type { Model } from './model.js';

/** What management works with. */
export interface ManagedRelay {
  /** What holds now; another object after each change. */
  readonly model: Model;
  /** What happens, as it happens. */
  readonly events: EventEmitter<RelayEvents>;
  /**
   * Makes a change. Resolves when it is on disk and in force in every process.
   * @throws ManagementError when it cannot be: then nothing is changed.
   */
  change(change: Change): Promise<Model>;
  /** Who is here and what is done. */
  status(): RelayStatus | Promise<RelayStatus>;
  /**
   * The connection string of a policy; for a policy of the namespace, one without `EntityPath`.
   * @throws ManagementError when there is no such policy.
   */
  connectionStringOf(place: RulePlace, policy: string, key: KeySlot): string;
  /** Cuts a joined connection; its ends see a reset. @returns whether there was one. */
  cutTunnel(tunnelId: string): boolean | Promise<boolean>;
}
