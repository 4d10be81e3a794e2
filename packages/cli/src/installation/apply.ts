/**
 * Writes an installation down, and takes it away again.
 *
 * Each file is told. Doing it twice changes nothing; what others wrote, and what people have changed, is left alone.
 * @module
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command, Installation, Step } from './installation.js';

/** How it is done. */
export interface ApplyOptions {
  /** A folder that stands for the root of the file system: for images that are built. Then nothing is started. */
  readonly root?: string | undefined;
  /** Only says what would be done. */
  readonly isDryRun: boolean;
  readonly say: (line: string) => void;
  /** @returns the exit code */
  readonly run: (command: Command) => number;
  /** The user and group that are to own the program's folder. @defaultValue who runs this */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Something is in the way. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
  readonly code = 'ERR_INSTALL';
}

/** A configuration to begin with. */
export interface NewConfig {
  readonly text: string;
  /** Everybody may read it; otherwise it is the service's alone. */
  readonly isPublic: boolean;
}

/** @param config - what the configuration is to say where there is none @returns whether all went well */
export function install(installation: Installation, config: NewConfig, options: ApplyOptions): boolean {
  const { mark, service, dataDir, config: configPath, enable, start, restart, notes } = installation;
  const servicePath = at(service.path, options);
  const before = textAt(servicePath);
  if (before !== undefined && !before.includes(mark)) {
    throw new InstallError(
      `${servicePath} is there and was not written by this command: take it away, or give --name`,
    );
  }
  if (!existsSync(at(dataDir, options))) {
    options.say(`${verb(options, 'make')} ${at(dataDir, options)} (mode 0700)`);
    if (!options.isDryRun) makeFolder(at(dataDir, options), options);
  }
  if (existsSync(at(configPath, options))) options.say(`kept ${at(configPath, options)}`);
  else
    write(
      at(configPath, options),
      { text: config.text, mode: config.isPublic ? 0o644 : 0o600, isNew: true },
      options,
    );
  const isSame = before === service.text;
  if (isSame) options.say(`unchanged ${servicePath}`);
  else write(servicePath, { text: service.text, mode: 0o644 }, options);
  const isDone = runAll([...enable, ...(isSame ? start : restart)], installation, options);
  for (const note of notes) options.say(note);
  return isDone;
}

/** @returns whether all went well */
export function uninstall(
  installation: Installation,
  { isPurge, ...options }: ApplyOptions & { readonly isPurge: boolean },
): boolean {
  const { mark, service, dataDir, privateDataDir, config, disable, afterwards } = installation;
  const servicePath = at(service.path, options);
  const text = textAt(servicePath);
  if (text !== undefined && !text.includes(mark)) {
    throw new InstallError(`${servicePath} was not written by this command, and is left alone`);
  }
  let isDone = true;
  if (text === undefined) {
    options.say(`nothing is installed: there is no ${servicePath}`);
  } else {
    isDone = runAll(disable, installation, options);
    options.say(`${verb(options, 'remove')} ${servicePath}`);
    if (!options.isDryRun) rmSync(servicePath);
    isDone = runAll(afterwards, installation, options) && isDone;
  }
  // The link to it last: without it nobody would find the rest.
  for (const path of [privateDataDir, dataDir].flatMap((each) => each ?? [])) {
    if (!isThere(at(path, options))) continue;
    if (!isPurge) {
      if (path === dataDir)
        options.say(
          `kept ${at(path, options)}: keys, audit log and what else is kept there; --purge removes them`,
        );
      continue;
    }
    options.say(`${verb(options, 'remove')} ${at(path, options)} with all that is in it`);
    if (!options.isDryRun) rmSync(at(path, options), { recursive: true, force: true });
  }
  if (isPurge && dirname(config) !== dataDir) options.say(`kept ${config}`);
  return isDone;
}

function runAll(steps: readonly Step[], { needs }: Installation, options: ApplyOptions): boolean {
  const { root, isDryRun, say, run } = options;
  if (isDryRun || steps.length === 0) {
    for (const { command } of steps) say(`would run: ${command.join(' ')}`);
    return true;
  }
  if (root !== undefined || (needs !== undefined && !existsSync(needs))) {
    say(
      `not run, since ${root === undefined ? `there is no ${needs}` : 'this is for another root'}; to be run there:`,
    );
    for (const { command } of steps) say(`  ${command.join(' ')}`);
    return true;
  }
  for (const { command, mayFail = false } of steps) {
    say(`run: ${command.join(' ')}`);
    const exitCode = run(command);
    if (exitCode === 0 || mayFail) continue;
    say(`that failed with exit code ${exitCode}`);
    return false;
  }
  return true;
}

function write(path: string, { text, mode, isNew = false }: NewFile, options: ApplyOptions): void {
  options.say(`${verb(options, 'write')} ${path} (mode 0${mode.toString(8)})`);
  if (options.isDryRun) {
    // A configuration may hold keys.
    if (!isNew) for (const line of text.trimEnd().split('\n')) options.say(`  ${line}`);
    return;
  }
  const folder = mkdirSync(dirname(path), { recursive: true });
  // Whatever the umask of who runs this.
  if (folder !== undefined && mode === 0o644) chmodSync(dirname(path), 0o755);
  // Whoever owns the folder could have put a link there.
  const file = openSync(path, isNew ? 'wx' : 'w', mode);
  try {
    fchmodSync(file, mode);
    writeSync(file, text);
    if (mode === 0o644 || process.getuid?.() !== 0) return;
    // Of whom the folder is: the service's own user, if it ran before.
    const { uid, gid } = options.owner ?? statSync(dirname(path));
    fchownSync(file, uid, gid);
  } finally {
    closeSync(file);
  }
}

/** What is to be written. */
interface NewFile {
  readonly text: string;
  readonly mode: 0o600 | 0o644;
  /** It may hold secrets, and must not be there yet. */
  readonly isNew?: boolean;
}

function makeFolder(path: string, { owner }: ApplyOptions): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (owner !== undefined && process.getuid?.() === 0) chownSync(path, owner.uid, owner.gid);
}

function verb({ isDryRun }: ApplyOptions, word: 'make' | 'write' | 'remove'): string {
  if (isDryRun) return `would ${word}`;
  return { make: 'made', write: 'wrote', remove: 'removed' }[word];
}

/** Where a path is in the tree that is worked on. */
function at(path: string, { root }: Pick<ApplyOptions, 'root'>): string {
  return root === undefined ? path : join(root, path);
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Also a link that leads nowhere any more. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
