/**
 * What makes a manager the same manager when it comes back: a secret of its own, kept in a folder of its own.
 *
 * From it the listeners' ids are made. At the relay, a listener with a known id and a token of the same policy takes over the
 * place of its former self, which may still be there when a machine lost its power or its network. Two managers with one id
 * would take the place from each other without end; so the folder is taken by one process at a time, and whoever comes second gets
 * a secret that nobody keeps.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join, resolve } from 'node:path';

/** A secret, and whether it will be there the next time. */
export interface ManagerKey {
  readonly key: string;
  /** Why it will not be; `undefined` when it will, or was not asked to. */
  readonly problem: string | undefined;
  /** Lets others have the folder. */
  release(): void;
}

/**
 * Takes the secret of a folder, making both if they are not there. Never throws: without a place of its own to come back to, a
 * manager works all the same.
 * @param directory - `undefined` for a secret that is not kept.
 */
export function takeManagerKey(directory: string | undefined): ManagerKey {
  const passing = { key: randomBytes(32).toString('base64url'), release: () => undefined };
  if (directory === undefined) return { ...passing, problem: undefined };
  const lock = resolve(directory, 'manager.pid');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const other = holderOf(lock);
    if (other !== undefined) {
      return { ...passing, problem: `${directory} is in use by the manager with the process id ${other}` };
    }
    rmSync(lock, { force: true });
    writeFileSync(lock, `${process.pid}\n`, { mode: 0o600, flag: 'wx' });
    TAKEN.add(lock);
    const release = () => {
      if (TAKEN.delete(lock)) rmSync(lock, { force: true });
    };
    const key = readOrMake(join(directory, 'manager.key'), passing.key);
    return { key, problem: undefined, release };
  } catch (error) {
    return { ...passing, problem: `${directory} cannot be used (${(error as NodeJS.ErrnoException).code})` };
  }
}

/** Folders that this process has. */
const TAKEN = new Set<string>();

function readOrMake(path: string, fresh: string): string {
  try {
    writeFileSync(path, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const kept = readFileSync(path, 'utf8').trim();
  if (/^[\w-]{43}$/.test(kept)) return kept;
  // A file that was cut short by a crash.
  writeFileSync(path, `${fresh}\n`, { mode: 0o600 });
  return fresh;
}

/** The process that has the folder. One that was killed leaves its number behind, and has it no more. */
function holderOf(lock: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(lock, 'utf8'));
    // After a restart of the machine, and in containers, another process may have the same number.
    if (statSync(lock).mtimeMs < Date.now() - uptime() * 1_000) return undefined;
  } catch {
    return undefined;
  }
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (pid === process.pid) return TAKEN.has(lock) ? pid : undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}
