/**
 * A relay: puts the parts together, starts them and stops them.
 *
 * A byte's way through it: front door → upgrade → rendezvous table → tunnel table → bridge. Control channels are held
 * by the listener registry and found through the backplane.
 * @module
 */
import type { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CloseCode, type Response, refusals } from '@hybridge/protocol';
import { AdminServer, adminServerOptions } from './admin/admin-server.js';
import { loadAdminToken } from './admin/admin-token.js';
import { programVersion } from './admin/program-version.js';
import type {
  Administration,
  ConnectionStringOptions,
  KeyChanges,
  PolicyReference,
} from './administration.js';
import { Authorizer } from './authorization/authorizer.js';
import { JwksVerifier } from './authorization/jwks-verifier.js';
import { checkConfig, workerCount } from './config/config-schema.js';
import {
  DEFAULTS,
  type HybridConnectionOptions,
  type ListenOptions,
  type RelayConfig,
  type RelayLimits,
  type RelayOptions,
  type RelayTimeouts,
} from './config/options.js';
import { RelayConfigError } from './config/relay-config-error.js';
import { DescriptorWatch, descriptorsNeeded } from './descriptors.js';
import type { Directory, KeySlot } from './directory/directory.js';
import { type DirectoryEffects, LiveDirectory } from './directory/live-directory.js';
import type { RelayEvents } from './events.js';
import { FrontDoor, type FrontDoorOptions } from './front/front-door.js';
import { httpFront } from './front/http-front.js';
import { PlainRequests } from './front/plain-requests.js';
import { formatHost, portOf } from './front/relay-addresses.js';
import { RuntimeInformation } from './front/runtime-information.js';
import { Upgrade } from './front/upgrade.js';
import { ExchangeOffers } from './http/exchange-offers.js';
import { ExchangeTable } from './http/exchange-table.js';
import { HttpRelay } from './http/http-relay.js';
import { Journal } from './journal.js';
import { MemoryBackplane } from './listeners/backplane.js';
import { ListenLimiter } from './listeners/listen-limiter.js';
import { ListenerRegistry } from './listeners/listener-registry.js';
import { silentLogger } from './logger.js';
import { Managed } from './managed.js';
import type { RelayHealth } from './management/route.js';
import { Instruments, needsInstruments } from './metrics/instruments.js';
import { type Figures, Meter } from './metrics/meter.js';
import { applyChange } from './model/apply-change.js';
import type { ManagedRelay } from './model/managed-relay.js';
import type { AppliedChange, Management } from './model/management.js';
import { EMPTY_MODEL, type Model } from './model/model.js';
import { type RelayStatus, relayStatus } from './relay-status.js';
import { manage } from './store/manage.js';
import type { RendezvousBase } from './tunnels/rendezvous-base.js';
import { RendezvousTable } from './tunnels/rendezvous-table.js';
import { TunnelTable } from './tunnels/tunnel-table.js';
import type { WaitingSender } from './tunnels/waiting-sender.js';
import type { Load, Loads } from './workers/messages.js';
import { requestIdSuffix, type Seat, workerOf } from './workers/seat.js';

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
  readonly directory: Directory;
  /** Absent for one of several workers: it is their primary process that is managed. */
  readonly managed: Managed | undefined;
  readonly management: Management | undefined;
  readonly doors: readonly FrontDoor[];
  readonly upgrade: Upgrade;
  readonly http: HttpRelay;
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
  readonly #listeners: ListenerRegistry;
  readonly #rendezvous: RendezvousTable<WaitingSender>;
  readonly #tunnels: TunnelTable;
  readonly #authorizer: Authorizer;
  readonly #meter: Meter;
  /** Absent for one of several workers, and where there is nobody to show them to. */
  #instruments: Instruments | undefined;
  readonly #exchanges = new ExchangeTable();
  readonly #offers: ExchangeOffers;
  readonly #descriptors: DescriptorWatch;
  readonly #seat: Seat | undefined;
  readonly #live: LiveDirectory;
  /** What a worker was told: that of a relay by itself is with its management. */
  #told: Model;
  /** What rendezvous addresses begin with. A worker knows when its own port is open. */
  readonly #base: { url: RendezvousBase };
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
    const base = { url: baseOf(this.#config) };
    this.#base = base;
    const { jwt } = this.#config;
    if (tokenVerifier !== undefined && jwt !== undefined) {
      throw new RelayConfigError('options: tokenVerifier and jwt exclude each other');
    }
    this.#limits = { ...DEFAULTS.limits, ...this.#config.limits };
    this.#timeouts = { ...DEFAULTS.timeouts, ...this.#config.timeouts };
    this.#live = new LiveDirectory({ publicUrl: this.#config.publicUrl, limits: this.#limits });
    this.#told = { ...EMPTY_MODEL, namespaces: seat?.namespaces ?? [] };
    this.#now = now;
    this.#journal = new Journal(logger, now);
    this.#descriptors = new DescriptorWatch({ logger, now });
    this.#authorizer = new Authorizer({
      verifier: tokenVerifier ?? (jwt && new JwksVerifier(jwt, now)),
      graceMs: this.#timeouts.tokenGraceMs,
      now,
      logger,
    });
    const meter = new Meter(
      now,
      () => this.#tunnels,
      () => this.#descriptors.status,
    );
    this.#meter = meter;
    this.#rendezvous = new RendezvousTable({
      backplane,
      acceptMs: this.#timeouts.acceptMs,
      nextListenerAfterMs: this.#timeouts.nextListenerAfterMs,
      logger,
      onAnswered: (listenerId) => this.#listeners.answered(listenerId),
      onLate: (listenerId) => this.#listeners.late(listenerId),
      onAsking: (sender) => this.#journal.listenerCalling(sender, false),
      onAsked: (sender, listenerId) => this.#journal.listenerCalled(sender, false, listenerId),
    });
    this.#tunnels = new TunnelTable(this.#journal, this.#timeouts.pingIntervalMs, now, meter.counters);
    this.#listeners = new ListenerRegistry({
      backplane,
      journal: this.#journal,
      meter,
      pingIntervalMs: this.#timeouts.pingIntervalMs,
      onGone: (listenerId) => this.#onListenerGone(listenerId),
      onResponse: (listenerKey, response, body) => this.#onResponse(listenerKey, response, body),
      seat,
      now,
    });
    this.#offers = new ExchangeOffers({
      backplane,
      exchanges: this.#exchanges,
      get publicUrl() {
        return base.url;
      },
      acceptMs: this.#timeouts.acceptMs,
      nextListenerAfterMs: this.#timeouts.nextListenerAfterMs,
      isListening: (hybridConnection, listenerKey) => this.#listeners.has(hybridConnection, listenerKey),
      logger,
      onAsking: ({ options: asked }) => this.#journal.listenerCalling(asked, true),
      onAsked: ({ options: asked }, listenerId) => this.#journal.listenerCalled(asked, true, listenerId),
    });
    seat?.attach({ listeners: this.#listeners, exchanges: this.#exchanges });
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
      if (options.graceMs === 0) this.#cut();
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
    const { addresses, startedAt, directory } =
      (this.#state.name === 'closed' ? this.#state.was : undefined) ?? this.#running();
    return relayStatus({
      url: addresses.url,
      startedAt,
      now: this.#now(),
      descriptors: this.#descriptors.status,
      directory,
      listeners: this.#listeners,
      rendezvous: this.#rendezvous,
      tunnels: this.#tunnels,
      exchanges: this.#exchanges,
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

  /** Repeats what the primary process has done: for one of several workers. */
  repeat({ change, at, keys }: AppliedChange): void {
    const made = [...keys];
    this.#told = applyChange(this.#told, change, { now: at, newKey: () => made.shift()! });
    this.#show(this.#told);
  }

  /** Cuts a joined connection; its ends see a reset. @returns whether there was one. */
  cutTunnel(id: string): boolean {
    return this.#tunnels.cutOne(id);
  }

  /** How much of each is here, by namespace. */
  load(): Loads {
    if (this.#state.name !== 'running') return {};
    const loads: Record<string, Load> = {};
    for (const namespace of this.#state.directory.namespaces) {
      const load = {
        pending: this.#rendezvous.countIn(namespace),
        connections: this.#tunnels.countIn(namespace),
        requests: this.#exchanges.countIn(namespace),
      };
      if (load.pending + load.connections + load.requests > 0) loads[namespace.name] = load;
    }
    return loads;
  }

  /** What has changed in this process since this was asked last: for one of several workers, and for the admin port. */
  figures(): Figures {
    return this.#meter.take();
  }

  /** A response that came on a control channel belongs to the worker that has the request. */
  #onResponse(listenerKey: string, response: Response, body: Buffer | undefined): void {
    const worker = this.#seat && workerOf(response.requestId);
    if (worker === undefined || worker === this.#seat?.number) {
      this.#exchanges.answer(listenerKey, response, body);
    } else {
      this.#seat?.respond(worker, listenerKey, response, body);
    }
  }

  async #onListenerGone(listenerId: string): Promise<void> {
    await Promise.all([this.#rendezvous.listenerGone(listenerId), this.#offers.listenerGone(listenerId)]);
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
        this.#show(model);
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

  /** Puts a model in force. */
  #show({ namespaces }: Model): void {
    this.#enforce(this.#live.show(namespaces));
  }

  /** Connections that what is gone had let in, or led to, are closed. */
  #enforce({ removed, rules }: DirectoryEffects): void {
    const sentence = 'The hybrid connection was deleted.';
    for (const hybridConnection of removed) {
      const gone = refusals.endpointDoesNotExist(hybridConnection.name);
      this.#rendezvous.refuseAll(gone, hybridConnection);
      this.#exchanges.refuseAll(gone, hybridConnection);
      this.#listeners.close(CloseCode.goingAway, sentence, hybridConnection);
      this.#tunnels.close(CloseCode.goingAway, sentence, hybridConnection);
    }
    for (const { rule, slotOf, deaf } of rules) {
      this.#listeners.keysRolled(rule, slotOf);
      if (deaf) this.#listeners.rightLost(rule);
    }
  }

  async #open(management: Management | undefined): Promise<Running> {
    this.#show(management?.model ?? this.#told);
    const { directory } = this.#live;
    const adminToken = await loadAdminToken(this.#config);
    if (management !== undefined) await this.#startInstruments(management);

    const http = this.#createHttpRelay(directory);
    const upgrade = this.#createUpgrade(directory, http);
    const { listen } = this.#config;
    const own = await this.#openOwnDoor(upgrade, http, directory);
    const sharing = this.#seat && { reusePort: this.#seat.port.reusePort };
    const frontDoor = this.#createFrontDoor(upgrade, http, directory, listen, sharing);
    const url = this.#urlOf(await frontDoor.listen());
    const doors = [frontDoor, ...(own === undefined ? [] : [own.door])];
    const managed =
      management &&
      new Managed({
        management,
        events: this.events,
        publicUrl: this.#config.publicUrl,
        listen: { ...listen, port: portOf(url) },
        status: () => this.status(),
        cutTunnel: (id) => this.cutTunnel(id),
      });
    const admin = managed && (await this.#startAdmin(adminToken, managed, frontDoor));
    // What all workers need together is for the first process to say.
    if (this.#seat === undefined) {
      this.#descriptors.check(descriptorsNeeded(directory, this.#limits.handshakes, 1));
    }
    this.#descriptors.start();
    return {
      addresses: {
        url,
        ...(own && { own: own.url }),
        ...(admin && { admin: `http://${formatHost(admin.address)}` }),
      },
      adminToken,
      startedAt: this.#now(),
      directory,
      managed,
      management,
      doors,
      upgrade,
      http,
      admin: admin?.server,
    };
  }

  async #stop(running: Running, graceMs = this.#timeouts.drainMs): Promise<void> {
    const sentence = 'The relay is shutting down.';
    const until = performance.now() + graceMs;
    running.upgrade.close();
    running.http.close();
    this.#rendezvous.refuseAll(shuttingDown);
    // Answers to HTTP requests come by listeners' control channels, or by connections that they still have to make.
    if (this.#exchanges.size > 0) await this.#exchanges.drained(graceMs);
    this.#exchanges.refuseAll(shuttingDown);
    for (const door of running.doors) door.close();
    this.#listeners.close(CloseCode.goingAway, sentence);
    if (!(await this.#tunnels.drained(Math.max(0, until - performance.now())))) {
      this.#tunnels.close(CloseCode.goingAway, sentence);
      // Tunnels cut what does not close, so this ends.
      await this.#tunnels.drained();
    }
    running.admin?.close();
    await running.management?.close();
    await this.#instruments?.close();
    this.#meter.stop();
    this.#descriptors.stop();
    this.#journal.log.info('The relay is closed');
  }

  #cut(): void {
    this.#exchanges.refuseAll(shuttingDown);
    this.#tunnels.cut();
  }

  #createHttpRelay(directory: Directory): HttpRelay {
    const { acceptMs, responseMs, bodyIdleMs, pingIntervalMs } = this.#timeouts;
    const base = this.#base;
    return new HttpRelay({
      directory,
      authorizer: this.#authorizer,
      exchanges: this.#exchanges,
      offers: this.#offers,
      journal: this.#journal,
      meter: this.#meter,
      get publicUrl() {
        return base.url;
      },
      idSuffix: this.#seat === undefined ? '' : requestIdSuffix(this.#seat.number),
      timeouts: { acceptMs, responseMs, bodyIdleMs },
      pingIntervalMs,
      connectionsIn: (namespace) => {
        const { pending, connections, requests } = this.#elsewhere(namespace.name);
        const elsewhere = pending + connections + requests;
        return this.#rendezvous.countIn(namespace) + this.#tunnels.countIn(namespace) + elsewhere;
      },
      now: this.#now,
    });
  }

  #createUpgrade(directory: Directory, http: HttpRelay): Upgrade {
    const { pingIntervalMs, pongMs, tokenGraceMs, recycleMs } = this.#timeouts;
    const { listensPerSecond, listensPerSecondPerAddress } = this.#limits;
    const base = this.#base;
    return new Upgrade({
      directory,
      listeners: this.#listeners,
      rendezvous: this.#rendezvous,
      tunnels: this.#tunnels,
      journal: this.#journal,
      meter: this.#meter,
      http,
      get publicUrl() {
        return base.url;
      },
      elsewhere: (namespace) => this.#elsewhere(namespace),
      secure: this.#config.listen?.tls !== undefined,
      authorizer: this.#authorizer,
      limiter: new ListenLimiter({
        perSecond: listensPerSecond,
        perSecondPerAddress: listensPerSecondPerAddress,
        now: this.#now,
        logger: this.#journal.log,
      }),
      tokenGraceMs,
      recycleMs,
      messageBytes: this.#limits.controlMessageBytes,
      bodyBytes: this.#limits.controlBodyBytes,
      backlogBytes: this.#limits.controlBacklogBytes,
      silentBeats: Math.ceil(pongMs / pingIntervalMs),
      now: this.#now,
    });
  }

  /** A worker has a port of its own, to which listeners are sent. Opened first: no sender may come before it is known. */
  async #openOwnDoor(upgrade: Upgrade, http: HttpRelay, directory: Directory) {
    if (this.#seat === undefined) return undefined;
    const { own, publicUrl } = this.#seat.port;
    const listen = { ...this.#config.listen, port: own };
    const door = this.#createFrontDoor(upgrade, http, directory, listen, { exclusive: true });
    const address = await door.listen();
    this.#base.url = publicUrl?.replaceAll('{port}', String(address.port)) ?? `:${address.port}`;
    return { door, url: this.#urlOf(address) };
  }

  /** What other workers have in a namespace. */
  #elsewhere(namespace: string): Load {
    return this.#seat?.elsewhere(namespace) ?? NO_LOAD;
  }

  #createFrontDoor(
    upgrade: Upgrade,
    http: HttpRelay,
    directory: Directory,
    { host = DEFAULTS.host, port = DEFAULTS.port, tls }: ListenOptions = {},
    sharing?: FrontDoorOptions['sharing'],
  ): FrontDoor {
    const [first = DEFAULTS.namespaces[0]] = directory.namespaces;
    const plain = new PlainRequests(this.#journal, first.name, this.#now, this.#meter.counters);
    const information = new RuntimeInformation({
      directory,
      listeners: this.#listeners,
      authorizer: this.#authorizer,
      journal: this.#journal,
      secure: this.#config.publicUrl?.startsWith('wss:') ?? tls !== undefined,
      now: this.#now,
    });
    return new FrontDoor({
      listen: { host, port, ...(tls && { tls }) },
      ...(sharing && { sharing }),
      handshakeMs: this.#timeouts.handshakeMs,
      silenceMs: Math.max(this.#timeouts.acceptMs, this.#timeouts.handshakeMs),
      maxHandshakes: this.#limits.handshakes,
      headerBytes: this.#limits.headerBytes,
      onUpgrade: (request, socket, head) => upgrade.handle(request, socket, head),
      onRequest: httpFront({
        metadata: information.onMetadata,
        root: information.onRoot,
        notWebSocket: (request, response) => plain.onRequest(request, response),
        relayed: (request, response, awaitsContinue) => http.handle(request, response, awaitsContinue),
      }),
      onAcceptFailed: (error) => this.#descriptors.acceptFailed(error),
      onGarbage: (status, why, socket) => {
        http.abandon(socket);
        plain.onGarbage(status, why, socket);
      },
    });
  }

  async #startAdmin(token: string | undefined, relay: ManagedRelay, frontDoor: FrontDoor) {
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
      frontDoor.close();
      throw error;
    }
  }

  #health(): RelayHealth {
    if (this.#state.name === 'starting') return 'starting';
    return this.#state.name === 'running' ? 'ok' : 'closing';
  }

  #urlOf(address: AddressInfo): string {
    return `${this.#config.listen?.tls === undefined ? 'ws' : 'wss'}://${formatHost(address)}`;
  }
}

const shuttingDown = refusals.busy('the relay is shutting down');

const NO_LOAD: Load = { pending: 0, connections: 0, requests: 0 };

/** What addresses for listeners begin with, where that is settled. */
function baseOf({ publicUrl }: RelayConfig): string | undefined {
  return publicUrl?.replace(/\/$/, '');
}
