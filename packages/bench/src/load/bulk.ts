/**
 * An upload at full speed by a process of its own, so that who measures something else meanwhile is not held up by it.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { atExit } from '../at-exit.js';
import { scriptPath } from '../script.js';

/** An upload that goes on. */
export class Bulk {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #mayStay: () => void;

  /** Starts it. */
  static async start(port: number): Promise<Bulk> {
    const bulk = new Bulk(port);
    await bulk.#line();
    return bulk;
  }

  private constructor(port: number) {
    this.#child = spawn(process.execPath, [scriptPath('bulk'), String(port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface({ input: this.#child.stdout! });
    this.#mayStay = atExit(() => this.#child.kill('SIGKILL'));
  }

  /** Bytes that the kernel has taken so far. */
  async bytes(): Promise<number> {
    this.#child.stdin!.write('\n');
    return Number(await this.#line());
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
    this.#mayStay();
  }

  async #line(): Promise<string> {
    const ended = once(this.#child, 'exit').then(() => {
      throw new Error('The upload ended');
    });
    ended.catch(() => undefined);
    return Promise.race([once(this.#lines, 'line').then(([line]) => String(line)), ended]);
  }
}
