/**
 * Finds the programs of a server: on the PATH, and where distributions put them when it is not there.
 * @module
 */
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Programs } from './service.js';

/** Debian keeps each PostgreSQL version's programs to itself; Homebrew and the default prefix do likewise. */
export function postgresFolders(): string[] {
  const versions = listed('/usr/lib/postgresql')
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`);
  const brewed = listed('/opt/homebrew/opt')
    .filter((name) => name.startsWith('postgresql'))
    .map((name) => `/opt/homebrew/opt/${name}/bin`);
  return [...versions, '/usr/local/pgsql/bin', ...brewed];
}

/** Looks in the folders and then on the PATH. @returns undefined unless every program was found. */
export function findPrograms<Name extends string>(
  names: readonly Name[],
  folders: readonly string[] = [],
): Programs<Name> | undefined {
  const everywhere = [
    ...folders,
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
  ];
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const path = everywhere.map((folder) => join(folder, name)).find(executable);
    if (path === undefined) return undefined;
    found[name] = path;
  }
  return found as Programs<Name>;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such folder on this machine
  }
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
