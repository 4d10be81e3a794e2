/**
 * Files of the data folder that this relay writes itself, and that the first start does not find.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { RelayConfigError } from '../config/relay-config-error.js';

/** The file's text; `undefined` when there is none. @throws RelayConfigError when it cannot be read. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new RelayConfigError(`cannot read ${path} (${code})`, { cause });
  }
}
