/**
 * A table of routes that follows its configuration: the file, the relay's word for endpoints, the app's keys.
 *
 * Whatever changes takes effect for connections that are opened from then on; those that are open stay. What cannot be
 * read changes nothing: the routes that were there go on, and the problem is told.
 * @module
 */
import { FileWatch } from '@hybridge/service';
import type { Route } from '../routes/route.js';
import { RouteTable } from '../routes/route-table.js';
import { AppConnections } from './app-connections.js';
import type { ConnectionConfig } from './connection-config.js';
import { ConnectionRoute } from './connection-route.js';
import type { AppConfig, RedirectConfig } from './redirect-config.js';

/** How routes are kept. */
export interface LiveRoutesOptions {
  /** Reads the configuration again, when one of its files has changed. Without it nothing is watched. */
  readonly reload?: (() => Promise<RedirectConfig>) | undefined;
  /**
   * Something does not work as configured; one line, free of secrets.
   * @defaultValue a warning of the process
   */
  readonly onProblem?: ((message: string) => void) | undefined;
  /** How often the app is read again, in milliseconds. @defaultValue 10_000 */
  readonly syncMs?: number | undefined;
  /** How often files are looked at where the system does not tell of changes, in milliseconds. @defaultValue 5_000 */
  readonly pollMs?: number | undefined;
}

const SYNC_MS = 10_000;

/** So long after it was read, a key that is not accepted is no reason to read the app again, in milliseconds. */
const DENIED_MS = 1_000;

/** Routes of a configuration. Keeps no process alive. */
export class LiveRoutes {
  readonly table: RouteTable;
  readonly #options: LiveRoutesOptions;
  #config: RedirectConfig;
  #connections = new Map<string, ConnectionRoute>();
  #attached: readonly ConnectionConfig[] = [];
  #app: { readonly config: AppConfig; readonly connections: AppConnections } | undefined;
  #watch: FileWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #problem: string | undefined;
  /** The app whose answer is awaited. */
  #reading: object | undefined;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  /**
   * Resolves once all endpoints are known that can be known: relays and the app have answered, or failed to. Never rejects.
   */
  readonly ready: Promise<void>;

  /** @throws RedirectConfigError, RelayError `ERR_RELAY_ARGUMENT` */
  constructor(config: RedirectConfig, options: LiveRoutesOptions = {}) {
    this.#config = config;
    this.#options = options;
    this.table = new RouteTable([], { virtualAddresses: config.virtualAddresses });
    for (const warning of config.warnings) this.#tell(warning);
    this.#apply(config);
    const { pollMs, reload } = options;
    if (reload !== undefined) {
      this.#watch = new FileWatch(config.files, { onChange: () => this.#reload(reload), pollMs });
    }
    this.ready = this.#sync().then(() => this.#allReady());
  }

  /** Follows nothing any more. Its table keeps what it has, and opens no more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watch?.close();
    for (const connection of this.#connections.values()) connection.close();
  }

  async #reload(reload: () => Promise<RedirectConfig>): Promise<void> {
    let config: RedirectConfig;
    try {
      config = await reload();
    } catch (error) {
      // Whatever it is: the application must not end because of it.
      this.#tell(`${(error as Error).message}; what was configured before stays in force`);
      return;
    }
    if (this.#isClosed) return;
    this.#watch?.watch(config.files);
    for (const warning of config.warnings) if (!this.#config.warnings.includes(warning)) this.#tell(warning);
    if (config.virtualAddresses !== this.#config.virtualAddresses) {
      this.#tell('virtualAddresses is another one: that takes effect with the next start');
    }
    this.#config = config;
    this.#apply(config);
    await this.#sync();
  }

  /** Reads the app now, and again in a while. Never rejects. */
  async #sync(): Promise<void> {
    clearTimeout(this.#timer);
    const app = this.#app;
    // One that is being read sets the timer itself.
    if (app === undefined || app === this.#reading) return;
    this.#reading = app;
    this.#syncedAt = performance.now();
    try {
      const attached = await app.connections.read();
      if (this.#isClosed || app !== this.#app) return;
      this.#problem = undefined;
      this.#attached = attached;
      this.#follow();
    } catch (error) {
      if (this.#isClosed || app !== this.#app) return;
      const { message } = error as Error;
      if (message !== this.#problem) this.#tell(`app ${app.config.name}: ${message}`);
      this.#problem = message;
    } finally {
      if (this.#reading === app) this.#reading = undefined;
    }
    this.#timer = setTimeout(() => this.#sync(), this.#options.syncMs ?? SYNC_MS).unref();
  }

  /** A key was not accepted: the app may have been given another one. */
  #onDenied(): void {
    if (this.#app === undefined || performance.now() - this.#syncedAt < DENIED_MS) return;
    void this.#sync();
  }

  #apply({ app }: RedirectConfig): void {
    if (JSON.stringify(app) !== JSON.stringify(this.#app?.config)) {
      this.#app = app && { config: app, connections: new AppConnections(app, () => this.#config.sender) };
      this.#attached = [];
    }
    this.#follow();
  }

  /** Makes what is missing, keeps what is the same, closes what is gone. */
  #follow(): void {
    const { sender, connections } = this.#config;
    const before = this.#connections;
    const now = new Map<string, ConnectionRoute>();
    for (const config of [...connections, ...this.#attached]) {
      const key = JSON.stringify([config.connectionString, config.endpoint, sender]);
      if (now.has(key)) continue;
      const onChange = () => this.#publish();
      const onProblem = (message: string) => this.#tell(message);
      const onDenied = () => this.#onDenied();
      const options = { sender, onChange, onProblem, onDenied };
      now.set(key, before.get(key) ?? new ConnectionRoute(config, options));
    }
    this.#connections = now;
    this.#publish();
    for (const [key, connection] of before) if (!now.has(key)) connection.close();
  }

  #publish(): void {
    const routes: Route[] = [];
    for (const { route } of this.#connections.values()) if (route !== undefined) routes.push(route);
    const { routes: known } = this.table;
    if (routes.length === known.length && routes.every((route, index) => route === known[index])) return;
    this.table.replace(routes);
  }

  async #allReady(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(({ ready }) => ready));
  }

  #tell(message: string): void {
    const { onProblem } = this.#options;
    if (onProblem !== undefined) onProblem(message);
    else process.emitWarning(message, { type: 'HybridgeWarning', code: 'HYBRIDGE_REDIRECT' });
  }
}
