/**
 * Which hybrid connection a name of the configuration means: its id, which stays when it is called something else.
 *
 * The manager's events say a name; what is kept of a hybrid connection is kept by its id.
 * @module
 */
import type { EventEmitter } from 'node:events';
import type { ManagerEvents } from '../manager.js';
import { connectionId } from './connection-id.js';
import type { ConnectionStatus } from './connection-status.js';

/** A manager, as far as names matter. */
export interface NamingManager extends EventEmitter<ManagerEvents> {
  status(): readonly Pick<ConnectionStatus, 'name' | 'namespace' | 'hybridConnection'>[];
}

/** Knows them. Names that are not configured any more are kept: what is open of them has yet to end. */
export class ConnectionIds {
  readonly #manager: NamingManager;
  readonly #ids = new Map<string, string>();
  readonly #hear = () => this.#learn();

  /** @param manager - whose they are. Whatever listens to it later hears of a changed configuration when its names are known. */
  constructor(manager: NamingManager) {
    this.#manager = manager;
    manager.on('configuration', this.#hear);
  }

  /** Hears of no changes any more. */
  close(): void {
    this.#manager.off('configuration', this.#hear);
  }

  /** @returns `undefined` for a name that the configuration never had */
  of(name: string): string | undefined {
    if (!this.#ids.has(name)) this.#learn();
    return this.#ids.get(name);
  }

  #learn(): void {
    for (const each of this.#manager.status()) this.#ids.set(each.name, connectionId(each));
  }
}
