/**
 * A server program in a folder of its own: started, waited for, stopped by its process id.
 * @module
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithThisProcess } from '../leftovers.js';
import type { Account } from './account.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;
const FIRST_PORT = 20_000;
/** Ports for one of the processes that run tests at the same time, which vitest counts from one. */
const PORTS = 1_000;
const PART = Number(process.env.VITEST_POOL_ID ?? 0) % 12;
const given = new Set<number>();

/** A temporary folder that belongs to the server's account, and goes when the server stops. */
export class ServerFolder {
  readonly path: string;
  readonly account: Account;

  constructor(name: string, account: Account) {
    this.account = account;
    this.path = mkdtempSync(join(tmpdir(), `hybridge-${name}-`));
    this.#own(this.path);
  }

  /** Writes a file that only the server's account can read, as servers ask of their keys. */
  write(name: string, content: string): string {
    const path = join(this.path, name);
    writeFileSync(path, content, { mode: 0o600 });
    this.#own(path);
    return path;
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Runs a program to its end, as the server's account. @throws Error with what the program said. */
  run(program: string, args: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      execFile(program, args, { ...this.account, cwd: this.path }, (error, stdout, stderr) => {
        if (error === null) resolve();
        else reject(new Error(`${program} failed\n${stdout}${stderr}`, { cause: error }));
      });
    });
  }

  #own(path: string): void {
    if (this.account.uid !== undefined) chownSync(path, this.account.uid, this.account.gid);
  }
}

/** A running server. */
export class ServerProcess {
  readonly #child: ChildProcess;
  #output = '';

  constructor(folder: ServerFolder, program: string, args: readonly string[]) {
    this.#child = spawn(program, args, {
      ...folder.account,
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text) => {
        this.#output = (this.#output + text).slice(-10_000);
      });
    }
    endWithThisProcess(this.#child);
  }

  /** Waits until the check passes. @throws Error with the server's own words when it ends or takes too long. */
  async ready(check: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await check())) {
      if (this.#child.exitCode !== null) throw new Error(`The server ended at once\n${this.#output}`);
      if (Date.now() > deadline) throw new Error(`The server did not start in time\n${this.#output}`);
      await sleep(50);
    }
  }

  /** Tells the server something. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops it where it is, until it is told `SIGCONT`. On Linux only. Each of its threads hears of it in its own time. */
  async freeze(): Promise<void> {
    const tasks = `/proc/${this.#child.pid}/task`;
    // The third field, behind the name in parentheses. Source: proc(5), `/proc/pid/stat`.
    const isStopped = (task: string) => /\) T /.test(readFileSync(`${tasks}/${task}/stat`, 'utf8'));
    this.signal('SIGSTOP');
    while (!readdirSync(tasks).every(isStopped)) await sleep(5);
  }

  /** Ends the processes that it has started itself; on Linux only. Source: proc(5), `/proc/pid/task/tid/children`. */
  killChildren(): void {
    const { pid } = this.#child;
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')) {
      try {
        if (child.trim() !== '') process.kill(Number(child), 'SIGKILL');
      } catch (error) {
        // It has ended by itself meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  /** Asks the server to end, waits, and ends it by force when it does not. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    this.#child.kill(signal);
    await exit;
    clearTimeout(force);
  }
}

/**
 * A port that nobody listens on, for programs that cannot choose one themselves.
 *
 * Taken from below the range that outgoing connections use, so that none of those can slip in before the server does; and none
 * twice, neither here nor in the files of tests that run at the same time, each of which has a part of the range.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + PART * PORTS + Math.floor(Math.random() * PORTS);
    if (given.has(port)) continue;
    given.add(port);
    const server = net.createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Whether something accepts connections on a loopback port, and, if asked, whether it speaks first. */
export function accepts(port: number, options: { readonly speaks: boolean }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once(options.speaks ? 'data' : 'connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('end', () => answer(false));
  });
}
