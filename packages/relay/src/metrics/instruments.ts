/**
 * Audit log, metrics, key use, alarms and live view of a relay: put together, started, stopped, and offered to the admin
 * port.
 *
 * It is in the process that has the admin port: with workers in the primary, which hears of their figures every other
 * second and of their events as they happen.
 * @module
 */

import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { exposition, type ProcessHealth } from '@hybridge/service';
import type { AdminPorts } from '../admin/ports.js';
import type { AuditOptions } from '../audit/audit-options.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { RelayConfig } from '../config/options.js';
import type { RelayEvents, TunnelClosed } from '../events.js';
import type { Logger } from '../logger.js';
import type { Change } from '../model/change.js';
import type { Model, ResourceLabels } from '../model/model.js';
import type { RelayStatus } from '../relay-status.js';
import { Alarms } from './alarms.js';
import type { EntityCounts } from './counts.js';
import { FleetFigures } from './fleet-figures.js';
import { keyUseReport } from './key-use-report.js';
import { LiveFeed, overviewOf } from './live-feed.js';
import { FIGURES_MS, type Figures } from './meter.js';
import { Metering } from './metering.js';
import { metricFamilies } from './metric-families.js';
import { RecentTunnels } from './recent-tunnels.js';
import { TimeSeries } from './time-series.js';
import { UsageFile } from './usage-file.js';

/** How often usage is written down: so much of it a crash may cost. */
const SAVE_MS = 60_000;

/** How full the table of descriptors is when the alarm is raised, and when it is over. */
const DESCRIPTORS_HIGH = 0.8;
const DESCRIPTORS_LOW = 0.7;

/** Whether a relay has anybody to show instruments to, or a place to write to. */
export function needsInstruments({ dataDir, admin, audit }: RelayConfig): boolean {
  return dataDir !== undefined || admin !== undefined || audit?.dir !== undefined;
}

/** What instruments work with. */
export interface InstrumentsOptions {
  /** Absent: nothing is kept over a restart. */
  readonly dataDir?: string | undefined;
  readonly audit?: AuditOptions | undefined;
  readonly model: () => Model;
  readonly status: () => RelayStatus | Promise<RelayStatus>;
  /** The figures of this process. */
  readonly figures: () => Figures;
  readonly version: string;
  readonly logger: Logger;
  readonly now: () => number;
}

/** The instruments of a relay. */
export class Instruments {
  readonly alarms: Alarms;
  readonly trail: AuditTrail;
  readonly live: LiveFeed;
  readonly #options: InstrumentsOptions;
  readonly #fleet: FleetFigures;
  readonly #series = new TimeSeries();
  readonly #closed = new RecentTunnels();
  readonly #metering: Metering;
  readonly #file: UsageFile | undefined;
  readonly #startedAt: number;
  #model: Model | undefined;
  #storeWriteFailures = 0;
  #timers: NodeJS.Timeout[] = [];
  #stop: (() => void)[] = [];
  #saving: Promise<void> | undefined;

  constructor(options: InstrumentsOptions) {
    const { now, logger, dataDir, audit = {} } = options;
    this.#options = options;
    this.#startedAt = now();
    this.#fleet = new FleetFigures(now);
    this.#metering = new Metering(new Date(this.#startedAt).toISOString());
    this.#file = dataDir === undefined ? undefined : new UsageFile(dataDir);
    this.alarms = new Alarms(now, logger);
    const folder = audit.dir ?? (dataDir && join(dataDir, 'audit'));
    this.trail = new AuditTrail({
      options: audit,
      folder: audit.enabled === false ? undefined : folder,
      labelsOf: (namespace) => labelsOf(options.model(), namespace),
      alarms: this.alarms,
      now,
    });
    this.live = new LiveFeed(() => overviewOf(this.#counts(), this.alarms.current(), now()));
  }

  /** Reads what is known from before, and begins to record. A disk that cannot be used is an alarm and no error. */
  async start(events: EventEmitter<RelayEvents>): Promise<void> {
    const before = await this.#file?.load();
    if (before !== undefined) {
      this.#metering.restore(before.since, before.hybridConnections);
      this.#fleet.keyUse.merge(before.keys);
    }
    await this.trail.start();
    this.trail.listen(events);
    const onClosed = (closed: TunnelClosed) => this.#closed.add(closed);
    events.on('tunnel-closed', onClosed);
    this.#stop = [
      () => events.off('tunnel-closed', onClosed),
      this.trail.watch((record) => this.live.record(record)),
    ];
    this.#beat();
    this.#timers = [
      setInterval(() => this.#beat(), FIGURES_MS).unref(),
      setInterval(() => void this.save(), SAVE_MS).unref(),
    ];
  }

  /** Takes the figures of a worker. */
  take(worker: number, figures: Figures): void {
    this.#fleet.take(worker, figures);
  }

  /** A worker is gone. */
  workerGone(worker: number): void {
    this.#fleet.lost(worker);
  }

  /** Some workers run, or all do. */
  workersRun(running: number, all: number): void {
    if (running === all) {
      this.alarms.clear('workers');
      return;
    }
    this.alarms.raise(
      'workers',
      `${all - running} of ${all} workers do not run`,
      'They are started again by themselves. Where that goes on, the log says why they end.',
    );
  }

  /** The model was changed. @param model - what it is now */
  changed(change: Change, model: Model): void {
    this.#model = model;
    const namespace = namespaceOf(change);
    this.live.changed({ ...(namespace !== undefined && { namespace }), what: change.type });
  }

  /** @param problem - why changes cannot be kept; `undefined`: they can again */
  storeState(problem: string | undefined): void {
    if (problem === undefined) {
      this.alarms.clear('store');
      return;
    }
    this.#storeWriteFailures += 1;
    this.alarms.raise(
      'store',
      problem,
      'Make room on the disk of the data folder, or mend it. Until then changes are refused; connections are not touched.',
    );
  }

  /** Writes down what is to survive a restart. Never rejects. */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
    return this.#saving;
  }

