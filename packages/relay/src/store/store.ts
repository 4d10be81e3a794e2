/**
 * Where a relay's model is kept over a restart.
 *
 * A store holds one value and the number of its revision. A save names the revision that it replaces, so that of two who
 * change the same one the second is refused: in one process that cannot be, in a cluster it is how nodes take turns.
 * @module
 */
import type { Model } from '../model/model.js';

/** What a store holds. */
export interface Stored {
  readonly model: Model;
  /** Grows with each save. */
  readonly revision: number;
}

/** A place for a model. */
export interface Store {
  /** What was saved last; `undefined` when nothing ever was. @throws RelayConfigError when it cannot be read. */
  load(): Promise<Stored | undefined>;
  /**
   * Replaces what is held. Resolves when it would survive a crash.
   * @param revision - of what this model was made from; 0 when nothing was held
   * @returns the new revision
   * @throws StoreConflict when another revision is held; else whatever kept it from being written. The model is then not kept.
   */
  save(model: Model, revision: number): Promise<number>;
  /** Lets go of it. What is being saved must have been waited for. */
  close(): Promise<void>;
}

/** Somebody else has saved another model meanwhile. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';
}

/** Forgets with its process: for a relay that has no data folder. */
export class MemoryStore implements Store {
  #stored: Stored | undefined;

  load(): Promise<Stored | undefined> {
    return Promise.resolve(this.#stored);
  }

  save(model: Model, revision: number): Promise<number> {
    const held = this.#stored?.revision ?? 0;
    if (revision !== held) return Promise.reject(new StoreConflict('The model has been changed meanwhile'));
    this.#stored = { model, revision: held + 1 };
    return Promise.resolve(held + 1);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
