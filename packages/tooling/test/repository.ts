/**
 * The repository as the tests of this folder see it: its files, and its packages.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder, with a final separator. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What a package.json says, as far as the tests look. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly description?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace. */
export interface Package {
  /** Its folder from the root, such as `packages/sas`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** A file's text. @param path - from the root */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** A package.json. @param folder - from the root */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(read(join(folder, 'package.json'))) as Manifest;
}

/** All packages under `packages/`. */
export function packages(): Package[] {
  return foldersIn('packages').map((folder) => ({ folder, manifest: manifestOf(folder) }));
}

/** The folders with a package.json right below a folder, from the root. */
function foldersIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => existsSync(join(ROOT, path, 'package.json')))
    .sort();
}

/** Every file that is, or by .gitignore's rules would be, in the repository; from the root, with forward slashes. */
export function repositoryFiles(): string[] {
  const arguments_ = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', arguments_, { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}
