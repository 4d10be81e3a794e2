/**
 * A relay of several processes at one port: puts it together, starts it and stops it.
 *
 * This is the primary process. It holds no connection of a sender or listener; it starts the workers and starts them
 * again, knows who listens where, answers at the admin port for all, and repeats changes of the directory to each.
 * @module
 */
import cluster from 'node:cluster';
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AdminServer, adminServerOptions } from '../admin/admin-server.js';
import { loadAdminToken } from '../admin/admin-token.js';
import { programVersion } from '../admin/program-version.js';
import type {
  Administration,
  ConnectionStringOptions,
  KeyChanges,
  PolicyReference,
} from '../administration.js';
import { checkConfig, workerCount, workerPorts } from '../config/config-schema.js';
import { DEFAULTS, type HybridConnectionOptions, type RelayConfig } from '../config/options.js';
import { DescriptorWatch, descriptorsNeeded } from '../descriptors.js';
import type { KeySlot } from '../directory/directory.js';
import { LiveDirectory } from '../directory/live-directory.js';
import type { RelayEvents } from '../events.js';
import { formatHost, portOf } from '../front/relay-addresses.js';
import { type Logger, type LoggerLevel, silentLogger } from '../logger.js';
import { Managed } from '../managed.js';
import type { RelayHealth } from '../management/route.js';
import { Instruments, needsInstruments } from '../metrics/instruments.js';
import { Meter } from '../metrics/meter.js';
import type { ManagedRelay } from '../model/managed-relay.js';
import type { AppliedChange, Management } from '../model/management.js';
import type { Model } from '../model/model.js';
import type { RelayAddresses } from '../relay-server.js';
import { manage } from '../store/manage.js';
import type { ToPrimary, ToWorker } from './messages.js';
import type { RelayWorkersEvents } from './relay-workers-events.js';
import { canReusePort } from './shared-port.js';
import { Switchboard } from './switchboard.js';
import { WorkerQuestions } from './worker-questions.js';
import { type WorkerEnd, WorkerSlot } from './worker-slot.js';
import { type RelayWorkersStatus, workersStatus } from './workers-status.js';

/** The program of a worker, beside the built package: found by its name, so that the sources find it, too. */
const WORKER = join(dirname(createRequire(import.meta.url).resolve('@hybridge/relay')), 'worker-process.js');

/** How much longer than its grace period a worker may take to end: tunnels are told, and cut a second later. */
const KILL_AFTER_MS = 5_000;

/** All that a relay with workers can be told: what stands in a configuration file, and where it writes. */
export interface RelayWorkersOptions extends RelayConfig {
  /** Takes the lines of all processes; those of a worker have its number. @defaultValue writes nothing */
  readonly logger?: Logger;
  /** Lines below this level are not sent from the workers. @defaultValue debug */
  readonly logLevel?: LoggerLevel | 'silent';
}

/** Where a relay with workers can be reached. */
export interface RelayWorkersAddresses extends Omit<RelayAddresses, 'own'> {
  /** Each worker's own port, `ws://…` or `wss://…`. Listeners are sent there, and so have to reach all of them. */
  readonly workers: readonly string[];
}

interface Running {
  readonly addresses: RelayWorkersAddresses;
  readonly adminToken: string | undefined;
  readonly managed: Managed;
  readonly startedAt: number;
  readonly admin: AdminServer | undefined;
}

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'starting' }
  | ({ readonly name: 'running' } & Running)
  /** `was` is `undefined` for a relay that never ran. */
  | { readonly name: 'closed'; readonly done: Promise<void>; readonly was: Running | undefined };

