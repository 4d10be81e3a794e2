/**
 * A relay: its data plane, what it keeps, and what shows and manages it. Starts and stops them together.
 * @module
 */
import type { EventEmitter } from 'node:events';
import { AdminServer, adminServerOptions } from './admin/admin-server.js';
import { loadAdminToken } from './admin/admin-token.js';
import { programVersion } from './admin/program-version.js';
import type {
  Administration,
  ConnectionStringOptions,
  KeyChanges,
  PolicyReference,
} from './administration.js';
import { JwksVerifier } from './authorization/jwks-verifier.js';
import { type CertificateFacts, checkCertificate, type TlsOptions } from './config/certificate.js';
import { checkConfig, workerCount } from './config/config-schema.js';
import {
  DEFAULTS,
  type HybridConnectionOptions,
  type RelayConfig,
  type RelayLimits,
  type RelayOptions,
  type RelayTimeouts,
} from './config/options.js';
import { RelayConfigError } from './config/relay-config-error.js';
import { DataPlane } from './data-plane.js';
import { DescriptorWatch, descriptorsNeeded } from './descriptors.js';
import type { KeySlot } from './directory/directory.js';
import type { RelayEvents } from './events.js';
import { formatHost, portOf } from './front/relay-addresses.js';
import { Journal } from './journal.js';
import { MemoryBackplane } from './listeners/backplane.js';
import { silentLogger } from './logger.js';
import { Managed } from './managed.js';
import type { RelayHealth } from './management/route.js';
import { Instruments, needsInstruments } from './metrics/instruments.js';
import type { Figures } from './metrics/meter.js';
import { applyChange } from './model/apply-change.js';
import type { ManagedRelay } from './model/managed-relay.js';
import type { AppliedChange, Management } from './model/management.js';
import { EMPTY_MODEL, type Model } from './model/model.js';
import { type RelayStatus, relayStatus } from './relay-status.js';
import { manage } from './store/manage.js';
import type { Loads } from './workers/messages.js';
import type { Seat } from './workers/seat.js';

/** Where a relay can be reached. */
export interface RelayAddresses {
  /** The data plane, `ws://…` or `wss://…`. */
  readonly url: string;
  /** The admin port, `http://…`; absent when there is none. */
  readonly admin?: string;
  /** Of one of several workers: the data plane at its own port. */
  readonly own?: string;
}

/** What is there only while the relay runs. */
interface Running {
  readonly addresses: RelayAddresses;
  readonly adminToken: string | undefined;
  readonly startedAt: number;
  /** Absent for one of several workers: it is their primary process that is managed. */
  readonly managed: Managed | undefined;
  readonly management: Management | undefined;
  readonly admin: AdminServer | undefined;
}

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'starting' }
  | ({ readonly name: 'running' } & Running)
  /** `was` is `undefined` for a relay that never ran. */
  | { readonly name: 'closed'; readonly done: Promise<void>; readonly was: Running | undefined };

/** A relay for hybrid connections. */
export class RelayServer {
  readonly #config: RelayConfig;
  readonly #limits: Required<RelayLimits>;
  readonly #timeouts: Required<RelayTimeouts>;
  readonly #now: () => number;
  readonly #journal: Journal;
  readonly #plane: DataPlane;
  /** Absent for one of several workers, and where there is nobody to show them to. */
  #instruments: Instruments | undefined;
  readonly #descriptors: DescriptorWatch;
  readonly #seat: Seat | undefined;
  /** What a worker was told: that of a relay by itself is with its management. */
  #told: Model;
  #state: State = { name: 'idle' };

