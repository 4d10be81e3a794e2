/**
 * The data plane of a relay process: puts the parts together that a connection passes, and empties them.
 *
 * A byte's way through it: a front door → upgrade → rendezvous table → tunnel table → bridge. Control channels are held
 * by the listener registry and found through the backplane. Nothing here knows of management: what is served is shown to it.
 * @module
 */
import { CloseCode, type Response, refusals } from '@hybridge/protocol';
import { Authorizer } from './authorization/authorizer.js';
import type { TokenVerifier } from './authorization/token-verifier.js';
import type { TlsOptions } from './config/certificate.js';
import { DEFAULTS, type RelayConfig, type RelayLimits, type RelayTimeouts } from './config/options.js';
import type { DescriptorWatch } from './descriptors.js';
import type { Directory } from './directory/directory.js';
import { type DirectoryEffects, LiveDirectory } from './directory/live-directory.js';
import { type DoorAddresses, Doors } from './front/doors.js';
import type { FrontDoorOptions } from './front/front-door.js';
import { httpFront } from './front/http-front.js';
import { PlainRequests } from './front/plain-requests.js';
import { RuntimeInformation } from './front/runtime-information.js';
import { Upgrade } from './front/upgrade.js';
import { ExchangeOffers } from './http/exchange-offers.js';
import { ExchangeTable } from './http/exchange-table.js';
import { HttpRelay } from './http/http-relay.js';
import type { Journal } from './journal.js';
import type { Backplane } from './listeners/backplane.js';
import { ListenLimiter } from './listeners/listen-limiter.js';
import { ListenerRegistry } from './listeners/listener-registry.js';
import { Meter } from './metrics/meter.js';
import type { Model } from './model/model.js';
import type { RendezvousBase } from './tunnels/rendezvous-base.js';
import { RendezvousTable } from './tunnels/rendezvous-table.js';
import { TunnelTable } from './tunnels/tunnel-table.js';
import type { WaitingSender } from './tunnels/waiting-sender.js';
import type { Load, Loads } from './workers/messages.js';
import { requestIdSuffix, type Seat, workerOf } from './workers/seat.js';

/** What a data plane is made with. */
export interface DataPlaneOptions {
  /** Checked. */
  readonly config: RelayConfig;
  readonly limits: Required<RelayLimits>;
  readonly timeouts: Required<RelayTimeouts>;
  readonly backplane: Backplane;
  readonly verifier: TokenVerifier | undefined;
  readonly journal: Journal;
  readonly descriptors: DescriptorWatch;
  /** For one of several workers: its place among them. */
  readonly seat: Seat | undefined;
  readonly now: () => number;
}

/** What is there only while the doors are open. */
interface Open {
  readonly doors: Doors;
  readonly upgrade: Upgrade;
  readonly http: HttpRelay;
}

/** The data plane. */
export class DataPlane {
  readonly listeners: ListenerRegistry;
  readonly rendezvous: RendezvousTable<WaitingSender>;
  readonly tunnels: TunnelTable;
  readonly exchanges = new ExchangeTable();
  readonly meter: Meter;
  readonly #options: DataPlaneOptions;
  readonly #authorizer: Authorizer;
  readonly #offers: ExchangeOffers;
  readonly #live: LiveDirectory;
  /** What rendezvous addresses begin with. A worker knows when its own port is open. */
  readonly #base: { url: RendezvousBase };
  #open: Open | undefined;

