/**
 * The worker processes of one relay: starts them, hands on what they say, tells each what it has to know.
 *
 * The first one starts alone, since it may be the one that finds the port. What a worker says to other workers goes over the
 * switchboard, an answer to the question that it belongs to; logs and events are passed on as this process's own, with the number of
 * the worker. Management stays with the owner, which shows each state of it here.
 * @module
 */
import cluster from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TlsOptions } from '../config/certificate.js';
import { workerCount, workerPorts } from '../config/config-schema.js';
import { DEFAULTS, type RelayConfig } from '../config/options.js';
import type { RelayEvents } from '../events.js';
import { portOf } from '../front/relay-addresses.js';
import type { Logger, LoggerLevel } from '../logger.js';
import type { Figures } from '../metrics/meter.js';
import type { AppliedChange } from '../model/management.js';
import type { NamespaceModel } from '../model/model.js';
import type { ToPrimary, ToWorker } from './messages.js';
import type { RelayWorkersEvents } from './relay-workers-events.js';
import { canReusePort } from './shared-port.js';
import { Switchboard } from './switchboard.js';
import { WorkerQuestions } from './worker-questions.js';
import { type WorkerEnd, WorkerSlot } from './worker-slot.js';
import type { AskedWorker } from './workers-status.js';

/** The program of a worker, beside the built package: found by its name, so that the sources find it, too. */
const WORKER = join(dirname(createRequire(import.meta.url).resolve('@hybridge/relay')), 'worker-process.js');

/** How much longer than its grace period a worker may take to end: tunnels are told, and cut a second later. */
const KILL_AFTER_MS = 5_000;

/** What a pool is made with, and whom it tells. */
export interface WorkerPoolOptions {
  /** Checked. */
  readonly config: RelayConfig;
  readonly logger: Logger;
  /** Lines below this level are not sent from the workers. */
  readonly logLevel: LoggerLevel | 'silent';
  /** Where events of all workers are told. Only those that somebody listens to are sent from the workers. */
  readonly events: EventEmitter<RelayWorkersEvents>;
  readonly onFigures: (worker: number, figures: Figures) => void;
  /** One more takes connections. */
  readonly onReady: () => void;
  /** One is gone, with all that it had; before that is told as an event. */
  readonly onGone: (worker: number) => void;
}

