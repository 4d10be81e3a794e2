/**
 * A running manager as a program of its machine: what those who operate it see and do, by the control socket or in a browser.
 *
 * The manager itself knows nothing of this. Here are the file that its configuration stands in, the last entries of its log, those who
 * signed in at a relay, and the two fronts.
 * @module
 */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { listening, RestError, resourceNotFound } from '@hybridge/service';
import { fetchThrough } from '@hybridge/socket';
import type { HybridConnectionManager } from '../manager.js';
import { connectionId } from '../status/connection-id.js';
import type { ConnectionState, ConnectionStatus } from '../status/connection-status.js';
import { parseTarget } from '../target/target.js';
import type { AddConnection, ChangeConnection, Connection, ManagerStatus } from './api.js';
import { BrowserGate } from './browser-gate.js';
import type { ConfigStore } from './config-store.js';
import { connectionView } from './connection-view.js';
import { ControlFront } from './control-front.js';
import { controlRoutes } from './control-routes.js';
import { bindControlSocket } from './control-socket.js';
import type { LogRing } from './log-ring.js';
import { Logins } from './logins.js';
import type { ServicePorts } from './ports.js';
import { StatusFeed } from './status-feed.js';

/** What it is made of. */
export interface ManagerServiceOptions {
  readonly manager: HybridConnectionManager;
  /** Of this program. */
  readonly version: string;
  readonly log: LogRing;
  /** The file with the configuration. @defaultValue none: it stands on a command line, and nothing can be added */
  readonly store?: ConfigStore | undefined;
  readonly ports?: ServicePorts | undefined;
  /** Folder of the built pages. @defaultValue beside the built package */
  readonly pages?: string | undefined;
}

