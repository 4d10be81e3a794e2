/**
 * One worker's place in the primary process: starts a process in it, and another when that one dies, or does not answer.
 *
 * A worker that dies is started again after a moment, which doubles each time that it does not live long. It dies
 * alone: only the connections that it held are lost. One that hangs, or was stopped, is killed: it would keep getting
 * its share of new connections, and hold on to those that it has.
 * @module
 */
import cluster, { type Worker } from 'node:cluster';
import type { ToPrimary, ToWorker, WorkerStart } from './messages.js';
import { Outbox } from './outbox.js';
import { Pulse } from './pulse.js';

/** The pause before a worker is started again, at first and at most. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** A worker that lived this long had no trouble with its start. */
const HEALTHY_MS = 30_000;

/** Where a worker takes connections. */
export interface WorkerAddresses {
  /** The shared port. */
  readonly url: string;
  /** Its own. */
  readonly own: string;
}

/** How a worker ended. */
export interface WorkerEnd {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: string | null;
}

/** What the primary does with a slot's news. */
export interface WorkerSlotOptions {
  /** From 1. */
  readonly number: number;
  /** How long the process may leave the primary without an answer, in milliseconds; 0 for ever. */
  readonly silenceMs: number;
  /** What the next process is started with. Called when it is there to be told, and from then on it is told all. */
  readonly start: () => WorkerStart;
  readonly onMessage: (message: ToPrimary) => void;
  readonly onReady: (addresses: WorkerAddresses, pid: number) => void;
  /** It has not answered for too long, and is about to be killed. */
  readonly onSilent: (pid: number, silentMs: number) => void;
  /** @param restartMs - after how long there will be another; `undefined`: never */
  readonly onExit: (end: WorkerEnd, restartMs: number | undefined) => void;
}

type State =
  | { readonly name: 'idle' }
  /** `told` from the moment that it has its configuration. */
  | { readonly name: 'starting'; readonly worker: Worker; told: boolean }
  | {
      readonly name: 'running';
      readonly worker: Worker;
      readonly addresses: WorkerAddresses;
      readonly since: number;
    }
  | { readonly name: 'pausing'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'closing'; readonly worker: Worker }
  | { readonly name: 'closed' };

/** A place for a worker. */
export class WorkerSlot {
  readonly number: number;
  readonly #options: WorkerSlotOptions;
  #state: State = { name: 'idle' };
  #outbox: Outbox<ToWorker> | undefined;
  /** Of the process that is there now. */
  #pulse: Pulse | undefined;
  #restarts = 0;
  #stalls = 0;
  /** Processes in a row that did not live long. */
  #failures = 0;
  #startedAt = new Date();
  /** Tells who waits for the first start. */
  #onFirst: { resolve(addresses: WorkerAddresses): void; reject(error: Error): void } | undefined;
  #onClosed: () => void = nothing;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.number = options.number;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** How often a process was killed because it did not answer. */
  get stalls(): number {
    return this.#stalls;
  }

  /** For how long the process has not answered, in milliseconds; 0 while it does. */
  get silentMs(): number {
    return this.#pulse?.silentMs ?? 0;
  }

  get startedAt(): Date {
    return this.#startedAt;
  }

  /** `undefined` while there is none that takes connections. */
  get addresses(): WorkerAddresses | undefined {
    return this.#state.name === 'running' ? this.#state.addresses : undefined;
  }

  get pid(): number {
    return this.#worker?.process.pid ?? 0;
  }

  /** It takes connections, or lets the last ones end. */
  get isThere(): boolean {
    return this.#state.name === 'running' || this.#state.name === 'closing';
  }

  /** It has its configuration, and so has to be told of what changes. */
  get isTold(): boolean {
    return this.#state.name === 'running' || (this.#state.name === 'starting' && this.#state.told);
  }

  /** Starts the first process. Rejects when it cannot take connections; then there is no second one. */
  start(): Promise<WorkerAddresses> {
    return new Promise((resolve, reject) => {
      this.#onFirst = { resolve, reject };
      this.#fork();
    });
  }

