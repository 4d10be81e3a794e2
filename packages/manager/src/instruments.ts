/**
 * What watches over a manager that runs as a program: its audit log, its metrics, and whether there is a newer version.
 *
 * To be made before the manager is started, so that nothing is missed, and closed after it has stopped.
 * @module
 */
import { countDescriptors, HealthWatch } from '@hybridge/service';
import { ManagerAudit } from './audit/manager-audit.js';
import type { ManagerConfig } from './config/manager-config.js';
import type { HybridConnectionManager } from './manager.js';
import { ManagerMeter } from './metrics/manager-meter.js';
import { managerMetrics } from './metrics/manager-metrics.js';
import { MetricsPort } from './metrics/metrics-port.js';
import type { MetricsOptions } from './metrics/metrics-settings.js';
import type { UpdateNotice } from './service/api.js';
import type { ServicePorts } from './service/ports.js';
import { UpdateWatch } from './updates/update-watch.js';

/** What the instruments of a manager work with. */
export interface InstrumentsOptions {
  /** The version that runs. */
  readonly version: string;
  /** The manager's own folder. */
  readonly dataDir?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What people should know, or may want to. */
  readonly tell: (
    level: 'warn' | 'info' | 'debug',
    message: string,
    facts?: Readonly<Record<string, unknown>>,
  ) => void;
  /** What else the record of the start has to say: the configuration file, for instance. */
  readonly startFacts?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
}

/** Watches a manager. */
export class ManagerInstruments {
  /** The audit log. */
  readonly audit: ManagerAudit;
  readonly #manager: HybridConnectionManager;
  readonly #options: InstrumentsOptions;
  readonly #meter: ManagerMeter;
  readonly #health = new HealthWatch(countDescriptors);
  readonly #port: MetricsPort;
  readonly #updates: UpdateWatch;
  /** Where the metrics are to be. */
  #place: MetricsOptions | undefined;
  #closed: Promise<void> | undefined;

  constructor(manager: HybridConnectionManager, options: InstrumentsOptions) {
    const { config } = manager;
    const { dataDir, version, env, tell } = options;
    this.#manager = manager;
    this.#options = options;
    this.#meter = new ManagerMeter(manager);
    this.audit = new ManagerAudit({
      ...{ options: config.audit, dataDir, isShared: manager.isDataDirShared },
      onProblem: (message) => tell('warn', message),
    });
    this.#port = new MetricsPort({
      text: () => this.metrics(),
      onProblem: (message) => tell('warn', message),
    });
    this.#updates = new UpdateWatch({
      ...{ current: version, options: config.updates, transport: config.transport, env, dataDir },
      isAllowed: () => manager.policy.updates,
      onNewer: ({ current, latest }) =>
        tell('info', `there is a newer version: ${latest}`, { current, latest }),
      onFailure: ({ message }) =>
        tell('debug', 'it cannot be looked whether there is a newer version', { because: message }),
    });
    this.audit.listen(manager);
    this.#place = config.metrics;
    manager.on('configuration', (_change, next) => this.#changed(next));
  }

  /** What was heard last of newer versions; `undefined` where nobody looks, or nothing was heard yet. */
  get update(): UpdateNotice | undefined {
    return this.#updates.notice;
  }

  /** The port at which Prometheus finds the metrics; `undefined` for none. */
  get metricsPort(): number | undefined {
    return this.#port.address?.port;
  }

  /** Begins. Never rejects: what does not work is told, and stops nothing. */
  async start(): Promise<void> {
    const { version, startFacts, tell } = this.#options;
    await this.audit.start();
    const { connections, audit } = this.#manager.config;
    this.audit.record({
      operation: 'manager-started',
      ...{ version, pid: process.pid, node: process.version, connections: connections.length },
      ...startFacts,
    });
    if (audit.enabled && this.audit.folder === undefined) {
      tell('info', 'no audit log is kept: give --data-dir, or audit.dir in the configuration');
    }
    await this.#port.move(this.#place);
    this.#updates.start();
  }

  /** The metrics of now, as text. */
  metrics(): string {
    return managerMetrics({
      ...{ connections: this.#manager.status(), meter: this.#meter, policy: this.#manager.policy },
      ...{ health: this.#health.look(), version: this.#options.version },
      ...{ auditRecordsLost: this.audit.lost, systemLogRecordsLost: this.audit.systemLogLost },
      isUpdateAvailable: this.#updates.isOn ? (this.update?.isNewer ?? false) : undefined,
    });
  }

  /** What the control interface serves of it, and tells it. */
  get ports(): ServicePorts {
    return {
      audit: async (search) => {
        const { records, next } = await this.audit.query(search);
        return { value: records, ...(next !== undefined && { next }) };
      },
      metrics: () => this.metrics(),
      update: () => this.update,
      record: (deed) => this.audit.record({ operation: 'administered', ...deed }),
    };
  }

  /** Writes what is left, and ends. */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#updates.close();
    this.#port.close();
    this.#health.stop();
    this.audit.record({ operation: 'manager-stopped', pid: process.pid });
    await this.audit.close();
  }

  #changed({ metrics, updates, transport }: ManagerConfig): void {
    this.#updates.change(updates, transport);
    if (metrics?.port === this.#place?.port && metrics?.host === this.#place?.host) return;
    this.#place = metrics;
    void this.#port.move(metrics);
  }
}
