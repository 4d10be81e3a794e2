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
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join, resolve } from 'node:path';
import { processMark } from './process-mark.js';

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
    const other = standsIn(lock);
    const holder = holderOf(lock, other);
    if (holder?.isLeaving === false) {
      const problem = `${directory} is in use by the manager with the process id ${holder.pid}`;
      return { ...passing, isShared: true, problem };
    }
    if (!claim(lock, other?.text)) {
      return { ...passing, isShared: true, problem: `${directory} was taken by another manager just now` };
    }
    const held: Held = {};
    HELD.set(lock, held);
    const key = readOrMake(join(directory, 'manager.key'), passing.key);
    const isShared = holder !== undefined;
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
    writeFileSync(lock, ours('leaving'));
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

/**
 * Takes the folder. Of several that start at once one gets it.
 * @param former - what was found there, of somebody who has it no more; `undefined` for nothing
 */
function claim(lock: string, former: string | undefined): boolean {
  if (former !== undefined) {
    // Only one can take away what was seen; who took away something newer puts it back.
    const aside = `${lock}.${randomBytes(6).toString('hex')}`;
    try {
      renameSync(lock, aside);
    } catch {
      return false;
    }
    const isFormer = readFileSync(aside, 'utf8') === former;
    if (!isFormer) linkSync(aside, lock);
    rmSync(aside, { force: true });
    if (!isFormer) return false;
  }
  try {
    writeFileSync(lock, ours('running'), { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function ours(word: 'running' | 'leaving'): string {
  return `${[process.pid, word, processMark(process.pid) ?? ''].join(' ').trim()}\n`;
}

/** What says who has the folder. */
interface Mark {
  readonly text: string;
  readonly pid: number;
  readonly isLeaving: boolean;
  /** Which process of that number. */
  readonly process: string | undefined;
}

function standsIn(lock: string): Mark | undefined {
  let text: string;
  try {
    text = readFileSync(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [number, word, mark] = text.trim().split(' ');
  return { text, pid: Number(number), isLeaving: word === 'leaving', process: mark };
}

/** The process that has the folder. One that was killed leaves its number behind, and has it no more. */
function holderOf(lock: string, mark: Mark | undefined): Mark | undefined {
  if (mark === undefined || !Number.isInteger(mark.pid) || mark.pid <= 0) return undefined;
  const { pid } = mark;
  if (pid === process.pid) return HELD.has(lock) ? mark : undefined;
  const now = mark.process === undefined ? undefined : processMark(pid);
  if (now !== undefined) return now === mark.process ? mark : undefined;
  // After a restart of the machine, and in containers, another process may have the same number.
  if (isOlderThanMachine(lock)) return undefined;
  return isRunning(pid) ? mark : undefined;
}

function isOlderThanMachine(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || stats.mtimeMs < Date.now() - uptime() * 1_000;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
