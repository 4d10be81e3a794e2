/**
 * A relay of several processes at one port: puts it together, starts it and stops it.
 *
 * This is the primary process. It holds no connection of a sender or listener: it manages, answers at the admin port for all, and
 * repeats changes of the directory to each worker. The processes themselves are in `worker-pool.ts`.
 * @module
 */
import cluster from 'node:cluster';
import { EventEmitter } from 'node:events';
import { AdminServer, adminServerOptions } from '../admin/admin-server.js';
import { loadAdminToken } from '../admin/admin-token.js';
import { programVersion } from '../admin/program-version.js';
import type {
  Administration,
  ConnectionStringOptions,
  KeyChanges,
  PolicyReference,
} from '../administration.js';
import { type CertificateFacts, checkCertificate, type TlsOptions } from '../config/certificate.js';
import { checkConfig } from '../config/config-schema.js';
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
import type { RelayWorkersEvents } from './relay-workers-events.js';
import { WorkerPool } from './worker-pool.js';
import { type RelayWorkersStatus, workersStatus } from './workers-status.js';

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
  readonly #pool: WorkerPool;
  #state: State = { name: 'idle' };
  readonly #live: LiveDirectory;
  #management: Management | undefined;
  /** Of this process, which has no connections. */
  readonly #meter = new Meter(
    Date.now,
    () => [],
    () => undefined,
  );
  /** Absent where there is nobody to show them to. */
  #instruments: Instruments | undefined;

  /** @throws RelayConfigError when an option cannot be used. */
  constructor({ logger = silentLogger, logLevel, ...config }: RelayWorkersOptions) {
    this.#config = checkConfig(config, 'options');
    const { tls } = this.#config.listen ?? {};
    if (tls !== undefined) checkCertificate(tls, 'options: listen.tls');
    this.#live = new LiveDirectory({ publicUrl: this.#config.publicUrl, limits: this.#config.limits });
    this.#logger = logger;
    this.#pool = new WorkerPool({
      config: this.#config,
      logger,
      logLevel: logLevel ?? (logger === silentLogger ? 'silent' : 'debug'),
      events: this.events,
      onFigures: (worker, figures) => this.#instruments?.take(worker, figures),
      onReady: () => this.#tellWorkersRun(),
      onGone: (worker) => {
        this.#instruments?.workerGone(worker);
        this.#tellWorkersRun();
      },
    });
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
      await this.#pool.close(0);
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
      if (options.graceMs === 0) this.#pool.hurry();
      return state.done;
    }
    if (state.name === 'starting') throw new Error('The relay is starting: wait for listen() before close()');
    const was = state.name === 'running' ? state : undefined;
    const done = this.#pool.close(options.graceMs).then(async () => {
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
    const asked = await this.#pool.status(now);
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

  /** As `RelayServer.setCertificate`, for all workers. @throws as that does */
  setCertificate(tls: TlsOptions): CertificateFacts {
    const facts = checkCertificate(tls, 'tls');
    if (this.#config.listen?.tls === undefined) throw new Error('The relay is not open with TLS');
    this.#pool.setCertificate(tls);
    return facts;
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
    const management = await manage({
      config: this.#config,
      now: Date.now,
      onApplied: (applied, model) => this.#onApplied(applied, model),
      onAlarm: (alarm) => this.#instruments?.storeState(alarm?.message),
    });
    this.#management = management;
    this.#live.show(management.model.namespaces);
    const adminToken = await loadAdminToken(this.#config);
    if (needsInstruments(this.#config)) this.#instruments = await this.#startInstruments(management);
    const url = await this.#pool.start(management.model.namespaces);
    const managed = new Managed({
      management,
      events: this.events as unknown as EventEmitter<RelayEvents>,
      publicUrl,
      listen: { ...listen, port: portOf(url) },
      status: () => this.status(),
      cutTunnel: (id) => this.#pool.cutTunnel(id),
    });
    const admin = await this.#startAdmin(adminToken, managed);
    // Workers may have as many as this process.
    const { handshakes = DEFAULTS.limits.handshakes } = limits;
    new DescriptorWatch({ logger: this.#logger, now: Date.now }).check(
      descriptorsNeeded(this.#live.directory, handshakes, this.#pool.size),
    );
    return {
      addresses: {
        url,
        ...(admin && { admin: `http://${formatHost(admin.address)}` }),
        workers: this.#pool.urls,
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

  async #onApplied(applied: AppliedChange, model: Model): Promise<void> {
    this.#instruments?.changed(applied.change, model);
    // Nobody is connected to this process; each worker closes whom it has.
    this.#live.show(model.namespaces);
    await this.#pool.change(applied, model.namespaces);
  }

  #tellWorkersRun(): void {
    if (this.#state.name === 'running') this.#instruments?.workersRun(this.#pool.running, this.#pool.size);
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
    const { well, size } = this.#pool;
    if (well === size) return 'ok';
    return well === 0 ? 'down' : 'degraded';
  }
}
