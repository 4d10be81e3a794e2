/**
 * The keys that versions before the store kept in `keys.json`: taken over once, so that connection strings stay good.
 *
 * Only those of policies that are declared then. The file is renamed and not read again: keys that are rolled later, or
 * go with their hybrid connection, must not come back from it.
 * @module
 */
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RelayConfigError } from '../config/relay-config-error.js';
import type { DeclareContext } from '../model/declare.js';

const FILE_NAME = 'keys.json';
const RETIRED_NAME = 'keys.json.migrated';

const keyPair = z.object({ primaryKey: z.string().min(1), secondaryKey: z.string().min(1) });
const content = z.object({ version: z.literal(1), keys: z.record(z.string(), keyPair) });

/**
 * Looks keys up in `keys.json`; finds none when there is no such file.
 * @throws RelayConfigError when the file is there and cannot be used: new keys in its place would lock everybody out.
 */
export async function readLegacyKeys(dataDir: string): Promise<DeclareContext['knownKeys']> {
  const path = join(dataDir, FILE_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return () => undefined;
    throw new RelayConfigError(`cannot read ${path} (${code})`, { cause });
  }
  const parsed = content.safeParse(jsonIn(text));
  if (!parsed.success) {
    throw new RelayConfigError(`${path} is damaged: restore it, or delete it to get new keys`);
  }
  const { keys } = parsed.data;
  return (namespace, hybridConnection, policy) =>
    keys[JSON.stringify([namespace.toLowerCase(), hybridConnection?.toLowerCase() ?? null, policy])];
}

/** Puts `keys.json` aside, once what it holds is kept elsewhere. */
export async function retireLegacyKeys(dataDir: string): Promise<void> {
  try {
    await rename(join(dataDir, FILE_NAME), join(dataDir, RETIRED_NAME));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
