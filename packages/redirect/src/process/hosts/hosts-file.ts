/**
 * The machine's hosts file: our block in it while this process runs, and out of it afterwards.
 *
 * Written as a new file that takes the place of the old one, so that nobody ever reads half of it; where that cannot be
 * (a container's is a mount, a folder is closed), in its place. Every write takes out the blocks of processes that are
 * gone: one that crashed is cleaned up after by the next. All of it is synchronous, so that it can still be done while
 * the process exits.
 * @module
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type BlockOwner,
  type HostsEntry,
  linesNaming,
  ownersIn,
  withBlock,
  withoutBlocks,
} from './hosts-block.js';
import { withLock } from './lock.js';
import { isRunning, thisProcess } from './process-start.js';

/** Where this system has its hosts file. */
export function hostsPath(): string {
  if (process.platform !== 'win32') return '/etc/hosts';
  return join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts');
}

/** A hosts file cannot be read or written. `code` is Node's. */
export interface HostsFileError extends Error {
  readonly code: string;
}

/** This process's block in a hosts file. */
export class HostsFile {
  /** With links followed. */
  readonly path: string;
  readonly #owner: BlockOwner;

  /** @param path - another than the system's own, for tests and for containers that are built @throws HostsFileError */
  constructor(path: string = hostsPath(), owner: BlockOwner = thisProcess()) {
    this.path = attempt(path, () => realpathSync(path));
    this.#owner = owner;
  }

  /**
   * Writes our block, and takes out those of processes that are gone.
   * @param entries - all of them; none takes the block out
   * @returns the numbers of lines that somebody else has for the same names, which some programs may see as well
   * @throws HostsFileError
   */
  write(entries: readonly HostsEntry[]): readonly number[] {
    const text = this.#change((others) => withBlock(others, this.#owner, entries));
    return linesNaming(text, new Set(entries.map(({ name }) => name)));
  }

  /** Takes our block out, and those of processes that are gone. @throws HostsFileError */
  remove(): void {
    this.#change((others) => others);
  }

  /**
   * Takes blocks out.
   * @param all - also those of processes that still run
   * @returns whose they were
   * @throws HostsFileError
   */
  clean({ all = false }: { readonly all?: boolean } = {}): readonly BlockOwner[] {
    const before = ownersIn(this.#read());
    const text = this.#change((others) => (all ? withoutBlocks(others, () => true) : others));
    const left = ownersIn(text);
    return before.filter(({ pid, start }) => !left.some((one) => one.pid === pid && one.start === start));
  }

  /** Reads, changes what others have in it, and writes. @returns the text as it is now */
  #change(change: (others: string) => string): string {
    return withLock(this.path, () => {
      const before = this.#read();
      const text = change(withoutBlocks(before, (owner) => this.#isOurs(owner) || !isRunning(owner)));
      if (text !== before) attempt(this.path, () => replace(this.path, text));
      return text;
    });
  }

  #isOurs({ pid, start }: BlockOwner): boolean {
    return pid === this.#owner.pid && start === this.#owner.start;
  }

  #read(): string {
    return attempt(this.path, () => readFileSync(this.path, 'latin1'));
  }
}

/** Puts a new file in the place of the old one, with its mode and owner; or writes into the old one. */
function replace(path: string, text: string): void {
  const draft = `${path}.hybridge-${process.pid}`;
  try {
    const { mode, uid, gid } = statSync(path);
    writeFileSync(draft, text, { encoding: 'latin1', mode: mode & 0o7777, flag: 'wx', flush: true });
    chmodSync(draft, mode & 0o7777);
    if (process.platform !== 'win32') chownSync(draft, uid, gid);
    renameSync(draft, path);
  } catch {
    // The folder cannot be written, the file is a mount, or its owner would be another.
    rmSync(draft, { force: true });
    writeInPlace(path, text);
  }
}

/** Longer first and cut afterwards, so that at no time the file is empty. */
function writeInPlace(path: string, text: string): void {
  const file = openSync(path, 'r+');
  try {
    writeOver(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes a text over what an open file has. */
export function writeOver(file: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, at);
  ftruncateSync(file, bytes.length);
}

function attempt<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (cause) {
    const { code = 'EUNKNOWN' } = cause as NodeJS.ErrnoException;
    const advice = code === 'EACCES' || code === 'EPERM' ? ': that needs an administrator (sudo)' : '';
    throw Object.assign(new Error(`cannot change ${path} (${code})${advice}`, { cause }), { code });
  }
}
