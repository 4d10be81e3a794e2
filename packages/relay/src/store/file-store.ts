/**
 * Keeps the model in one file of the data folder, `state.json`, for the owner only.
 *
 * Each save writes the whole file anew and puts it in the place of the old one, so that whenever the process or the
 * machine dies there is a whole one: the old or the new. A file that cannot be read is left as it is.
 * @module
 */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@hybridge/service';
import type { Model } from '../model/model.js';
import { readState, stateText } from './state-file.js';
import { StateLock } from './state-lock.js';
import { type Store, StoreConflict, type Stored } from './store.js';

/** Name of the file in a data folder. */
export const STATE_FILE = 'state.json';

/** What {@link writeFileAtomically} leaves when its process dies. Another process that takes the lock has some, too, for a moment. */
const LEFTOVER = /^(state\.json|keys\.json|admin\.token|state\.lock)\.[0-9a-f-]{36}\.tmp$/;
const LEFTOVER_LOCK_MS = 60_000;

/** A model in a file. */
export class FileStore implements Store {
  readonly #path: string;
  readonly #lock: StateLock;
  readonly #write: typeof writeFileAtomically;
  #revision = 0;

  private constructor(path: string, lock: StateLock, write: typeof writeFileAtomically) {
    this.#path = path;
    this.#lock = lock;
    this.#write = write;
  }

  /**
   * Opens the store of a data folder, and locks it.
   * @param write - `writeFileAtomically`, unless a test wants it to fail
   * @throws RelayConfigError when another relay has it, or the folder cannot be written.
   */
  static async open(dataDir: string, write = writeFileAtomically): Promise<FileStore> {
    const lock = await StateLock.acquire(dataDir);
    await removeLeftovers(dataDir);
    return new FileStore(join(dataDir, STATE_FILE), lock, write);
  }

  async load(): Promise<Stored | undefined> {
    const stored = await readState(this.#path);
    this.#revision = stored?.revision ?? 0;
    return stored;
  }

  async save(model: Model, revision: number): Promise<number> {
    if (revision !== this.#revision) throw new StoreConflict(`${this.#path} has been changed meanwhile`);
    if (!(await this.#lock.isHeld())) {
      throw new Error('The lock of the data folder is gone: another relay may write there');
    }
    const next = revision + 1;
    await this.#write(this.#path, stateText({ model, revision: next }));
    this.#revision = next;
    return next;
  }

  async close(): Promise<void> {
    await this.#lock.release();
  }
}

async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!LEFTOVER.test(name)) continue;
    const path = join(dataDir, name);
    if (name.startsWith('state.lock')) {
      const { mtimeMs = Date.now() } = await stat(path).catch(() => ({}) as { mtimeMs?: number });
      if (Date.now() - mtimeMs < LEFTOVER_LOCK_MS) continue;
    }
    await rm(path, { force: true }).catch(() => undefined);
  }
}
