/**
 * A manager with its pages, in this process: as `hybridge manager run --ui` is, and in reach of a test.
 * @module
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConfigStore,
  ConfigWatch,
  HybridConnectionManager,
  LogRing,
  loadManagerConfig,
  ManagerInstruments,
  ManagerService,
  type UpdateNotice,
} from '@hybridge/manager';

const PAGES = new URL('../../../manager/dist/portal/', import.meta.url);

/** What it begins with. */
export interface BrowsedManagerOptions {
  /** Text of `manager.yaml`. @defaultValue nothing is configured */
  readonly config?: string;
  /** Text of the administrator's policy. @defaultValue there is none */
  readonly policy?: string;
  readonly update?: UpdateNotice;
}

/** The manager. */
export class BrowsedManager {
  readonly service: ManagerService;
  readonly manager: HybridConnectionManager;
  readonly log = new LogRing();
  readonly #folder: string;
  readonly #watch: ConfigWatch;
  readonly #instruments: ManagerInstruments;

  /** Starts it, with its pages at a free port. */
  static async start(options: BrowsedManagerOptions = {}): Promise<BrowsedManager> {
    if (!existsSync(new URL('index.html', PAGES))) throw new Error('The pages are not built: npm run build');
    const browsed = new BrowsedManager(options);
    await browsed.#instruments.start();
    await browsed.service.serveUi({ port: 0 });
    browsed.manager.start();
    return browsed;
  }

  private constructor({ config = 'connections: []\n', policy, update }: BrowsedManagerOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), 'hybridge-browsed-'));
    writeFileSync(this.configPath, config, { mode: 0o600 });
    if (policy !== undefined) this.writePolicy(policy);
    const loaded = loadManagerConfig(this.configPath, { mayBeEmpty: true });
    this.manager = new HybridConnectionManager(loaded, {
      policyFile: { paths: [this.policyPath], owner: process.getuid?.() ?? 0 },
    });
    this.#instruments = new ManagerInstruments(this.manager, {
      version: '1.0.0',
      dataDir: this.#folder,
      env: { HYBRIDGE_NO_UPDATE_CHECK: '1' },
      tell: (level, message, facts) => this.log.add(level, message, facts),
    });
    this.#watch = new ConfigWatch(this.configPath, loaded, {
      mayBeEmpty: true,
      onConfig: (next) => {
        store.problem = undefined;
        this.manager.apply(next);
      },
      onProblem: ({ message }) => {
        store.problem = message;
      },
    });
    const store: ConfigStore = new ConfigStore({
      path: this.configPath,
      judge: ({ namespace, target }) => this.manager.denial({ namespace, ...(target && { target }) }),
      reload: () => {
        this.#watch.reload();
        return store.problem;
      },
    });
    this.service = new ManagerService({
      manager: this.manager,
      version: '1.0.0',
      log: this.log,
      store,
      ports: { ...this.#instruments.ports, ...(update && { update: () => update }) },
    });
    this.manager.on('state', (connection, { name }) => this.log.add('info', name, { connection }));
    this.manager.on('policy', () => void this.service.policyChanged());
  }

  /** The address, with the token. */
  get address(): string {
    return this.service.uiAddress();
  }

  /** The configuration as it stands in its file. */
  get config(): string {
    return readFileSync(this.configPath, 'utf8');
  }

  /** Writes the administrator's policy, and has it read. */
  writePolicy(text: string): void {
    writeFileSync(this.policyPath, text, { mode: 0o644 });
    this.manager?.reloadPolicy();
  }

  get configPath(): string {
    return join(this.#folder, 'manager.yaml');
  }

  get policyPath(): string {
    return join(this.#folder, 'policy.yaml');
  }

  async stop(): Promise<void> {
    this.#watch.close();
    await this.manager.stop({ graceMs: 0 });
    this.service.close();
    await this.#instruments.close();
    rmSync(this.#folder, { recursive: true });
  }
}
