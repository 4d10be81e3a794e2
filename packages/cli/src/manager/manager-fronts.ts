/**
 * The ways by which a manager that runs is reached: the control socket, and pages for browsers.
 *
 * Neither is worth more than the connections: what cannot be had, because somebody else still has the place or the port, is said, and
 * tried again until it can.
 * @module
 */
import { ControlSocketError, type ManagerConfig, type ManagerService } from '@hybridge/manager';
import { controlPlace, keepTrying } from '@hybridge/service';
import type { Log } from '../log.js';
import type { Surroundings } from '../surroundings.js';
import type { RunOptions } from './run-command.js';

/** What they are opened with. */
export interface FrontsOptions {
  readonly options: RunOptions;
  readonly surroundings: Surroundings;
  readonly log: Log;
  /** The manager's own folder. */
  readonly dataDir: string | undefined;
}

/** Opens them, and closes them again. */
export class ManagerFronts {
  readonly #service: ManagerService;
  readonly #options: FrontsOptions;
  #endSocket = () => {};
  #endUi = () => {};

  constructor(service: ManagerService, options: FrontsOptions) {
    this.#service = service;
    this.#options = options;
  }

  /**
   * Lets commands come.
   * @returns whether they can by now
   * @throws ControlSocketError where this very place was asked for, or nothing else says what this manager is for
   */
  async listen(): Promise<boolean> {
    const { options, surroundings, log, dataDir } = this.#options;
    const { env } = surroundings;
    const { path, isGiven } = controlPlace({ socket: options.socket, dataDir, env });
    const listen = async () => {
      await this.#service.listen(path);
      log.info('commands such as hybridge manager list reach it', { socket: path });
    };
    try {
      await listen();
      return true;
    } catch (error) {
      if (!(error instanceof ControlSocketError)) throw error;
      const isNeeded = options.config === undefined && options.connectionString === undefined;
      if (isGiven || (isNeeded && !env.HYBRIDGE_CONNECTION_STRING)) throw error;
      // Where there is no such place (a container, say), nobody misses it; where another manager has it, commands go to that.
      const level = error.code === 'ERR_MANAGER_SOCKET_TAKEN' ? 'warn' : 'info';
      log[level](`commands such as hybridge manager list cannot reach it: ${error.message}`);
      this.#endSocket = keepTrying(listen);
      return false;
    }
  }

  /** Opens pages for browsers, or closes them, as command line and configuration want it. */
  async serveUi(config: ManagerConfig): Promise<void> {
    const wanted = wantedUi(this.#options.options, config);
    await this.#changeUi(async () => {
      await this.#service.serveUi(wanted);
      this.#tellUi();
    });
  }

  /** The configuration is another one. */
  configured(config: ManagerConfig): void {
    const { options } = this.#options;
    if (JSON.stringify(wantedUi(options, config)) === JSON.stringify(this.#service.wantedUi)) return;
    void this.serveUi(config);
  }

  /** The administrator's policy was read again. */
  policyChanged(): void {
    void this.#changeUi(() => this.#service.policyChanged());
  }

  /** Tries no more, and closes both. */
  close(): void {
    this.#endSocket();
    this.#endUi();
    this.#service.close();
  }

  async #changeUi(change: () => Promise<void>): Promise<void> {
    try {
      await change();
    } catch (error) {
      this.#options.log.error('the pages cannot be served, and it is tried again', { because: error });
      this.#endUi();
      // What is wanted then, which may be another port, or none.
      this.#endUi = keepTrying(async () => {
        await this.#service.policyChanged();
        this.#tellUi();
      });
    }
  }

  #tellUi(): void {
    const { wantedUi: wanted, manager } = this.#service;
    const { log } = this.#options;
    if (wanted === undefined) return;
    if (manager.policy.ui)
      log.info('pages for a browser are served: hybridge manager ui prints their address');
    else log.warn("the administrator's policy does not allow pages for a browser");
  }
}

/** Where pages are to be served; `undefined` for nowhere. */
export function wantedUi({ ui }: RunOptions, config: ManagerConfig): ManagerConfig['ui'] {
  if (ui === undefined) return config.ui;
  if (ui === false) return undefined;
  return { port: ui === true ? (config.ui?.port ?? 0) : ui };
}