  /**
   * @param seat - for one of several workers: its place among them. Not for applications, which use `RelayWorkers`.
   * @throws RelayConfigError when an option cannot be used.
   */
  constructor(options: RelayOptions = {}, seat?: Seat) {
    const {
      logger = silentLogger,
      backplane = new MemoryBackplane(),
      now = Date.now,
      tokenVerifier,
      ...config
    } = options;
    this.#config = checkConfig(config, 'options');
    if (this.#config.workers !== undefined && workerCount(this.#config.workers.count) !== 1) {
      throw new RelayConfigError('options: a RelayServer is one process; several workers are a RelayWorkers');
    }
    this.#seat = seat;
    const { jwt, listen } = this.#config;
    if (listen?.tls !== undefined) checkCertificate(listen.tls, 'options: listen.tls');
    if (tokenVerifier !== undefined && jwt !== undefined) {
      throw new RelayConfigError('options: tokenVerifier and jwt exclude each other');
    }
    this.#limits = { ...DEFAULTS.limits, ...this.#config.limits };
    this.#timeouts = { ...DEFAULTS.timeouts, ...this.#config.timeouts };
    this.#told = { ...EMPTY_MODEL, namespaces: seat?.namespaces ?? [] };
    this.#now = now;
    this.#journal = new Journal(logger, now);
    this.#descriptors = new DescriptorWatch({ logger, now });
    this.#plane = new DataPlane({
      config: this.#config,
      limits: this.#limits,
      timeouts: this.#timeouts,
      backplane,
      verifier: tokenVerifier ?? (jwt && new JwksVerifier(jwt, now)),
      journal: this.#journal,
      descriptors: this.#descriptors,
      seat,
      now,
    });
  }

  /** What happens, as it happens. */
  get events(): EventEmitter<RelayEvents> {
    return this.#journal.events;
  }

  /** The data plane, `ws://…` or `wss://…`. @throws Error when the relay does not run. */
  get url(): string {
    return this.#running().addresses.url;
  }

  /** The bearer token of the admin port; `undefined` when there is no such port. @throws Error when the relay does not run. */
  get adminToken(): string | undefined {
    return this.#running().adminToken;
  }

  /** For those who manage the relay: what it serves, and all that can be changed. @throws Error when the relay does not run. */
  get managed(): ManagedRelay {
    return this.#managed();
  }

  /**
   * Starts. Keys that were not given are generated, and written to `dataDir` before anybody can use them.
   * @throws RelayConfigError when the data folder cannot be used, or another relay uses it; Node's own error when a port
   * cannot be.
   */
  async listen(): Promise<RelayAddresses> {
    if (this.#state.name !== 'idle') throw new Error('A relay can be started once');
    this.#state = { name: 'starting' };
    try {
      this.#state = { name: 'running', ...(await this.#start()) };
    } catch (error) {
      this.#state = { name: 'closed', done: Promise.resolve(), was: undefined };
      throw error;
    }
    const { addresses } = this.#state;
    this.#journal.log.info('The relay takes connections', { ...addresses });
    return addresses;
  }

  /**
   * Stops: takes no more connections, sends listeners elsewhere (1001), refuses senders that wait (503), lets joined
   * connections end by themselves, and closes those that have not (1001). Calling it again waits for the same end; with
   * `graceMs: 0` it cuts what is left, so that peers see a reset.
   * @param options - `graceMs`: how long to wait for joined connections; `timeouts.drainMs` unless given.
   */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    const state = this.#state;
    if (state.name === 'closed') {
      if (options.graceMs === 0) this.#plane.cut();
      return state.done;
    }
    if (state.name === 'starting') throw new Error('The relay is starting: wait for listen() before close()');
    const was = state.name === 'running' ? state : undefined;
    const done = was === undefined ? Promise.resolve() : this.#stop(was, options.graceMs);
    this.#state = { name: 'closed', done, was };
    return done;
  }

  /** Closes without a grace period, at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ graceMs: 0 });
  }

  /** What the relay is doing right now, also while it closes. @throws Error when it was never started. */
  status(): RelayStatus {
    const { addresses, startedAt } =
      (this.#state.name === 'closed' ? this.#state.was : undefined) ?? this.#running();
    const { directory, listeners, rendezvous, tunnels, exchanges } = this.#plane;
    return relayStatus({
      url: addresses.url,
      startedAt,
      now: this.#now(),
      descriptors: this.#descriptors.status,
      ...{ directory, listeners, rendezvous, tunnels, exchanges },
    });
  }

  /**
   * A connection string for a hybrid connection: what listeners and senders are configured with. It holds a key.
   * @param hybridConnection - its name
   * @param options - or just the name of a shared access policy, of the hybrid connection or else of its namespace
   * @throws RelayConfigError when there is no such hybrid connection or policy.
   */
  connectionString(hybridConnection: string, options: string | ConnectionStringOptions = {}): string {
    return this.#administration().connectionString(hybridConnection, options);
  }

  /**
   * Adds a hybrid connection while the relay runs. With a `dataDir` it is kept over a restart.
   * @throws RelayConfigError when it cannot be used, or its name is taken; ManagementError when it cannot be kept.
   */
  async addHybridConnection(options: string | HybridConnectionOptions, namespace?: string): Promise<void> {
    await this.#administration().add(options, namespace);
  }

  /**
   * Removes a hybrid connection while the relay runs: its listeners and its joined connections are closed (1001), its
   * waiting senders refused (404). One that the configuration declares is back after a restart.
   * @throws RelayConfigError when there is no such hybrid connection; ManagementError when that cannot be kept.
   */
  async removeHybridConnection(name: string, namespace?: string): Promise<void> {
    await this.#administration().remove(name, namespace);
  }

  /**
   * Puts new keys in place of those of a policy; keys that are left out stay. Whoever is here by a key that stays does
   * not notice. Listeners that came by one that is gone are closed (1008); joined connections stay. With a `dataDir`
   * keys are kept over a restart; those that the configuration gives come back from there.
   * @throws RelayConfigError when there is no such policy, or a key cannot be used; ManagementError when it cannot be kept.
   */
  async setKeys(policy: PolicyReference, keys: KeyChanges): Promise<void> {
    await this.#administration().setKeys(policy, keys);
  }

  /**
   * Makes a new key for a policy, as {@link RelayServer.setKeys} does.
   * @returns the key
   * @throws RelayConfigError when there is no such policy.
   */
  async regenerateKey(policy: PolicyReference, key: KeySlot): Promise<string> {
    return this.#administration().regenerateKey(policy, key);
  }

  /**
   * Shows another certificate to those who come from now on, without a moment in between; who is connected notices nothing.
   * @returns what it says of itself
   * @throws RelayConfigError when it cannot be used, and the one before stays; Error when the relay does not run with TLS.
   */
  setCertificate(tls: TlsOptions): CertificateFacts {
    const facts = checkCertificate(tls, 'tls');
    this.#plane.setCertificate(tls);
    return facts;
  }

  /** Repeats what the primary process has done: for one of several workers. */
  repeat({ change, at, keys }: AppliedChange): void {
    const made = [...keys];
    this.#told = applyChange(this.#told, change, { now: at, newKey: () => made.shift()! });
    this.#plane.show(this.#told);
  }

  /** Cuts a joined connection; its ends see a reset. @returns whether there was one. */
  cutTunnel(id: string): boolean {
    return this.#plane.tunnels.cutOne(id);
  }

  /** How much of each is here, by namespace. */
  load(): Loads {
    return this.#state.name === 'running' ? this.#plane.load() : {};
  }

  /** What has changed in this process since this was asked last: for one of several workers, and for the admin port. */
  figures(): Figures {
    return this.#plane.meter.take();
  }

  #running(): Running {
    if (this.#state.name === 'running') return this.#state;
    throw new Error(`The relay does not run: it is ${this.#state.name}`);
  }

  #managed(): Managed {
    const { managed } = this.#running();
    if (managed === undefined) throw new Error('A worker is managed by its primary process');
    return managed;
  }

  #administration(): Administration {
    return this.#managed().administration;
  }

  async #start(): Promise<Running> {
    const management = this.#seat === undefined ? await this.#manage() : undefined;
    try {
      return await this.#open(management);
    } catch (error) {
      await this.#instruments?.close();
      await management?.close();
      throw error;
    }
  }

  #manage(): Promise<Management> {
    return manage({
      config: this.#config,
      now: this.#now,
      onApplied: ({ change }, model) => {
        this.#plane.show(model);
        this.#instruments?.changed(change, model);
      },
      onAlarm: (alarm) => this.#instruments?.storeState(alarm?.message),
    });
  }

  async #startInstruments(management: Management): Promise<void> {
    if (!needsInstruments(this.#config)) return;
    const { dataDir, audit } = this.#config;
    this.#instruments = new Instruments({
      ...{ dataDir, audit, now: this.#now },
      model: () => management.model,
      status: () => this.status(),
      figures: () => this.figures(),
      version: programVersion(),
      logger: this.#journal.log,
    });
    await this.#instruments.start(this.events);
  }

  async #open(management: Management | undefined): Promise<Running> {
    this.#plane.show(management?.model ?? this.#told);
    const adminToken = await loadAdminToken(this.#config);
    if (management !== undefined) await this.#startInstruments(management);
    const plane = await this.#plane.open();
    const managed = management && this.#manageable(management, plane.url);
    const admin = managed && (await this.#startAdmin(adminToken, managed));
    // What all workers need together is for the first process to say.
    if (this.#seat === undefined) {
      this.#descriptors.check(descriptorsNeeded(this.#plane.directory, this.#limits.handshakes, 1));
    }
    this.#descriptors.start();
    return {
      addresses: { ...plane, ...(admin && { admin: `http://${formatHost(admin.address)}` }) },
      adminToken,
      startedAt: this.#now(),
      managed,
      management,
      admin: admin?.server,
    };
  }

  #manageable(management: Management, url: string): Managed {
    return new Managed({
      management,
      events: this.events,
      publicUrl: this.#config.publicUrl,
      listen: { ...this.#config.listen, port: portOf(url) },
      status: () => this.status(),
      cutTunnel: (id) => this.cutTunnel(id),
    });
  }

  async #stop(running: Running, graceMs = this.#timeouts.drainMs): Promise<void> {
    await this.#plane.close(graceMs);
    running.admin?.close();
    await running.management?.close();
    await this.#instruments?.close();
    this.#descriptors.stop();
    this.#journal.log.info('The relay is closed');
  }

  async #startAdmin(token: string | undefined, relay: ManagedRelay) {
    if (token === undefined) return undefined;
    const server = new AdminServer({
      ...adminServerOptions(this.#config),
      ...{ token, relay, logger: this.#journal.log, now: this.#now },
      health: () => this.#health(),
      ports: this.#instruments?.ports ?? {},
    });
    try {
      return { server, address: await server.listen() };
    } catch (error) {
      await this.#plane.close(0);
      throw error;
    }
  }

  #health(): RelayHealth {
    if (this.#state.name === 'starting') return 'starting';
    return this.#state.name === 'running' ? 'ok' : 'closing';
  }
}