  constructor(options: DataPlaneOptions) {
    const { config, limits, timeouts, backplane, verifier, journal, descriptors, seat, now } = options;
    const { acceptMs, nextListenerAfterMs, pingIntervalMs } = timeouts;
    const { log: logger } = journal;
    this.#options = options;
    const base = { url: baseOf(config) };
    this.#base = base;
    this.#live = new LiveDirectory({ publicUrl: config.publicUrl, limits });
    this.#authorizer = new Authorizer({ verifier, graceMs: timeouts.tokenGraceMs, now, logger });
    const meter = new Meter(
      now,
      () => this.tunnels,
      () => descriptors.status,
    );
    this.meter = meter;
    this.rendezvous = new RendezvousTable({
      backplane,
      acceptMs,
      nextListenerAfterMs,
      logger,
      onAnswered: (listenerId) => this.listeners.answered(listenerId),
      onLate: (listenerId) => this.listeners.late(listenerId),
      onAsking: (sender) => journal.listenerCalling(sender, false),
      onAsked: (sender, listenerId) => journal.listenerCalled(sender, false, listenerId),
    });
    this.tunnels = new TunnelTable(journal, pingIntervalMs, now, meter.counters);
    this.listeners = new ListenerRegistry({
      backplane,
      journal,
      meter,
      pingIntervalMs,
      onGone: (listenerId) => this.#onListenerGone(listenerId),
      onResponse: (listenerKey, response, body) => this.#onResponse(listenerKey, response, body),
      seat,
      now,
    });
    this.#offers = new ExchangeOffers({
      backplane,
      exchanges: this.exchanges,
      get publicUrl() {
        return base.url;
      },
      acceptMs,
      nextListenerAfterMs,
      isListening: (hybridConnection, listenerKey) => this.listeners.has(hybridConnection, listenerKey),
      logger,
      onAsking: ({ options: asked }) => journal.listenerCalling(asked, true),
      onAsked: ({ options: asked }, listenerId) => journal.listenerCalled(asked, true, listenerId),
    });
    seat?.attach({ listeners: this.listeners, exchanges: this.exchanges });
  }

  /** What is served, as it was shown last. */
  get directory(): Directory {
    return this.#live.directory;
  }

  /** Serves what a model has, and closes connections that what is gone had let in, or led to. */
  show({ namespaces }: Model): void {
    this.#enforce(this.#live.show(namespaces));
  }

  /** Begins to take connections. Rejects with Node's own error when a port cannot be had. */
  open(): Promise<DoorAddresses> {
    const { config, seat } = this.#options;
    const http = this.#createHttpRelay();
    const upgrade = this.#createUpgrade(http);
    const doors = new Doors({
      listen: config.listen,
      worker: seat?.port,
      front: this.#frontOptions(upgrade, http),
      onOwnPort: (port) => {
        this.#base.url = seat?.port.publicUrl?.replaceAll('{port}', String(port)) ?? `:${port}`;
      },
    });
    this.#open = { doors, upgrade, http };
    return doors.open();
  }

  /** Shows another certificate from now on. @throws Error when the doors are not open, or are without TLS */
  setCertificate(tls: TlsOptions): void {
    if (this.#open === undefined || this.#options.config.listen?.tls === undefined) {
      throw new Error('The relay is not open with TLS');
    }
    this.#open.doors.setCertificate(tls);
  }

  /** How much of each is here, by namespace. */
  load(): Loads {
    const loads: Record<string, Load> = {};
    for (const namespace of this.directory.namespaces) {
      const load = {
        pending: this.rendezvous.countIn(namespace),
        connections: this.tunnels.countIn(namespace),
        requests: this.exchanges.countIn(namespace),
      };
      if (load.pending + load.connections + load.requests > 0) loads[namespace.name] = load;
    }
    return loads;
  }

  /**
   * Takes nothing new, sends listeners elsewhere (1001), refuses senders that wait (503), lets joined connections end by
   * themselves, and cuts those that have not, so that both ends see a reset.
   * @param graceMs - how long to wait for joined connections
   */
  async close(graceMs: number): Promise<void> {
    const sentence = 'The relay is shutting down.';
    const until = performance.now() + graceMs;
    this.#open?.upgrade.close();
    this.#open?.http.close();
    this.rendezvous.refuseAll(shuttingDown);
    // Answers to HTTP requests come by listeners' control channels, or by connections that they still have to make.
    if (this.exchanges.size > 0) await this.exchanges.drained(graceMs);
    this.exchanges.refuseAll(shuttingDown);
    this.#open?.doors.close();
    this.listeners.close(CloseCode.goingAway, sentence);
    if (!(await this.tunnels.drained(Math.max(0, until - performance.now())))) {
      // Not closed: a Close frame ends one direction in good order, and half an upload would pass for a whole one.
      this.tunnels.cut();
      await this.tunnels.drained();
    }
    this.meter.stop();
  }

  /** Cuts what {@link DataPlane.close} still waits for, so that peers see a reset. */
  cut(): void {
    this.exchanges.refuseAll(shuttingDown);
    this.tunnels.cut();
  }

  #enforce({ removed, rules }: DirectoryEffects): void {
    const sentence = 'The hybrid connection was deleted.';
    for (const hybridConnection of removed) {
      const gone = refusals.endpointDoesNotExist(hybridConnection.name);
      this.rendezvous.refuseAll(gone, hybridConnection);
      this.exchanges.refuseAll(gone, hybridConnection);
      this.listeners.close(CloseCode.goingAway, sentence, hybridConnection);
      this.tunnels.close(CloseCode.goingAway, sentence, hybridConnection);
    }
    for (const { rule, slotOf, deaf } of rules) {
      this.listeners.keysRolled(rule, slotOf);
      if (deaf) this.listeners.rightLost(rule);
    }
  }

  /** A response that came on a control channel belongs to the worker that has the request. */
  #onResponse(listenerKey: string, response: Response, body: Buffer | undefined): void {
    const { seat } = this.#options;
    const worker = seat && workerOf(response.requestId);
    if (worker === undefined || worker === seat?.number) {
      this.exchanges.answer(listenerKey, response, body);
    } else {
      seat?.respond(worker, listenerKey, response, body);
    }
  }

  async #onListenerGone(listenerId: string): Promise<void> {
    await Promise.all([this.rendezvous.listenerGone(listenerId), this.#offers.listenerGone(listenerId)]);
  }

  /** What other workers have in a namespace. */
  #elsewhere(namespace: string): Load {
    return this.#options.seat?.elsewhere(namespace) ?? NO_LOAD;
  }

  #createHttpRelay(): HttpRelay {
    const { timeouts, journal, seat, now } = this.#options;
    const { acceptMs, responseMs, bodyIdleMs, pingIntervalMs } = timeouts;
    const base = this.#base;
    return new HttpRelay({
      directory: this.directory,
      authorizer: this.#authorizer,
      exchanges: this.exchanges,
      offers: this.#offers,
      journal,
      meter: this.meter,
      get publicUrl() {
        return base.url;
      },
      idSuffix: seat === undefined ? '' : requestIdSuffix(seat.number),
      timeouts: { acceptMs, responseMs, bodyIdleMs },
      pingIntervalMs,
      connectionsIn: (namespace) => {
        const { pending, connections, requests } = this.#elsewhere(namespace.name);
        const elsewhere = pending + connections + requests;
        return this.rendezvous.countIn(namespace) + this.tunnels.countIn(namespace) + elsewhere;
      },
      now,
    });
  }

  #createUpgrade(http: HttpRelay): Upgrade {
    const { config, limits, timeouts, journal, now } = this.#options;
    const { pingIntervalMs, pongMs, tokenGraceMs, recycleMs } = timeouts;
    const { listensPerSecond, listensPerSecondPerAddress } = limits;
    const base = this.#base;
    return new Upgrade({
      directory: this.directory,
      listeners: this.listeners,
      rendezvous: this.rendezvous,
      tunnels: this.tunnels,
      journal,
      meter: this.meter,
      http,
      get publicUrl() {
        return base.url;
      },
      elsewhere: (namespace) => this.#elsewhere(namespace),
      secure: config.listen?.tls !== undefined,
      authorizer: this.#authorizer,
      limiter: new ListenLimiter({
        perSecond: listensPerSecond,
        perSecondPerAddress: listensPerSecondPerAddress,
        now,
        logger: journal.log,
      }),
      channels: {
        graceMs: tokenGraceMs,
        recycleMs,
        messageBytes: limits.controlMessageBytes,
        bodyBytes: limits.controlBodyBytes,
        backlogBytes: limits.controlBacklogBytes,
        silentBeats: Math.ceil(pongMs / pingIntervalMs),
      },
      now,
    });
  }

  #frontOptions(upgrade: Upgrade, http: HttpRelay): Omit<FrontDoorOptions, 'listen' | 'sharing'> {
    const { config, limits, timeouts, journal, descriptors, now } = this.#options;
    const [first = DEFAULTS.namespaces[0]] = this.directory.namespaces;
    const plain = new PlainRequests(journal, first.name, now, this.meter.counters);
    const information = new RuntimeInformation({
      directory: this.directory,
      listeners: this.listeners,
      authorizer: this.#authorizer,
      journal,
      secure: config.publicUrl?.startsWith('wss:') ?? config.listen?.tls !== undefined,
      now,
    });
    return {
      handshakeMs: timeouts.handshakeMs,
      silenceMs: Math.max(timeouts.acceptMs, timeouts.handshakeMs),
      maxHandshakes: limits.handshakes,
      headerBytes: limits.headerBytes,
      onUpgrade: (request, socket, head) => upgrade.handle(request, socket, head),
      onRequest: httpFront({
        metadata: information.onMetadata,
        root: information.onRoot,
        notWebSocket: (request, response) => plain.onRequest(request, response),
        relayed: (request, response, awaitsContinue) => http.handle(request, response, awaitsContinue),
      }),
      onAcceptFailed: (error) => descriptors.acceptFailed(error),
      onGarbage: (status, why, socket) => {
        http.abandon(socket);
        plain.onGarbage(status, why, socket);
      },
    };
  }
}

const shuttingDown = refusals.busy('the relay is shutting down');

const NO_LOAD: Load = { pending: 0, connections: 0, requests: 0 };

/** What addresses for listeners begin with, where that is settled. */
function baseOf({ publicUrl }: RelayConfig): string | undefined {
  return publicUrl?.replace(/\/$/, '');
}
