/**
 * Programs of others: finding one on this machine, starting it, and ending it by its process id. Where there is
 * `setpriv`, on every Linux, the kernel ends them when the bench is killed; children of theirs notice that by themselves.
 * @module
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts } from '@hybridge/conformance';
import { atExit } from './at-exit.js';

/** Has the kernel end the program that follows when its parent ends. Source: setpriv(1), prctl(2). */
const END_WITH_PARENT = ['--pdeathsig', 'KILL', '--'];

const READY_TIMEOUT_MS = 15_000;

/** Where servers are that an account's PATH often lacks. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The path of a program, or `undefined` when it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** All that a program prints, on both outputs, whatever it exits with. */
export function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 10_000 }, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`));
  });
}

/** A program that runs. */
export class Program {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #mayStay = atExit(() => this.#kill());
  #output = '';

  constructor(program: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    tether ??= findTether();
    const [command, ...all] = [...tether, program, ...args];
    this.#name = program;
    this.#child = spawn(command!, all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    });
    this.#child.on('error', (error) => this.#keep(error.message));
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text) => this.#keep(text));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Its own process id and those of all processes that it has started so far. */
  get pids(): readonly number[] {
    return [this.pid, ...descendants(this.pid)];
  }

  /** What it printed last. */
  get output(): string {
    return this.#output;
  }

  /** Waits until it accepts connections on this port of 127.0.0.1. @throws Error with its own words when it does not. */
  listening(port: number): Promise<void> {
    return this.until(() => accepts(port, { speaks: false }));
  }

  /** Waits until a check passes. @throws Error with its own words when it ends before, or takes too long. */
  async until(check: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await check())) {
      if (this.#hasEnded()) throw new Error(`${this.#name} ended at once\n${this.#output}`);
      if (Date.now() > deadline) throw new Error(`${this.#name} is not ready\n${this.#output}`);
      await sleep(20);
    }
  }

  /** Ends it and what it has started. */
  async stop(): Promise<void> {
    this.#mayStay();
    if (this.#hasEnded()) return;
    const exited = once(this.#child, 'exit');
    this.#kill();
    await exited;
  }

  #kill(): void {
    if (this.#hasEnded()) return;
    const children = descendants(this.pid);
    this.#child.kill('SIGKILL');
    for (const pid of children) endProcess(pid);
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  #keep(text: string | Buffer): void {
    this.#output = (this.#output + text).slice(-4_000);
  }
}

/** What stands before a command that is to end with this process; found out once. */
let tether: readonly string[] | undefined;

function findTether(): readonly string[] {
  const setpriv = findProgram('setpriv');
  if (setpriv === undefined) return [];
  // Those of other systems, and old ones, know no such option.
  const { status } = spawnSync(setpriv, [...END_WITH_PARENT, setpriv, '--version']);
  return status === 0 ? [setpriv, ...END_WITH_PARENT] : [];
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** Children, grandchildren and so on. Source: proc(5), the fourth field of `stat` is the parent. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}