  /** Writes all that is left, and ends. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#refresh();
    await this.save();
    for (const stop of this.#stop) stop();
    await this.trail.close();
  }

  /** What the admin port asks for. */
  get ports(): AdminPorts {
    const { now } = this.#options;
    return {
      alarms: {
        current: () => this.alarms.current(),
        notReady: () => (this.alarms.has('store') ? 'the store cannot be written' : undefined),
      },
      audit: {
        query: (query) => this.trail.query(query),
        record: (action) => this.trail.administered(action),
      },
      metrics: {
        text: () => this.text(),
        series: ({ minutes, ...place }) => this.#series.query(place, minutes, now()),
        metering: () => ({
          since: this.#metering.since,
          hybridConnections: this.#metering.report(this.#counts()),
        }),
      },
      closed: { list: (filter) => this.#closed.list(filter) },
      keyUse: {
        report: async ({ namespace, hybridConnection }) => {
          const status = await this.#options.status();
          this.#refresh();
          const sources = { model: this.#options.model(), status, keyUse: this.#fleet.keyUse, now: now() };
          return { policies: keyUseReport(namespace ?? '', hybridConnection, sources) };
        },
      },
      live: { subscribe: (send) => this.live.subscribe(send) },
    };
  }

  /** The metrics, in Prometheus' text format. */
  text(): string {
    const counts = this.#counts();
    return exposition(
      metricFamilies({
        counts,
        refusals: this.#fleet.refusals(),
        metered: this.#metering.report(counts),
        health: this.#fleet.health(),
        alarms: this.alarms.current(),
        auditRecordsLost: this.trail.lost,
        storeWriteFailures: this.#storeWriteFailures,
        version: this.#options.version,
        uptimeSeconds: (this.#options.now() - this.#startedAt) / 1_000,
      }),
    );
  }

  /** As of now for this process; of workers, as of two seconds ago. */
  #counts(): EntityCounts[] {
    this.#refresh();
    return [...this.#fleet.counts().values()];
  }

  #refresh(): void {
    this.#fleet.take(0, this.#options.figures());
  }

  #beat(): void {
    const counts = this.#counts();
    this.#series.sample(this.#options.now(), counts);
    this.#watchDescriptors();
    const model = this.#options.model();
    if (this.#model !== undefined && this.#model !== model) this.live.changed({ what: 'model' });
    this.#model = model;
    this.live.beat();
  }

  #watchDescriptors(): void {
    const fullest = Math.max(0, ...[...this.#fleet.health().values()].map(fullness));
    if (fullest >= DESCRIPTORS_HIGH) {
      this.alarms.raise(
        'descriptors',
        `A process uses ${Math.round(fullest * 100)} % of the file descriptors that it may have`,
        'Raise the limit (LimitNOFILE in a systemd unit, ulimit -n in a shell) and restart: each joined connection takes two.',
      );
    } else if (fullest < DESCRIPTORS_LOW) this.alarms.clear('descriptors');
  }

  async #save(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      await this.#file.save({
        version: 1,
        since: this.#metering.since,
        hybridConnections: this.#metering.state(this.#counts()),
        keys: this.#fleet.keyUse.all(),
      });
      this.alarms.clear('usage-disk');
    } catch (error) {
      this.alarms.raise(
        'usage-disk',
        `Metering and the use of keys cannot be written (${(error as NodeJS.ErrnoException).code})`,
        'Make room on the disk of the data folder, or mend it. Until then a restart forgets what was used since.',
      );
    }
  }
}

/** The namespace that a change is about. */
function namespaceOf(change: Change): string | undefined {
  if ('namespace' in change) return change.namespace;
  return change.type === 'put-namespace' || change.type === 'delete-namespace' ? change.name : undefined;
}

function fullness({ descriptors, maxDescriptors }: ProcessHealth): number {
  return descriptors === undefined || maxDescriptors === undefined ? 0 : descriptors / maxDescriptors;
}

/** Where a namespace stands that is not in the model, and the relay itself. */
const NO_LABELS: ResourceLabels = {
  subscription: '00000000-0000-0000-0000-000000000000',
  resourceGroup: 'hybridge',
};

/** By the names of namespaces; a model is never changed, so what was looked up holds as long as it. */
const LABELS = new WeakMap<Model, Map<string, ResourceLabels>>();

function labelsOf(model: Model, name: string | undefined): ResourceLabels {
  let byName = LABELS.get(model);
  if (byName === undefined) {
    byName = new Map(model.namespaces.map((namespace) => [namespace.name, namespace]));
    LABELS.set(model, byName);
  }
  return byName.get(name ?? '') ?? NO_LABELS;
}
