/**
 * The model that a relay starts with: what its store holds, with what its configuration declares put over it.
 * @module
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKey } from '@hybridge/sas';
import { DEFAULTS, type NamespaceOptions } from '../config/options.js';
import { RelayConfigError } from '../config/relay-config-error.js';
import { declareNamespaces, withMissing } from '../model/declare.js';
import { EMPTY_MODEL, type Model } from '../model/model.js';
import { FileStore, STATE_FILE } from './file-store.js';
import { readLegacyKeys, retireLegacyKeys } from './legacy-keys.js';
import { readState } from './state-file.js';
import { StateLock } from './state-lock.js';
import { MemoryStore, type Store, type Stored } from './store.js';

/** How often a relay that runs is looked at for what it may be about to have, and how far apart. */
const TRIES = 20;
const TRY_AGAIN_MS = 50;

/** What a relay starts from. */
export interface Restored {
  readonly store: Store;
  readonly model: Model;
  readonly revision: number;
}

/** What decides it. */
export interface RestoreOptions {
  /** Absent: nothing is kept. */
  readonly dataDir: string | undefined;
  /** Absent: what is kept, and a namespace `localhost` when that is nothing. */
  readonly namespaces: readonly NamespaceOptions[] | undefined;
  /** What there is at the very first when nothing is declared. @defaultValue a namespace `localhost` */
  readonly first?: readonly NamespaceOptions[];
  readonly now: number;
}

/**
 * Opens the store of a data folder. Keys that had to be made are kept before this resolves, so that none is ever handed
 * out and forgotten.
 * @throws RelayConfigError when the folder is in use, cannot be read or written, or does not go with the configuration.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { dataDir } = options;
  const store = dataDir === undefined ? new MemoryStore() : await FileStore.open(dataDir);
  try {
    const stored = await store.load();
    const model = await declareOver(stored, options);
    let revision = stored?.revision ?? 0;
    if (model !== stored?.model) revision = await save(store, model, revision);
    if (dataDir !== undefined) await retireLegacyKeys(dataDir);
    return { store, model, revision };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Looks at what a relay has, if one runs with the data folder, and else at what the next one will start with. Keys that
 * have to be made are kept then; nothing else is written.
 * @param isEnough - whether the running relay has what is looked for; a relay that is starting is waited for
 * @throws RelayConfigError when the folder cannot be read or written, or does not go with the configuration.
 */
export async function look(options: RestoreOptions, isEnough: (model: Model) => boolean): Promise<Model> {
  const { dataDir } = options;
  if (dataDir === undefined) return declareOver(undefined, options);
  for (let tries = 1; ; tries += 1) {
    if (!(await StateLock.isTaken(dataDir))) return lookAhead(dataDir, options);
    const model = (await readState(join(dataDir, STATE_FILE)))?.model ?? EMPTY_MODEL;
    if (tries === TRIES || isEnough(model)) return model;
    await sleep(TRY_AGAIN_MS);
  }
}

/** While no relay runs. */
async function lookAhead(dataDir: string, options: RestoreOptions): Promise<Model> {
  const stored = await readState(join(dataDir, STATE_FILE));
  const model = await declareOver(stored, options);
  if (stored !== undefined && withMissing(stored.model, model) === stored.model) return model;
  const store = await FileStore.open(dataDir);
  try {
    // Somebody may have been here meanwhile.
    const before = await store.load();
    const next = await declareOver(before, options);
    await save(store, before === undefined ? next : withMissing(before.model, next), before?.revision ?? 0);
    await retireLegacyKeys(dataDir);
    return next;
  } finally {
    await store.close();
  }
}

/** The model that holds at a start; the stored one itself when nothing is new. @throws RelayConfigError */
async function declareOver(
  stored: Stored | undefined,
  { dataDir, namespaces, first = DEFAULTS.namespaces, now }: RestoreOptions,
): Promise<Model> {
  const model = stored?.model ?? EMPTY_MODEL;
  const context = {
    now: new Date(now).toISOString(),
    newKey: generateKey,
    // What is kept knows better than an older version's file.
    knownKeys:
      stored === undefined && dataDir !== undefined ? await readLegacyKeys(dataDir) : () => undefined,
  };
  if (namespaces !== undefined) return declareNamespaces(model, namespaces, context);
  const started = model.namespaces.length > 0 ? model : declareNamespaces(model, first, context);
  return declareNamespaces(started, [], context);
}

async function save(store: Store, model: Model, revision: number): Promise<number> {
  try {
    return await store.save(model, revision);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new RelayConfigError(`the relay's state cannot be written (${code ?? message})`, { cause });
  }
}