/** All workers. There can be one pool in a process, which uses `node:cluster` for it. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #slots: readonly WorkerSlot[];
  readonly #switchboard = new Switchboard(() => this.#slots);
  readonly #questions = new WorkerQuestions();
  /** What the workers have been told that they serve, or are being told. */
  #namespaces: readonly NamespaceModel[] = [];
  #reusePort = false;
  /** In place of the one that was configured. */
  #tls: TlsOptions | undefined;
  /** The port of the first worker, where any free one was wanted. */
  #port: number;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    const { config, events } = options;
    this.#port = config.listen?.port ?? DEFAULTS.port;
    this.#slots = Array.from({ length: workerCount(config.workers?.count ?? 'auto') }, (_, index) =>
      this.#slot(index + 1),
    );
    for (const name of ['newListener', 'removeListener']) {
      // The first comes just before the listener is there.
      (events as EventEmitter).on(name, () => queueMicrotask(() => this.#tellHeard()));
    }
  }

  /** How many there are to be. */
  get size(): number {
    return this.#slots.length;
  }

  /** How many take connections. */
  get running(): number {
    return this.#slots.filter(({ addresses }) => addresses !== undefined).length;
  }

  /** How many take connections and answer this process. */
  get well(): number {
    return this.#slots.filter(({ addresses, silentMs }) => addresses !== undefined && silentMs === 0).length;
  }

  /** Each worker's own port, `ws://…` or `wss://…`; empty for one that does not run. */
  get urls(): readonly string[] {
    return this.#slots.map(({ addresses }) => addresses?.own ?? '');
  }

  /**
   * Starts all.
   * @returns the shared port, `ws://…` or `wss://…`, once all take connections
   * @throws Node's own error when the port cannot be had; Error when a worker cannot start
   */
  async start(namespaces: readonly NamespaceModel[]): Promise<string> {
    const { host = DEFAULTS.host } = this.#options.config.listen ?? {};
    this.#namespaces = namespaces;
    this.#reusePort = await canReusePort(host, this.#port);
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ exec: WORKER, args: [], serialization: 'advanced' });
    const [first, ...others] = this.#slots as [WorkerSlot, ...WorkerSlot[]];
    const { url } = await first.start();
    // Workers that wait at one socket ask for it by the number that was configured, be it 0.
    if (this.#reusePort) this.#port = portOf(url);
    await Promise.all(others.map((slot) => slot.start()));
    return url;
  }

  /** Repeats a change that was made. Resolves when all workers have it, or are gone. */
  async change(applied: AppliedChange, namespaces: readonly NamespaceModel[]): Promise<void> {
    // Workers are told of what they serve; plans, apps and tokens are nothing to them.
    if (namespaces === this.#namespaces) return;
    this.#namespaces = namespaces;
    await this.#questions.change(
      this.#slots.filter((slot) => slot.isTold),
      applied,
    );
  }

  /** Has all show another certificate, those as well that are started later. */
  setCertificate(tls: TlsOptions): void {
    this.#tls = tls;
    for (const slot of this.#slots) if (slot.isTold) slot.send({ type: 'certificate', tls });
  }

  /** What each is doing. One that does not answer within 2 s is shown without figures. */
  status(now: number): Promise<AskedWorker[]> {
    return Promise.all(this.#slots.map((slot) => this.#questions.status(slot, now)));
  }

  /** @returns whether one of them had the tunnel */
  cutTunnel(tunnelId: string): Promise<boolean> {
    return this.#questions.cutTunnel(this.#slots, tunnelId);
  }

  /**
   * Lets all of them drain. Resolves when there is no process any more; one that does not end in time is killed.
   * @param graceMs - how long to wait for joined connections; `timeouts.drainMs` unless given
   */
  async close(graceMs: number | undefined): Promise<void> {
    const { drainMs = DEFAULTS.timeouts.drainMs } = this.#options.config.timeouts ?? {};
    const killAfterMs = (graceMs ?? drainMs) + KILL_AFTER_MS;
    await Promise.all(this.#slots.map((slot) => slot.close(graceMs, killAfterMs)));
  }

  /** Cuts what is left in workers that drain. */
  hurry(): void {
    for (const slot of this.#slots) slot.hurry();
  }

  #slot(number: number): WorkerSlot {
    const { config, logger, logLevel, events, onReady } = this.#options;
    const slot: WorkerSlot = new WorkerSlot({
      number,
      silenceMs: config.workers?.silenceMs ?? DEFAULTS.workerSilenceMs,
      start: () => ({
        type: 'start',
        worker: number,
        config: this.#configOf(),
        namespaces: this.#namespaces,
        port: this.#portOf(number),
        logLevel,
        listeners: this.#switchboard.listeners,
        elsewhere: this.#switchboard.elsewhere(number),
        heard: this.#heard(),
      }),
      onMessage: (message) => this.#onMessage(slot, message),
      onReady: ({ own: url }, pid) => {
        logger.info('A worker takes connections', { worker: number, pid, url });
        events.emit('worker-started', { worker: number, pid, url });
        onReady();
      },
      onSilent: (pid, silentMs) => {
        logger.error('A worker does not answer, and is killed', { worker: number, pid, silentMs });
        events.emit('worker-silent', { worker: number, pid, silentMs });
      },
      onExit: (end, restartMs) => this.#onExit(slot, end, restartMs),
    });
    return slot;
  }

  /** What a worker is started with, beside the namespaces: nothing that is the primary's own. */
  #configOf(): RelayConfig {
    const {
      dataDir: _dataDir,
      admin: _admin,
      workers: _workers,
      namespaces: _namespaces,
      audit: _audit,
      listen,
      ...config
    } = this.#options.config;
    const tls = this.#tls ?? listen?.tls;
    return { ...config, listen: { ...listen, port: this.#port, ...(tls && { tls }) } };
  }

  #portOf(number: number) {
    const { workers } = this.#options.config;
    const own = workers === undefined ? 0 : workerPorts(workers)[number - 1]!;
    const publicUrl = workers?.publicUrl?.replaceAll('{worker}', String(number)).replace(/\/$/, '');
    return { own, publicUrl, reusePort: this.#reusePort };
  }

  #onMessage(slot: WorkerSlot, message: ToPrimary): void {
    const worker = slot.number;
    const { logger, events, onFigures } = this.#options;
    switch (message.type) {
      case 'log':
        logger[message.level](message.message, { worker, ...message.fields });
        break;
      case 'event':
        (events as EventEmitter).emit(message.name, { ...(message.event as object), worker });
        break;
      case 'figures':
        onFigures(worker, message.figures);
        break;
      case 'changed':
      case 'cut':
      case 'status':
        this.#questions.answered(message);
        break;
      case 'failed':
        logger.error('A worker cannot start', { worker, error: message.message });
        break;
      default:
        this.#switchboard.handle(slot, message);
    }
  }

  #onExit(slot: WorkerSlot, end: WorkerEnd, restartMs: number | undefined): void {
    const worker = slot.number;
    const { logger, events, onGone } = this.#options;
    this.#switchboard.workerGone(slot);
    this.#questions.workerGone(worker);
    onGone(worker);
    if (restartMs !== undefined) logger.error('A worker died', { worker, ...end, restartMs });
    events.emit('worker-exited', { worker, ...end, restartMs });
  }

  /** Events of workers that somebody listens to. */
  #heard(): (keyof RelayEvents)[] {
    const own: readonly unknown[] = [
      ...['worker-started', 'worker-silent', 'worker-exited'],
      ...['newListener', 'removeListener'],
    ];
    const names = this.#options.events.eventNames().filter((name) => !own.includes(name));
    return names as unknown as (keyof RelayEvents)[];
  }

  #tellHeard(): void {
    const message: ToWorker = { type: 'hear', names: this.#heard() };
    for (const slot of this.#slots) if (slot.isTold) slot.send(message);
  }
}
