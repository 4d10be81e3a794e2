/**
 * What makes a manager the same manager when it comes back: a secret of its own, kept in a folder of its own.
 *
 * From it the listeners' ids are made. At the relay, a listener with a known id and a token of the same policy takes over the
 * place of its former self, which may still be there when a machine lost its power or its network. Two managers with one id
 * would take the place from each other without end; so the folder is taken by one process at a time, and whoever comes second gets
 * a secret that nobody keeps. One that is about to stop has left the relay: it lets its successor have the secret while its last
 * connections finish.
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
  /** Another process is there, if only for its last connections. */
  readonly isShared: boolean;
  /** The places at the relays are given up, but not everything is over yet: a successor may come. */
  leave(): void;
  /** Lets others have the folder. */
  release(): void;
}

/**
 * Takes the secret of a folder, making both if they are not there. Never throws: without a place of its own to come back to, a
 * manager works all the same.
 * @param directory - `undefined` for a secret that is not kept.
 */
export function takeManagerKey(directory: string | undefined): ManagerKey {
  const nothing = () => undefined;
  const passing = {
    key: randomBytes(32).toString('base64url'),
    isShared: false,
    leave: nothing,
    release: nothing,
  };
  if (directory === undefined) return { ...passing, problem: undefined };
  const lock = resolve(directory, 'manager.pid');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const other = holderOf(lock);
    if (other?.isLeaving === false) {
      const problem = `${directory} is in use by the manager with the process id ${other.pid}`;
      return { ...passing, isShared: true, problem };
    }
    rmSync(lock, { force: true });
    writeFileSync(lock, `${process.pid}\n`, { mode: 0o600, flag: 'wx' });
    const held: Held = {};
    HELD.set(lock, held);
    const key = readOrMake(join(directory, 'manager.key'), passing.key);
    const isShared = other !== undefined;
    return {
      key,
      problem: undefined,
      isShared,
      leave: () => leave(lock, held),
      release: () => release(lock, held),
    };
  } catch (error) {
    return { ...passing, problem: `${directory} cannot be used (${(error as NodeJS.ErrnoException).code})` };
  }
}

/** One hold on a folder, told apart from the next one of the same process. */
type Held = object;

/** What this process has, by the files that say so. */
const HELD = new Map<string, Held>();

function leave(lock: string, held: Held): void {
  if (!isOurs(lock, held)) return;
  try {
    writeFileSync(lock, `${process.pid} leaving\n`);
  } catch {
    // Then the successor has to wait for the end, or do without.
  }
}

function release(lock: string, held: Held): void {
  if (isOurs(lock, held)) rmSync(lock, { force: true });
  if (HELD.get(lock) === held) HELD.delete(lock);
}

/** A successor may have it by now, in this process or in another. */
function isOurs(lock: string, held: Held): boolean {
  if (HELD.get(lock) !== held) return false;
  try {
    return Number.parseInt(readFileSync(lock, 'utf8'), 10) === process.pid;
  } catch {
    return false;
  }
}

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
function holderOf(lock: string): { readonly pid: number; readonly isLeaving: boolean } | undefined {
  let pid: number;
  let isLeaving: boolean;
  try {
    const [number, word] = readFileSync(lock, 'utf8').trim().split(' ');
    pid = Number(number);
    isLeaving = word === 'leaving';
    // After a restart of the machine, and in containers, another process may have the same number.
    if (statSync(lock).mtimeMs < Date.now() - uptime() * 1_000) return undefined;
  } catch {
    return undefined;
  }
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (pid === process.pid) return HELD.has(lock) ? { pid, isLeaving } : undefined;
  return isRunning(pid) ? { pid, isLeaving } : undefined;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
