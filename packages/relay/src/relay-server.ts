/**
 * A relay: puts the parts together, starts them and stops them.
 *
 * A byte's way through it: front door → upgrade → rendezvous table → tunnel table → bridge. Control channels are held
 * by the listener registry and found through the backplane.
 * @module
 */
import type { EventEmitter } from 'node:events';
import { type AddressInfo, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { CloseCode, refusals } from '@hybridge/protocol';
import { formatConnectionString } from '@hybridge/sas';
import { AdminServer } from './admin-server.js';
import { Authorizer } from './authorizer.js';
import { MemoryBackplane } from './backplane.js';
import { buildDirectory, buildHybridConnection } from './build-directory.js';
import { checkConfig, checkHybridConnection, checkKeys } from './config-schema.js';
import type { Directory, HybridConnection, KeySlot, Namespace } from './directory.js';
import { endpointOf } from './endpoint-of.js';
import type { RelayEvents } from './events.js';
import { ExchangeOffers } from './exchange-offers.js';
import { ExchangeTable } from './exchange-table.js';
import { FrontDoor } from './front-door.js';
import { httpFront } from './http-front.js';
import { HttpRelay } from './http-relay.js';
import { Journal } from './journal.js';
import { JwksVerifier } from './jwks-verifier.js';
import { type KeyChanges, type PolicyOwner, regenerateKey, rollKeys } from './key-roll.js';
import { KeyVault, loadOrMakeToken } from './key-vault.js';
import { ListenLimiter } from './listen-limiter.js';
import { ListenerRegistry } from './listener-registry.js';
import { silentLogger } from './logger.js';
import {
  DEFAULTS,
  type HybridConnectionOptions,
  type RelayConfig,
  type RelayLimits,
  type RelayOptions,
  type RelayTimeouts,
} from './options.js';
import { PlainRequests } from './plain-requests.js';
import { RelayConfigError } from './relay-config-error.js';
import { type RelayStatus, relayStatus } from './relay-status.js';
import { RendezvousTable } from './rendezvous-table.js';
import { RuntimeInformation } from './runtime-information.js';
import { TunnelTable } from './tunnel-table.js';
import { Upgrade } from './upgrade.js';
import type { WaitingSender } from './waiting-sender.js';

/** Where a relay can be reached. */
export interface RelayAddresses {
  /** The data plane, `ws://…` or `wss://…`. */
  readonly url: string;
  /** The admin port, `http://…`; absent when there is none. */
  readonly admin?: string;
}

/** A shared access policy of a running relay. */
export interface PolicyReference {
  /** Its name. */
  readonly policy: string;
  /** The hybrid connection that it belongs to. Absent: it is the namespace's own. */
  readonly hybridConnection?: string;
  /** Needed only when there are several. */
  readonly namespace?: string;
}

/** Which of a hybrid connection's connection strings. */
export interface ConnectionStringOptions {
  /** Name of a shared access policy. @defaultValue the first one that may both listen and send */
  readonly policy?: string;
  /** @defaultValue primary */
  readonly key?: KeySlot;
  /** Needed only when two namespaces have a hybrid connection of this name. */
  readonly namespace?: string;
}

/** What is there only while the relay runs. */
interface Running {
  readonly addresses: RelayAddresses;
  readonly adminToken: string | undefined;
  readonly startedAt: number;
  readonly directory: Directory;
  readonly vault: KeyVault;
  readonly frontDoor: FrontDoor;
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
  readonly #exchanges = new ExchangeTable();
  readonly #offers: ExchangeOffers;
  #state: State = { name: 'idle' };

  /** @throws RelayConfigError when an option cannot be used. */
  constructor(options: RelayOptions = {}) {
    const {
      logger = silentLogger,
      backplane = new MemoryBackplane(),
      now = Date.now,
      tokenVerifier,
      ...config
    } = options;
    this.#config = checkConfig(config, 'options');
    const { jwt } = this.#config;
    if (tokenVerifier !== undefined && jwt !== undefined) {
      throw new RelayConfigError('options: tokenVerifier and jwt exclude each other');
    }
    this.#limits = { ...DEFAULTS.limits, ...this.#config.limits };
    this.#timeouts = { ...DEFAULTS.timeouts, ...this.#config.timeouts };
    this.#now = now;
    this.#journal = new Journal(logger, now);
    this.#authorizer = new Authorizer({
      verifier: tokenVerifier ?? (jwt && new JwksVerifier(jwt, now)),
      graceMs: this.#timeouts.tokenGraceMs,
      now,
      logger,
    });
    this.#rendezvous = new RendezvousTable({
      backplane,
      acceptMs: this.#timeouts.acceptMs,
      nextListenerAfterMs: this.#timeouts.nextListenerAfterMs,
      logger,
      onAnswered: (listenerId) => this.#listeners.answered(listenerId),
      onLate: (listenerId) => this.#listeners.late(listenerId),
    });
    this.#tunnels = new TunnelTable(this.#journal, this.#timeouts.pingIntervalMs, now);
    this.#listeners = new ListenerRegistry({
      backplane,
      journal: this.#journal,
      pingIntervalMs: this.#timeouts.pingIntervalMs,
      onGone: (listenerId) => this.#onListenerGone(listenerId),
      onResponse: (listenerKey, response, body) => this.#exchanges.answer(listenerKey, response, body),
    });
    this.#offers = new ExchangeOffers({
      backplane,
      exchanges: this.#exchanges,
      publicUrl: baseOf(this.#config),
      acceptMs: this.#timeouts.acceptMs,
      nextListenerAfterMs: this.#timeouts.nextListenerAfterMs,
      isListening: (hybridConnection, listenerKey) => this.#listeners.has(hybridConnection, listenerKey),
      logger,
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

  /**
   * Starts. Keys that were not given are generated, and written to `dataDir` before anybody can use them.
   * @throws RelayConfigError when the data folder cannot be used; Node's own error when a port cannot be.
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
   * connections end by themselves, and closes those that have not (1001). Calling it again waits for the same end.
   * @param options - `graceMs`: how long to wait for joined connections; `timeouts.drainMs` unless given.
   */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    const state = this.#state;
    if (state.name === 'closed') return state.done;
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
    const {
      policy,
      key = 'primary',
      namespace,
    } = typeof options === 'string' ? { policy: options } : options;
    const owner = this.#find(hybridConnection, namespace);
    const rule = owner.policy(policy);
    if (rule === undefined) {
      const problem =
        policy === undefined ? 'no policy that may both listen and send' : `no policy ${policy}`;
      throw new RelayConfigError(`${owner.name} has ${problem}`);
    }
    return formatConnectionString({
      endpoint: this.#endpointOf(owner.namespace),
      sharedAccessKeyName: rule.name,
      sharedAccessKey: key === 'primary' ? rule.primaryKey : rule.secondaryKey,
      entityPath: owner.name,
    });
  }

  /**
   * Adds a hybrid connection while the relay runs. It is not kept over a restart; keys generated for it are.
   * @throws RelayConfigError when it cannot be used, or its name is taken.
   */
  async addHybridConnection(options: string | HybridConnectionOptions, namespace?: string): Promise<void> {
    const declared = checkHybridConnection(
      typeof options === 'string' ? { name: options } : options,
      'options',
    );
    const { vault } = this.#running();
    const owner = this.#findNamespace(namespace);
    if (owner.get(declared.name) !== undefined) {
      throw new RelayConfigError(
        `the namespace ${owner.name} has a hybrid connection ${declared.name} already`,
      );
    }
    const hybridConnection = buildHybridConnection(owner, declared, vault, new Date(this.#now()));
    await vault.save();
    owner.add(hybridConnection);
  }

  /**
   * Removes a hybrid connection while the relay runs: its listeners and its joined connections are closed (1001), its
   * waiting senders refused (404).
   * @throws RelayConfigError when there is no such hybrid connection.
   */
  removeHybridConnection(name: string, namespace?: string): void {
    const hybridConnection = this.#find(name, namespace);
    hybridConnection.namespace.remove(hybridConnection);
    const sentence = 'The hybrid connection was deleted.';
    const gone = refusals.endpointDoesNotExist(hybridConnection.name);
    this.#rendezvous.refuseAll(gone, hybridConnection);
    this.#exchanges.refuseAll(gone, hybridConnection);
    this.#listeners.close(CloseCode.goingAway, sentence, hybridConnection);
    this.#tunnels.close(CloseCode.goingAway, sentence, hybridConnection);
  }

  /**
   * Puts new keys in place of those of a policy; keys that are left out stay. Whoever is here by a key that stays does
   * not notice. Listeners that came by one that is gone are closed (1008); joined connections stay. Keys that the
   * relay had made are kept over a restart, those that the configuration gives come back from there.
   * @throws RelayConfigError when there is no such policy, or a key cannot be used.
   */
  async setKeys(policy: PolicyReference, keys: KeyChanges): Promise<void> {
    const { vault } = this.#running();
    const changes = checkKeys(keys, 'keys');
    await rollKeys(this.#findPolicy(policy), changes, { vault, listeners: this.#listeners });
  }

  /**
   * Makes a new key for a policy, as {@link RelayServer.setKeys} does.
   * @returns the key
   * @throws RelayConfigError when there is no such policy.
   */
  async regenerateKey(policy: PolicyReference, key: KeySlot): Promise<string> {
    const { vault } = this.#running();
    return regenerateKey(this.#findPolicy(policy), key, { vault, listeners: this.#listeners });
  }

  async #onListenerGone(listenerId: string): Promise<void> {
    await Promise.all([this.#rendezvous.listenerGone(listenerId), this.#offers.listenerGone(listenerId)]);
  }

  #running(): Running {
    if (this.#state.name === 'running') return this.#state;
    throw new Error(`The relay does not run: it is ${this.#state.name}`);
  }

  async #start(): Promise<Running> {
    const { dataDir, publicUrl, namespaces = DEFAULTS.namespaces } = this.#config;
    const vault = await KeyVault.open(dataDir);
    const directory = buildDirectory(namespaces, publicUrl, vault, {
      limits: this.#limits,
      createdAt: new Date(this.#now()),
    });
    const adminToken = await this.#loadAdminToken();
    await vault.save();

    const http = this.#createHttpRelay(directory);
    const upgrade = this.#createUpgrade(directory, http);
    const frontDoor = this.#createFrontDoor(upgrade, http, directory);
    const url = this.#urlOf(await frontDoor.listen());
    const admin = await this.#startAdmin(adminToken, frontDoor);
    return {
      addresses: { url, ...(admin && { admin: `http://${formatHost(admin.address)}` }) },
      adminToken,
      startedAt: this.#now(),
      directory,
      vault,
      frontDoor,
      upgrade,
      http,
      admin: admin?.server,
    };
  }

  async #stop(running: Running, graceMs = this.#timeouts.drainMs): Promise<void> {
    const sentence = 'The relay is shutting down.';
    const shuttingDown = refusals.busy('the relay is shutting down');
    const until = performance.now() + graceMs;
    running.upgrade.close();
    running.http.close();
    this.#rendezvous.refuseAll(shuttingDown);
    // Answers to HTTP requests come by listeners' control channels, or by connections that they still have to make.
    if (this.#exchanges.size > 0) await this.#exchanges.drained(graceMs);
    this.#exchanges.refuseAll(shuttingDown);
    running.frontDoor.close();
    this.#listeners.close(CloseCode.goingAway, sentence);
    if (!(await this.#tunnels.drained(Math.max(0, until - performance.now())))) {
      this.#tunnels.close(CloseCode.goingAway, sentence);
      // Tunnels cut what does not close, so this ends.
      await this.#tunnels.drained();
    }
    running.admin?.close();
    this.#journal.log.info('The relay is closed');
  }

  async #loadAdminToken(): Promise<string | undefined> {
    const { admin, dataDir } = this.#config;
    if (admin === undefined) return undefined;
    if (admin.token !== undefined) return admin.token;
    return loadOrMakeToken(admin.tokenFile ?? (dataDir && join(dataDir, 'admin.token')));
  }

  #createHttpRelay(directory: Directory): HttpRelay {
    const { acceptMs, responseMs, bodyIdleMs, pingIntervalMs } = this.#timeouts;
    return new HttpRelay({
      directory,
      authorizer: this.#authorizer,
      exchanges: this.#exchanges,
      offers: this.#offers,
      journal: this.#journal,
      publicUrl: baseOf(this.#config),
      timeouts: { acceptMs, responseMs, bodyIdleMs },
      pingIntervalMs,
      connectionsIn: (namespace) => this.#rendezvous.countIn(namespace) + this.#tunnels.countIn(namespace),
      now: this.#now,
    });
  }

  #createUpgrade(directory: Directory, http: HttpRelay): Upgrade {
    const { pingIntervalMs, pongMs, tokenGraceMs, recycleMs } = this.#timeouts;
    const { listensPerSecond, listensPerSecondPerAddress } = this.#limits;
    return new Upgrade({
      directory,
      listeners: this.#listeners,
      rendezvous: this.#rendezvous,
      tunnels: this.#tunnels,
      journal: this.#journal,
      http,
      publicUrl: baseOf(this.#config),
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

  #createFrontDoor(upgrade: Upgrade, http: HttpRelay, directory: Directory): FrontDoor {
    const { host = DEFAULTS.host, port = DEFAULTS.port, tls } = this.#config.listen ?? {};
    const [first = DEFAULTS.namespaces[0]] = this.#config.namespaces ?? [];
    const plain = new PlainRequests(this.#journal, first.name, this.#now);
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
      onGarbage: (status, why, socket) => {
        http.abandon(socket);
        plain.onGarbage(status, why, socket);
      },
    });
  }

  async #startAdmin(token: string | undefined, frontDoor: FrontDoor) {
    if (token === undefined) return undefined;
    const { host = DEFAULTS.host, port = DEFAULTS.adminPort } = this.#config.admin ?? {};
    const server = new AdminServer({
      host,
      port,
      token,
      healthy: () => this.#state.name === 'running',
      status: () => this.status(),
    });
    try {
      return { server, address: await server.listen() };
    } catch (error) {
      frontDoor.close();
      throw error;
    }
  }

  #urlOf(address: AddressInfo): string {
    return `${this.#config.listen?.tls === undefined ? 'ws' : 'wss'}://${formatHost(address)}`;
  }

  #endpointOf(namespace: Namespace): URL {
    const { addresses, directory } = this.#running();
    const { publicUrl, listen } = this.#config;
    return endpointOf({
      publicUrl,
      listen: { ...listen, port: portOf(addresses.url) },
      namespace: namespace.name,
      isOnly: directory.namespaces.length === 1,
    });
  }

  #findNamespace(name: string | undefined): Namespace {
    const { namespaces } = this.#running().directory;
    const namespace =
      name === undefined
        ? namespaces[0]
        : namespaces.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (namespace === undefined) throw new RelayConfigError(`there is no namespace ${name}`);
    return namespace;
  }

  #findPolicy({ policy, hybridConnection, namespace }: PolicyReference): PolicyOwner {
    const owner = hybridConnection === undefined ? undefined : this.#find(hybridConnection, namespace);
    const home = owner?.namespace ?? this.#findNamespace(namespace);
    const rule = (owner ?? home).authorizationRules.get(policy);
    if (rule === undefined) throw new RelayConfigError(`${(owner ?? home).name} has no policy ${policy}`);
    return { namespace: home, hybridConnection: owner, rule };
  }

  #find(name: string, namespace: string | undefined): HybridConnection {
    const { namespaces } = this.#running().directory;
    const among = namespace === undefined ? namespaces : [this.#findNamespace(namespace)];
    const found = among.map((each) => each.get(name)).find((each) => each !== undefined);
    if (found === undefined) throw new RelayConfigError(`there is no hybrid connection ${name}`);
    return found;
  }
}

/** Of `ws://host:port` or `wss://host:port`; a URL does not show the port that its scheme has anyway. */
function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === 'wss:' ? 443 : 80));
}

/** What addresses for listeners begin with, where that is settled. */
function baseOf({ publicUrl }: RelayConfig): string | undefined {
  return publicUrl?.replace(/\/$/, '');
}

/** `host:port` as it stands in a URL. An address that means all of them is shown as loopback, where it can be dialled. */
function formatHost({ address, port }: AddressInfo): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