/** A relay of several processes. There can be one in a process, which uses `node:cluster` for it. */
export class RelayWorkers {
  /** What happens, as it happens. Only events that somebody listens to are sent from the workers. */
  readonly events = new EventEmitter<RelayWorkersEvents>();
  readonly #config: RelayConfig;
  readonly #logger: Logger;
  readonly #logLevel: LoggerLevel | 'silent';
  readonly #slots: readonly WorkerSlot[];
  readonly #switchboard = new Switchboard(() => this.#slots);
  readonly #questions = new WorkerQuestions();
  #state: State = { name: 'idle' };
  readonly #live: LiveDirectory;
  /** What the workers have been told, or are being told. */
  #told!: Model;
  #management: Management | undefined;
  /** Of this process, which has no connections. */
  readonly #meter = new Meter(
    Date.now,
    () => [],
    () => undefined,
  );
  /** Absent where there is nobody to show them to. */
  #instruments: Instruments | undefined;
  #reusePort = false;
  /** The port of the first worker, where any free one was wanted. */
  #port: number;

  /** @throws RelayConfigError when an option cannot be used. */
  constructor({ logger = silentLogger, logLevel, ...config }: RelayWorkersOptions) {
    this.#config = checkConfig(config, 'options');
    this.#live = new LiveDirectory({ publicUrl: this.#config.publicUrl, limits: this.#config.limits });
    this.#logger = logger;
    this.#logLevel = logLevel ?? (logger === silentLogger ? 'silent' : 'debug');
    this.#port = this.#config.listen?.port ?? DEFAULTS.port;
    this.#slots = Array.from({ length: workerCount(this.#config.workers?.count ?? 'auto') }, (_, index) =>
      this.#slot(index + 1),
    );
    const emitter = this.events as EventEmitter;
    for (const name of ['newListener', 'removeListener']) {
      // The first comes just before the listener is there.
      emitter.on(name, () => queueMicrotask(() => this.#tellHeard()));
    }
  }

  /** The data plane, `ws://…` or `wss://…`. @throws Error when the relay does not run. */
  get url(): string {
    return this.#running().addresses.url;
  }

  /** The bearer token of the admin port; `undefined` when there is no such port. @throws Error when the relay does not run. */
  get adminToken(): string | undefined {
    return this.#running().adminToken;
  }

  /**
   * Starts all workers. Keys that were not given are generated, and written to `dataDir` before anybody can use them.
   * @returns where the relay is, once all workers take connections
   * @throws RelayConfigError when the data folder cannot be used; Node's own error when a port cannot be.
   */
  async listen(): Promise<RelayWorkersAddresses> {
    if (this.#state.name !== 'idle') throw new Error('A relay can be started once');
    if (!cluster.isPrimary) throw new Error('A worker cannot have workers');
    this.#state = { name: 'starting' };
    try {
      this.#state = { name: 'running', ...(await this.#start()) };
    } catch (error) {
      await this.#closeSlots(0);
      await this.#instruments?.close();
      await this.#management?.close();
      this.#state = { name: 'closed', done: Promise.resolve(), was: undefined };
      throw error;
    }
    const { addresses } = this.#state;
    this.#logger.info('The relay takes connections', { ...addresses });
    return addresses;
  }

  /**
   * Stops all workers, each as `RelayServer.close` does. Calling it again waits for the same end; with `graceMs: 0` it cuts
   * what is left.
   * @param options - `graceMs`: how long to wait for joined connections; `timeouts.drainMs` unless given.
   */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    const state = this.#state;
    if (state.name === 'closed') {
      if (options.graceMs === 0) for (const slot of this.#slots) slot.hurry();
      return state.done;
    }
    if (state.name === 'starting') throw new Error('The relay is starting: wait for listen() before close()');
    const was = state.name === 'running' ? state : undefined;
    const done = this.#closeSlots(options.graceMs).then(async () => {
      was?.admin?.close();
      await this.#management?.close();
      await this.#instruments?.close();
      this.#meter.stop();
      this.#logger.info('The relay is closed');
    });
    this.#state = { name: 'closed', done, was };
    return done;
  }

  /** Closes without a grace period, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ graceMs: 0 });
  }

  /**
   * What the relay is doing right now, over all workers, also while it closes. One that does not answer within 2 s is
   * shown without figures. @throws Error when it was never started.
   */
  async status(): Promise<RelayWorkersStatus> {
    const { addresses, startedAt } =
      (this.#state.name === 'closed' ? this.#state.was : undefined) ?? this.#running();
    const now = Date.now();
    const asked = await Promise.all(this.#slots.map((slot) => this.#questions.status(slot, now)));
    return workersStatus(
      {
        url: addresses.url,
        startedAt: new Date(startedAt),
        uptimeMs: now - startedAt,
        memory: process.memoryUsage(),
      },
      asked,
    );
  }

  /** As `RelayServer.connectionString`. @throws RelayConfigError when there is no such hybrid connection or policy. */
  connectionString(hybridConnection: string, options: string | ConnectionStringOptions = {}): string {
    return this.#administration().connectionString(hybridConnection, options);
  }

  /** As `RelayServer.addHybridConnection`; resolves when all workers have it. @throws as that does */
  async addHybridConnection(options: string | HybridConnectionOptions, namespace?: string): Promise<void> {
    await this.#administration().add(options, namespace);
  }

  /** As `RelayServer.removeHybridConnection`; resolves when all workers have done it. @throws as that does */
  async removeHybridConnection(name: string, namespace?: string): Promise<void> {
    await this.#administration().remove(name, namespace);
  }

  /** As `RelayServer.setKeys`; resolves when the keys count at all workers. @throws as that does */
  async setKeys(policy: PolicyReference, keys: KeyChanges): Promise<void> {
    await this.#administration().setKeys(policy, keys);
  }

  /** As `RelayServer.regenerateKey`. @returns the key @throws as that does */
  async regenerateKey(policy: PolicyReference, slot: KeySlot): Promise<string> {
    return this.#administration().regenerateKey(policy, slot);
  }

  /** As `RelayServer.managed`, for all workers. @throws Error when the relay does not run. */
  get managed(): ManagedRelay {
    return this.#running().managed;
  }

  #administration(): Administration {
    return this.#running().managed.administration;
  }

  #running(): Running {
    if (this.#state.name === 'running') return this.#state;
    throw new Error(`The relay does not run: it is ${this.#state.name}`);
  }

  async #start(): Promise<Running> {
    const { publicUrl, listen = {}, limits = {} } = this.#config;
    const { host = DEFAULTS.host } = listen;
    const management = await manage({
      config: this.#config,
      now: Date.now,
      onApplied: (applied, model) => this.#onApplied(applied, model),
      onAlarm: (alarm) => this.#instruments?.storeState(alarm?.message),
    });
    this.#management = management;
    this.#told = management.model;
    this.#live.show(management.model.namespaces);
    const adminToken = await loadAdminToken(this.#config);
    if (needsInstruments(this.#config)) this.#instruments = await this.#startInstruments(management);
    this.#reusePort = await canReusePort(host, this.#port);

    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ exec: WORKER, args: [], serialization: 'advanced' });
    const [first, ...others] = this.#slots as [WorkerSlot, ...WorkerSlot[]];
    const { url } = await first.start();
    // Workers that wait at one socket ask for it by the number that was configured, be it 0.
    if (this.#reusePort) this.#port = portOf(url);
    await Promise.all(others.map((slot) => slot.start()));
    const managed = new Managed({
      management,
      events: this.events as unknown as EventEmitter<RelayEvents>,
      publicUrl,
      listen: { ...listen, port: portOf(url) },
      status: () => this.status(),
      cutTunnel: (id) => this.#questions.cutTunnel(this.#slots, id),
    });
    const admin = await this.#startAdmin(adminToken, managed);
    // Workers may have as many as this process.
    const { handshakes = DEFAULTS.limits.handshakes } = limits;
    new DescriptorWatch({ logger: this.#logger, now: Date.now }).check(
      descriptorsNeeded(this.#live.directory, handshakes, this.#slots.length),
    );
    return {
      addresses: {
        url,
        ...(admin && { admin: `http://${formatHost(admin.address)}` }),
        workers: this.#slots.map(({ addresses }) => addresses?.own ?? ''),
      },
      adminToken,
      managed,
      startedAt: Date.now(),
      admin: admin?.server,
    };
  }

  /** Before the first worker is: it is told what is heard. */
  async #startInstruments(management: Management): Promise<Instruments> {
    const { dataDir, audit } = this.#config;
    const instruments = new Instruments({
      ...{ dataDir, audit, now: Date.now },
      model: () => management.model,
      status: () => this.status(),
      figures: () => this.#meter.take(),
      version: programVersion(),
      logger: this.#logger,
    });
    await instruments.start(this.events as unknown as EventEmitter<RelayEvents>);
    return instruments;
  }

  #slot(number: number): WorkerSlot {
    const slot: WorkerSlot = new WorkerSlot({
      number,
      silenceMs: this.#config.workers?.silenceMs ?? DEFAULTS.workerSilenceMs,
      start: () => ({
        type: 'start',
        worker: number,
        config: this.#configOf(),
        namespaces: this.#told.namespaces,
        port: this.#portOf(number),
        logLevel: this.#logLevel,
        listeners: this.#switchboard.listeners,
        elsewhere: this.#switchboard.elsewhere(number),
        heard: this.#heard(),
      }),
      onMessage: (message) => this.#onMessage(slot, message),
      onReady: ({ own: url }, pid) => {
        this.#logger.info('A worker takes connections', { worker: number, pid, url });
        this.events.emit('worker-started', { worker: number, pid, url });
        this.#tellWorkersRun();
      },
      onSilent: (pid, silentMs) => {
        this.#logger.error('A worker does not answer, and is killed', { worker: number, pid, silentMs });
        this.events.emit('worker-silent', { worker: number, pid, silentMs });
      },
      onExit: (end, restartMs) => this.#onExit(slot, end, restartMs),
    });
    return slot;
  }

  /** What a worker is started with, beside the model: nothing that is the primary's own. */
  #configOf(): RelayConfig {
    const {
      dataDir: _dataDir,
      admin: _admin,
      workers: _workers,
      namespaces: _namespaces,
      audit: _audit,
      listen,
      ...config
    } = this.#config;
    return {
      ...config,
      listen: { ...listen, port: this.#port },
    };
  }

  #portOf(number: number) {
    const { workers } = this.#config;
    const own = workers === undefined ? 0 : workerPorts(workers)[number - 1]!;
    const publicUrl = workers?.publicUrl?.replaceAll('{worker}', String(number)).replace(/\/$/, '');
    return { own, publicUrl, reusePort: this.#reusePort };
  }

  #onMessage(slot: WorkerSlot, message: ToPrimary): void {
    const worker = slot.number;
    switch (message.type) {
      case 'log':
        this.#logger[message.level](message.message, { worker, ...message.fields });
        break;
      case 'event':
        (this.events as EventEmitter).emit(message.name, { ...(message.event as object), worker });
        break;
      case 'figures':
        this.#instruments?.take(worker, message.figures);
        break;
      case 'changed':
      case 'cut':
      case 'status':
        this.#questions.answered(message);
        break;
      case 'failed':
        this.#logger.error('A worker cannot start', { worker, error: message.message });
        break;
      default:
        this.#switchboard.handle(slot, message);
    }
  }

  #onExit(slot: WorkerSlot, end: WorkerEnd, restartMs: number | undefined): void {
    const worker = slot.number;
    this.#switchboard.workerGone(slot);
    this.#questions.workerGone(worker);
    this.#instruments?.workerGone(worker);
    if (this.#state.name === 'running') this.#tellWorkersRun();
    if (restartMs !== undefined) this.#logger.error('A worker died', { worker, ...end, restartMs });
    this.events.emit('worker-exited', { worker, ...end, restartMs });
  }

  /** Workers are told of what they serve; plans, apps and tokens are nothing to them. */
  async #onApplied(applied: AppliedChange, model: Model): Promise<void> {
    const before = this.#told;
    this.#told = model;
    this.#instruments?.changed(applied.change, model);
    if (model.namespaces === before.namespaces) return;
    // Nobody is connected to this process; each worker closes whom it has.
    this.#live.show(model.namespaces);
    const told = this.#slots.filter((slot) => slot.isTold);
    await this.#questions.change(told, applied);
  }

  #tellWorkersRun(): void {
    const running = this.#slots.filter(({ addresses }) => addresses !== undefined).length;
    if (this.#state.name !== 'starting') this.#instruments?.workersRun(running, this.#slots.length);
  }

  async #closeSlots(graceMs: number | undefined): Promise<void> {
    const { drainMs = DEFAULTS.timeouts.drainMs } = this.#config.timeouts ?? {};
    const killAfterMs = (graceMs ?? drainMs) + KILL_AFTER_MS;
    await Promise.all(this.#slots.map((slot) => slot.close(graceMs, killAfterMs)));
  }

  async #startAdmin(token: string | undefined, relay: ManagedRelay) {
    if (token === undefined) return undefined;
    const server = new AdminServer({
      ...adminServerOptions(this.#config),
      ...{ token, relay, logger: this.#logger },
      health: () => this.#health(),
      ports: this.#instruments?.ports ?? {},
    });
    return { server, address: await server.listen() };
  }

  #health(): RelayHealth {
    if (this.#state.name === 'starting') return 'starting';
    if (this.#state.name !== 'running') return 'closing';
    const well = this.#slots.filter(({ addresses, silentMs }) => addresses !== undefined && silentMs === 0);
    if (well.length === this.#slots.length) return 'ok';
    return well.length === 0 ? 'down' : 'degraded';
  }

  /** Events that somebody listens to. */
  #heard(): (keyof RelayEvents)[] {
    const own: readonly unknown[] = [
      ...['worker-started', 'worker-silent', 'worker-exited'],
      ...['newListener', 'removeListener'],
    ];
    return this.events.eventNames().filter((name) => !own.includes(name)) as unknown as (keyof RelayEvents)[];
  }

  #tellHeard(): void {
    const message: ToWorker = { type: 'hear', names: this.#heard() };
    for (const slot of this.#slots) if (slot.isTold) slot.send(message);
  }
}
