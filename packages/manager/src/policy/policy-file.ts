/**
 * The file in which the administrator of a machine says what hybrid connections may do.
 *
 * It is worth as much as the certainty that an ordinary user did not write it: the file, and every folder on the way to it, has to
 * belong to the administrator and must not be open to others for writing. Whatever is wrong with it, the outcome is a policy
 * that allows nothing; only where there is no file at all is there no policy.
 *
 * Source: docs/decisions/0071-policy.md.
 * @module
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, win32 } from 'node:path';
import { ManagerConfigError } from '../config/config-error.js';
import { NO_POLICY, Policy } from './policy.js';
import { parsePolicy } from './policy-text.js';

/** Where a policy is looked for. There is no environment variable for it: users could set that. */
export interface PolicyFileOptions {
  /** The first of these that exists is the policy. @defaultValue {@link policyPaths} */
  readonly paths?: readonly string[] | undefined;
  /**
   * User id that may own the file and its folders, besides root. For tests.
   * @defaultValue 0
   */
  readonly owner?: number | undefined;
}

/** What was found. */
export interface FoundPolicy {
  readonly policy: Policy;
  /** The file, if there is one. */
  readonly path: string | undefined;
}

/** More than any policy needs, in bytes. */
const MAX_BYTES = 1_048_576;

/** Where the policy of this machine is. */
export function policyPaths(platform: NodeJS.Platform = process.platform): readonly string[] {
  if (platform === 'darwin') return ['/Library/Application Support/Hybridge/policy.yaml'];
  if (platform !== 'win32') return ['/etc/hybridge/policy.yaml'];
  // A user can set the variable. So it can only lead to a second place, for machines whose system is on another drive.
  const folders = new Set(['C:\\ProgramData', process.env.ProgramData ?? 'C:\\ProgramData']);
  return [...folders].map((folder) => win32.join(folder, 'Hybridge', 'policy.yaml'));
}

/** Reads the policy as it is now. Never throws. */
export function readPolicy({ paths = policyPaths(), owner = 0 }: PolicyFileOptions = {}): FoundPolicy {
  for (const path of paths) {
    try {
      const text = readTrusted(path, owner);
      if (text !== undefined) return { policy: new Policy(parsePolicy(text)), path };
    } catch (error) {
      const because =
        error instanceof ManagerConfigError ? error.message : `cannot be read (${codeOf(error)})`;
      const why = because.replace(/^(is|cannot) /, 'it $1 ');
      const sentence = `The policy ${path} cannot be used, and so nothing is allowed: ${why}`;
      return { policy: new Policy(NO_POLICY, sentence), path };
    }
  }
  return { policy: new Policy(), path: undefined };
}

/** @returns `undefined` when there is no such file. */
function readTrusted(path: string, owner: number): string | undefined {
  let file: number;
  try {
    // Without waiting: it might be a pipe.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (!isMissing(error)) throw error;
    // Who could have taken it away could have written it.
    if (folderExists(dirname(path))) checkFolders(dirname(path), owner);
    return undefined;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new ManagerConfigError('it is not a file');
    if (stats.size > MAX_BYTES) throw new ManagerConfigError(`it is larger than ${MAX_BYTES} bytes`);
    check(path, stats, owner, false);
    checkFolders(dirname(path), owner);
    checkFolders(dirname(realpathSync(path)), owner);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** From a folder up to the root. */
function checkFolders(from: string, owner: number): void {
  for (let folder = from; ; folder = dirname(folder)) {
    check(folder, statSync(folder), owner, true);
    if (dirname(folder) === folder) return;
  }
}

/** Windows has other means (docs/guides/manager-policy.md), of which Node can tell nothing. */
function check(path: string, { uid, mode }: Stats, owner: number, isFolder: boolean): void {
  if (process.platform === 'win32') return;
  if (uid !== 0 && uid !== owner) throw new ManagerConfigError(`${path} must belong to root (chown root)`);
  // In a folder such as /tmp, what belongs to root can be replaced by root only.
  const isSticky = isFolder && (mode & constants.S_IFMT) === constants.S_IFDIR && (mode & 0o1000) !== 0;
  if ((mode & 0o022) !== 0 && !isSticky) {
    throw new ManagerConfigError(`${path} can be written by ordinary users (chmod go-w)`);
  }
}

function folderExists(folder: string): boolean {
  try {
    return statSync(folder).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