/** Serves those who operate the manager. */
export class ManagerService {
  readonly manager: HybridConnectionManager;
  readonly log: LogRing;
  readonly ports: ServicePorts;
  readonly logins: Logins;
  readonly feed: StatusFeed;
  readonly #options: ManagerServiceOptions;
  readonly #startedAt = new Date();
  /** By id: since when it stands as it does. */
  readonly #since = new Map<string, { readonly phase: string; readonly since: Date }>();
  readonly #closing: (() => void)[] = [];
  #ui:
    | { readonly front: ControlFront; readonly port: number; readonly wanted: number; readonly token: string }
    | undefined;
  #wantedUi: { readonly port: number } | undefined;
  /** One change of them after the other, and the last word holds. */
  #changingUi: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: ManagerServiceOptions) {
    const { manager, log, ports = {} } = options;
    this.#options = options;
    this.manager = manager;
    this.log = log;
    this.ports = ports;
    this.feed = new StatusFeed(() => this.status());
    this.logins = new Logins({
      isConfigured: (hosts, hybridConnection) => this.#isConfigured(hosts, hybridConnection),
      denial: (namespace, endpoint) => manager.denial({ namespace, target: parseTarget(endpoint) }),
      fetch: (url, request) => fetchThrough(manager.config.transport)(url, request),
    });
    log.idOf = (name) => {
      const found = manager.config.connections.find((each) => each.name === name);
      return found && connectionId(found);
    };
    manager.on('state', (_, { name: state }, id) => {
      const phase = phaseOf(state);
      if (this.#since.get(id)?.phase !== phase) this.#since.set(id, { phase, since: new Date() });
      this.feed.changed();
    });
    manager.on('configuration', (_, { connections }) => {
      const left = new Set(connections.map(connectionId));
      for (const id of this.#since.keys()) if (!left.has(id)) this.#since.delete(id);
    });
    const changed = () => this.feed.changed();
    for (const event of ['open', 'end', 'targetFailure', 'policy', 'configuration'] as const) {
      manager.on(event, changed);
    }
  }

  /** How everything stands. */
  status(): ManagerStatus {
    const { version, store } = this.#options;
    const { path, unusable, ui, updates } = this.manager.policy;
    const update = this.ports.update?.();
    return {
      version,
      pid: process.pid,
      startedAt: this.#startedAt.toISOString(),
      host: hostname(),
      ...(store && { configFile: store.status() }),
      policy: {
        ...(path !== undefined && { path }),
        ...(unusable !== undefined && { unusable }),
        ui,
        updates,
      },
      warnings: this.manager.warnings,
      ...(update && { update }),
      connections: this.connections(),
    };
  }

  /** All hybrid connections, in the order of the configuration. */
  connections(): readonly Connection[] {
    return this.manager.status().map((status) => this.#view(status));
  }

  /** @throws RestError 404 */
  connection(id: string): Connection {
    const status = this.#find((each) => connectionId(each) === id.toLowerCase());
    if (status === undefined) throw resourceNotFound(`hybrid connection ${id} in this manager`);
    return this.#view(status);
  }

  /** Adds one to the configuration. @param by - who wants it so @throws RestError */
  async add(wanted: AddConnection, by: string): Promise<Connection> {
    const store = this.#store();
    const { endpoint, name } = wanted;
    const connectionString =
      'login' in wanted ? await this.logins.connectionString(wanted.login, wanted) : wanted.connectionString;
    return this.connection(await store.add({ connectionString, endpoint, name }, by));
  }

  /** Changes one in it. The others do not notice. @param by - who wants it so @throws RestError */
  async change(
    wantedId: string,
    { login, key, ...changed }: ChangeConnection,
    by: string,
  ): Promise<Connection> {
    const store = this.#store();
    const { id } = this.connection(wantedId);
    const configured = this.manager.config.connections.find((each) => connectionId(each) === id);
    const isRenewed = login !== undefined && configured !== undefined;
    const connectionString = isRenewed
      ? await this.logins.renewed(login, configured, key)
      : changed.connectionString;
    await store.change(id, { ...changed, connectionString }, by);
    return this.connection(id);
  }

  /** Takes one out of it. @param by - who wants it so @throws RestError */
  async remove(wantedId: string, by: string): Promise<void> {
    const { id } = this.connection(wantedId);
    await this.#store().remove(id, by);
  }

  /** Lets commands come by a socket. @throws ControlSocketError */
  async listen(path: string): Promise<void> {
    const front = new ControlFront({
      name: 'socket',
      routes: controlRoutes(this),
      // The file's mode has decided.
      admit: () => undefined,
      onDeed: (deed) => this.ports.record?.(deed),
      onFailure: (error) => this.#failed(error),
    });
    const remove = await bindControlSocket(front.server, path, { mayReplace: this.manager.isSuccessor });
    const close = () => {
      remove();
      front.close();
    };
    if (this.#isClosed) close();
    else this.#closing.push(close);
  }

  /**
   * Opens the pages for browsers, or closes them; also when the administrator's policy comes to say something else.
   * @param wanted - at which port, 0 for a free one; `undefined` for not at all
   * @throws Node's own error when nothing can listen there
   */
  async serveUi(wanted: { readonly port: number } | undefined): Promise<void> {
    this.#wantedUi = wanted;
    const changed = this.#changingUi.then(() => this.#changeUi());
    this.#changingUi = changed.catch(() => undefined);
    return changed;
  }

  async #changeUi(): Promise<void> {
    const port = this.manager.policy.ui && !this.#isClosed ? this.#wantedUi?.port : undefined;
    if (this.#ui?.wanted === port) return;
    this.#ui?.front.close();
    this.#ui = undefined;
    if (port === undefined) return;
    const gate = new BrowserGate();
    const front = new ControlFront({
      name: 'browser',
      routes: controlRoutes(this),
      admit: (request) => gate.admit(request),
      pages: { folder: this.#options.pages ?? builtPages(), admit: (request) => gate.checkHost(request) },
      onDeed: (deed) => this.ports.record?.(deed),
      onFailure: (error) => this.#failed(error),
    });
    await listening(front.server, { host: '127.0.0.1', port });
    if (this.#isClosed) return front.close();
    const { port: actual } = front.server.address() as AddressInfo;
    gate.listensAt(actual);
    this.#ui = { front, port: actual, wanted: port, token: gate.token };
  }

  /** What was asked for last, whether or not the policy allows it. */
  get wantedUi(): { readonly port: number } | undefined {
    return this.#wantedUi;
  }

  /** The administrator's policy may be another one. @throws Node's own error */
  policyChanged(): Promise<void> {
    return this.serveUi(this.#wantedUi);
  }

  /** The address of the pages, with the token that opens them: a secret. @throws RestError 409 with the reason why there is none */
  uiAddress(): string {
    if (this.#ui !== undefined) return `http://127.0.0.1:${this.#ui.port}/#token=${this.#ui.token}`;
    const { ui, path, unusable } = this.manager.policy;
    const off =
      this.#wantedUi === undefined
        ? 'The pages are off: set ui: true in the configuration, or start the manager with --ui.'
        : `The pages cannot be served at port ${this.#wantedUi.port}: hybridge manager logs says why.`;
    const reason = ui
      ? off
      : `The administrator's policy ${path ?? ''} does not allow pages${unusable === undefined ? '' : ', since it cannot be used'}.`;
    throw new RestError(409, 'UiOff', reason);
  }

  /** Ends both fronts, and forgets every token. */
  close(): void {
    this.#isClosed = true;
    this.feed.close();
    this.logins.closeAll();
    this.#ui?.front.close();
    this.#ui = undefined;
    this.#wantedUi = undefined;
    for (const close of this.#closing.splice(0)) close();
  }

  #view(status: ConnectionStatus): Connection {
    const known = this.#since.get(connectionId(status));
    const isSame = known?.phase === phaseOf(status.state.name);
    const since = isSame ? known.since : this.#startedAt;
    const { connections } = this.manager.config;
    const configured = connections.find(({ name }) => name === status.name);
    return connectionView(status, { since, isConfiguredEndpoint: configured?.target !== undefined });
  }

  #find(fits: (status: ConnectionStatus) => boolean): ConnectionStatus | undefined {
    return this.manager.status().find(fits);
  }

  #isConfigured(hosts: readonly string[], hybridConnection: string): boolean {
    const wanted = new Set(hosts.map((namespace) => connectionId({ namespace, hybridConnection })));
    return this.manager.config.connections.some((each) => {
      const namespace = each.namespace.replace(/:\d+$/, '');
      return wanted.has(connectionId(each)) || wanted.has(connectionId({ ...each, namespace }));
    });
  }

  #store(): ConfigStore {
    const { store } = this.#options;
    if (store !== undefined) return store;
    throw new RestError(
      409,
      'Conflict',
      'The configuration stands on the command line that started the manager, and cannot be changed here: start it with --config.',
    );
  }

  #failed(error: unknown): void {
    const because = error instanceof Error ? error.message : String(error);
    this.log.add('error', 'the control interface failed', { because });
  }
}

/** An attempt after the other is one outage, which began with the first. */
function phaseOf(state: ConnectionState['name']): string {
  return state === 'resolving' || state === 'connecting' || state === 'waiting' ? 'trying' : state;
}

/** Beside the built package, which is found by its name, so that the sources find it, too. */
function builtPages(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@hybridge/manager')), 'portal');
}
