/**
 * Keeps a second relay from the same data folder: of two that write one file, each would undo what the other has done.
 *
 * The lock is a file that says which process has it. One whose process is gone is taken over; that a process of the same
 * number is another one is known by when it was started. Of a process on another machine, or in another container, only
 * one thing can be seen: whether it still touches its file.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { RelayConfigError } from '../config/relay-config-error.js';
import { type Processes, systemProcesses } from './processes.js';

const FILE_NAME = 'state.lock';

/** How often a lock is touched, and after what silence that of another machine is given up for lost. */
const TOUCH_MS = 10_000;
const SILENT_MS = 60_000;

/** How long after taking over a lock it must still be there: two may have found the same stale one. */
const SETTLE_MS = 50;

/** How often it is tried before somebody else's lock is believed in, and how far apart. */
const TRIES = 20;
const TRY_AGAIN_MS = 50;

const content = z.object({
  id: z.string(),
  pid: z.int(),
  host: z.string(),
  /** When the process was started, in whatever way the system tells; `null` where it does not. */
  started: z.string().nullable(),
});

type Content = z.infer<typeof content>;

/** A lock that is held. */
export class StateLock {
  readonly #path: string;
  readonly #id: string;
  readonly #touching: NodeJS.Timeout;

  private constructor(path: string, id: string) {
    this.#path = path;
    this.#id = id;
    this.#touching = setInterval(() => this.#touch(), TOUCH_MS).unref();
  }

  /**
   * Takes the lock of a data folder, which is made when it is not there. Waits for a moment for one that is only about to
   * print a connection string.
   * @throws RelayConfigError when a relay that lives has it, or the folder cannot be written.
   */
  static async acquire(dataDir: string, processes: Processes = systemProcesses): Promise<StateLock> {
    for (let tries = 1; ; tries += 1) {
      const result = await tryOnce(dataDir, processes);
      if (typeof result === 'string') return new StateLock(join(dataDir, FILE_NAME), result);
      if (tries === TRIES) throw heldBy(result, dataDir, processes);
      await sleep(TRY_AGAIN_MS);
    }
  }

  /** Whether a relay that lives has the lock of a data folder, or something that is about to let go of it. */
  static async isTaken(dataDir: string, processes: Processes = systemProcesses): Promise<boolean> {
    const path = join(dataDir, FILE_NAME);
    const found = await read(path);
    return found !== undefined && isAlive(found, path, processes);
  }

  /** Whether it still is there: whoever deleted it has let another relay in. */
  async isHeld(): Promise<boolean> {
    return (await read(this.#path))?.id === this.#id;
  }

  /** Gives it back. */
  async release(): Promise<void> {
    clearInterval(this.#touching);
    if (await this.isHeld()) await rm(this.#path, { force: true });
  }

  #touch(): void {
    const now = new Date();
    // A folder that cannot be written is noticed by the next save.
    utimes(this.#path, now, now).catch(nothing);
  }
}

/** @returns the id of a lock that is held now, or who has it */
async function tryOnce(dataDir: string, processes: Processes): Promise<string | Content> {
  const path = join(dataDir, FILE_NAME);
  const { pid, host } = processes;
  const own: Content = { id: randomUUID(), pid, host, started: processes.startOf(pid) ?? null };
  const temporary = `${path}.${own.id}.tmp`;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(own)}\n`, { mode: 0o600, flag: 'wx' });
    return (await take(path, temporary, own, processes)) ?? own.id;
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new RelayConfigError(`cannot write to ${dataDir} (${code})`, { cause });
  } finally {
    await rm(temporary, { force: true }).catch(nothing);
  }
}

function heldBy({ pid, host }: Content, dataDir: string, processes: Processes): RelayConfigError {
  const where = host === processes.host ? `process ${pid}` : `process ${pid} on ${host}`;
  return new RelayConfigError(
    `${dataDir} is in use by another relay (${where}): stop that one, or give this one a dataDir of its own. If no relay runs there, delete ${join(dataDir, FILE_NAME)}`,
  );
}

/** Puts a lock in its place. @returns who has it, if somebody has */
async function take(
  path: string,
  temporary: string,
  own: Content,
  processes: Processes,
): Promise<Content | undefined> {
  try {
    // Fails when there is one; a file that is linked is whole at once.
    await link(temporary, path);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = await read(path);
  if (found !== undefined && (await isAlive(found, path, processes))) return found;
  const again = await read(path);
  if (again?.id !== found?.id) return again ?? own;
  await rename(temporary, path);
  await sleep(SETTLE_MS);
  const settled = await read(path);
  return settled?.id === own.id ? undefined : (settled ?? own);
}

async function isAlive(
  { pid, host, started }: Content,
  path: string,
  processes: Processes,
): Promise<boolean> {
  if (host !== processes.host) return Date.now() - (await lastTouched(path)) < SILENT_MS;
  if (!processes.isThere(pid)) return false;
  const now = processes.startOf(pid);
  return started === null || now === undefined || now === started;
}

async function lastTouched(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return 0;
  }
}

/** `undefined` when there is none, or it was not written whole. */
async function read(path: string): Promise<Content | undefined> {
  try {
    const parsed = content.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function nothing(): void {}