  send(message: ToWorker): void {
    if (this.#worker !== undefined) this.#outbox?.push(message);
  }

  /** Lets it drain. Resolves when there is no process any more; one that does not end in time is killed. */
  async close(graceMs: number | undefined, killAfterMs: number): Promise<void> {
    const worker = this.#worker;
    if (this.#state.name === 'pausing') clearTimeout(this.#state.timer);
    if (worker === undefined) {
      this.#state = { name: 'closed' };
      return;
    }
    const done = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
    });
    this.send({ type: 'close', graceMs });
    this.#state = { name: 'closing', worker };
    const killer = setTimeout(() => worker.process.kill('SIGKILL'), killAfterMs);
    await done;
    clearTimeout(killer);
  }

  /** Cuts what is left in a worker that drains. */
  hurry(): void {
    if (this.#state.name === 'closing') this.send({ type: 'close', graceMs: 0 });
  }

  get #worker(): Worker | undefined {
    return 'worker' in this.#state ? this.#state.worker : undefined;
  }

  #fork(): void {
    const worker = cluster.fork();
    this.#outbox = new Outbox((messages) => worker.send(messages as ToWorker[], nothing));
    this.#startedAt = new Date();
    this.#state = { name: 'starting', worker, told: false };
    const pulse = this.#watch(worker);
    worker.on('message', (messages: readonly ToPrimary[]) => {
      pulse.heard();
      for (const message of messages) this.#onMessage(worker, message);
    });
    worker.on('error', nothing);
    worker.on('exit', (code, signal) => {
      pulse.stop();
      this.#onExit({ pid: worker.process.pid ?? 0, code, signal });
    });
  }

  /** Also while it drains: one that hangs then keeps nobody's connection alive. */
  #watch(worker: Worker): Pulse {
    this.#pulse = new Pulse({
      silenceMs: this.#options.silenceMs,
      ask: () => this.send({ type: 'pulse' }),
      onSilent: (silentMs) => {
        this.#stalls += 1;
        this.#options.onSilent(worker.process.pid ?? 0, silentMs);
        // A process that was stopped, or does not return to its event loop, hears nothing else.
        worker.process.kill('SIGKILL');
      },
    });
    return this.#pulse;
  }

  #onMessage(worker: Worker, message: ToPrimary): void {
    const state = this.#state;
    switch (message.type) {
      case 'hello':
        if (state.name !== 'starting') return;
        this.send(this.#options.start());
        state.told = true;
        // Not earlier: with many workers on few processors it takes long until they are there at all.
        this.#pulse?.start();
        break;
      case 'ready': {
        if (state.name !== 'starting') return;
        const addresses = { url: message.url, own: message.own };
        this.#state = { name: 'running', worker, addresses, since: performance.now() };
        this.#options.onReady(addresses, this.pid);
        this.#onFirst?.resolve(addresses);
        this.#onFirst = undefined;
        break;
      }
      case 'failed':
        this.#onFirst?.reject(Object.assign(new Error(message.message), { code: message.code }));
        this.#options.onMessage(message);
        break;
      case 'pulse':
        break;
      default:
        this.#options.onMessage(message);
    }
  }

  #onExit(end: WorkerEnd): void {
    const state = this.#state;
    const isOver = state.name === 'closing' || this.#onFirst !== undefined;
    if (state.name === 'running' && performance.now() - state.since >= HEALTHY_MS) this.#failures = 0;
    const restartMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#state = isOver
      ? { name: 'closed' }
      : { name: 'pausing', timer: setTimeout(() => this.#restart(), restartMs) };
    this.#onFirst?.reject(new Error(`A worker ended before it took connections (${end.signal ?? end.code})`));
    this.#onFirst = undefined;
    this.#options.onExit(end, isOver ? undefined : restartMs);
    this.#onClosed();
  }

  #restart(): void {
    this.#restarts += 1;
    this.#fork();
  }
}

function nothing(): void {}
