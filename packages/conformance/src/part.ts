/**
 * A relay or a manager as a process of its own, of which a test can ask anything: the programs in `test/programs`.
 *
 * They need what `npm run build` made.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until, within } from './deadline.js';
import { endWithThisProcess } from './leftovers.js';

const PROGRAMS = new URL('../test/programs/', import.meta.url);
const READY_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 60_000;

/** Something that a process told, and when by the clock that both share, in milliseconds. */
export interface Told {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests know what they asked for.
  readonly value: any;
  readonly at: number;
}

/** What a process holds once all rubbish is gone; counts of objects and of handles, and bytes. */
export interface Figures {
  readonly descriptors: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly sockets: number;
  readonly emitters: number;
  readonly promises: number;
  readonly abortSignals: number;
  readonly resources: Readonly<Record<string, number>>;
}

/** Now, by the clock of {@link Told}. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** A program that answers. */
export class Part {
  /** Everything that it told, in order. */
  readonly told: Told[] = [];
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, (message: { answer?: unknown; error?: string }) => void>();
  readonly #exited: Promise<unknown>;
  #output = '';
  #questions = 0;

  /** Starts one and waits until it is ready. @throws Error with its output when it does not get there. */
  static async start(
    program: 'relay' | 'manager',
    details: readonly unknown[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Part> {
    const path = fileURLToPath(new URL(`${program}.mjs`, PROGRAMS));
    const child = fork(
      path,
      details.map((each) => JSON.stringify(each)),
      {
        execArgv: ['--import', new URL('other-world.mjs', PROGRAMS).href],
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const part = new Part(child);
    try {
      await within(
        Promise.race([part.#first('ready'), part.#failed(program)]),
        READY_TIMEOUT_MS,
        `${program} to be ready`,
      );
    } catch (error) {
      await part.kill();
      throw error;
    }
    return part;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    endWithThisProcess(child);
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (bytes) => {
        this.#output += String(bytes);
      });
    }
    child.on('message', (message: Told & { id?: number }) => {
      if (message.id === undefined) this.told.push(message);
      else this.#asked.get(message.id)?.(message as never);
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** What it said when it was ready. */
  // biome-ignore lint/suspicious/noExplicitAny: tests know what they asked for.
  get ready(): any {
    return this.told.find(({ event }) => event === 'ready')?.value;
  }

  /** Asks it something. @throws Error with what went wrong there. */
  // biome-ignore lint/suspicious/noExplicitAny: tests know what they asked for.
  async ask<T = any>(question: string, ...details: readonly unknown[]): Promise<T> {
    this.#questions += 1;
    const id = this.#questions;
    const answered = new Promise<T>((resolve, reject) => {
      this.#asked.set(id, ({ answer, error }) => {
        this.#asked.delete(id);
        if (error === undefined) resolve(answer as T);
        else reject(new Error(error));
      });
    });
    this.#child.send({ id, question, details });
    return within(answered, ANSWER_TIMEOUT_MS, `an answer about ${question}\n${this.#output}`);
  }

  /** Waits for something that it tells from now on. */
  async next(of: (told: Told) => boolean, ms: number, what: string, from = this.told.length): Promise<Told> {
    const found = () => this.told.slice(from).find(of);
    await until(() => found() !== undefined, ms, what);
    return found()!;
  }

  /** Stops it where it is, as a machine that hangs; its connections stay. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #first(event: string): Promise<void> {
    await until(() => this.told.some((told) => told.event === event), READY_TIMEOUT_MS, event);
  }

  async #failed(program: string): Promise<never> {
    await this.#exited;
    throw new Error(`${program} ended\n${this.#output}`);
  }
}
