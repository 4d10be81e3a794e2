/**
 * The audit log of a manager: makes records of what happens, writes them to files and to the system's log, and finds them again.
 *
 * Traffic never waits for it. Without a folder the last records are kept in memory.
 * @module
 */
import type { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { AuditWriter, queryAudit } from '@hybridge/service';
import type { ManagerEvents } from '../manager.js';
import { connectionId } from '../status/connection-id.js';
import type { ConnectionState } from '../status/connection-status.js';
import {
  type AuditFacts,
  type AuditRecord,
  configured,
  diagnosed,
  ended,
  OPERATIONS,
  opened,
  policyRead,
  refused,
  troubleOf,
  violated,
} from './audit-record.js';
import type { AuditOptions, SystemLogOptions } from './audit-settings.js';
import { Remembered } from './remembered.js';
import { openSystemLog, type SystemLog } from './system-log.js';

/** What an audit log works with. */
export interface ManagerAuditOptions {
  readonly options: AuditOptions;
  /** The manager's folder, in which the log's is unless the configuration says otherwise. */
  readonly dataDir?: string | undefined;
  /** Another process may still write to the same folder: its file is left alone. @defaultValue false */
  readonly isShared?: boolean | undefined;
  /** What people should know: that it cannot be written, that it can again. */
  readonly onProblem: (message: string) => void;
  readonly now?: () => number;
  /** Milliseconds of a clock that nobody sets, for how long something was so. @defaultValue `performance.now` */
  readonly elapsed?: () => number;
  /** For tests. @defaultValue that of the system */
  readonly openSystemLog?: (options: SystemLogOptions) => SystemLog | undefined;
}

/** Which records, and which page of them. */
export interface AuditQuery {
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string | undefined;
  /** Id of a hybrid connection. */
  readonly connection?: string | undefined;
  /** An operation, or its beginning. */
  readonly operation?: string | undefined;
}

/** Records, newest first. */
export interface AuditRecords {
  readonly records: readonly AuditRecord[];
  /** Where the next page begins; absent at the end. */
  readonly next?: string;
}

/** The audit log. */
export class ManagerAudit {
  readonly #config: ManagerAuditOptions;
  readonly #now: () => number;
  readonly #elapsed: () => number;
  #options: AuditOptions;
  #writer: AuditWriter | undefined;
  #systemLog: SystemLog | undefined;
  readonly #remembered = new Remembered();
  /** By id: since when it is registered, by the clock that nobody sets. */
  readonly #registeredAt = new Map<string, number>();
  /** By id: what was recorded last about its not being registered. */
  readonly #troubles = new Map<string, string>();
  #lostBefore = 0;
  /** One change of the settings after the other. */
  #switching: Promise<void> = Promise.resolve();
  #unheard: () => void = () => undefined;

  constructor(config: ManagerAuditOptions) {
    this.#config = config;
    this.#options = config.options;
    this.#now = config.now ?? Date.now;
    this.#elapsed = config.elapsed ?? (() => performance.now());
  }

  /** Where the files are; `undefined` where none are written. */
  get folder(): string | undefined {
    const { enabled, dir } = this.#options;
    const { dataDir } = this.#config;
    if (!enabled) return undefined;
    return dir ?? (dataDir === undefined ? undefined : join(dataDir, 'audit'));
  }

  /** Records that could not be written to files, since the start. */
  get lost(): number {
    return this.#lostBefore + (this.#writer?.lost ?? 0);
  }

  /** Records that the system's log did not take, since the start. */
  get systemLogLost(): number {
    return this.#systemLog?.lost ?? 0;
  }

  /** Makes the files ready. Never rejects: what is wrong is told, and tried again. */
  async start(): Promise<void> {
    this.#systemLog = this.#openSystemLog();
    await this.#openFiles();
  }

  /** Records what happens to a manager from now on. */
  listen(manager: EventEmitter<ManagerEvents>): void {
    const record = (connection: string, facts: AuditFacts) => this.record({ ...facts, connection });
    const head = (connection: string) => ({ at: this.#time(), connection });
    const heard: { [Name in keyof ManagerEvents]?: (...args: ManagerEvents[Name]) => void } = {
      state: (name, state, id) => this.#moved(name, id, state),
      open: (_, connection, id) => this.#write(opened(head(id), connection)),
      end: (_, connection, id) => this.#write(ended(head(id), connection)),
      targetFailure: (_, failure, sender, id) => record(id, refused(failure, sender)),
      // One at a dial comes with its sender, as a target that failed.
      policyViolation: (_, violation, id) => {
        if (violation.during === 'registration') record(id, violated(violation));
      },
      diagnosis: (_, answered, id) => record(id, diagnosed(answered)),
      policy: (policy) => this.record(policyRead(policy)),
      configuration: (change, { audit, connections }, by) => {
        this.#forgetAllBut(new Set(connections.map(connectionId)));
        const isSame = change.added.length + change.removed.length + change.changed.length === 0;
        const isSameLog = JSON.stringify(audit) === JSON.stringify(this.#options);
        if (isSame && isSameLog) return;
        this.record({ ...configured(change, by), ...(!isSameLog && { audit }) });
        if (!isSameLog) this.#reopen(audit);
      },
    };
    const emitter = manager as EventEmitter;
    const all = Object.entries(heard) as [string, (...args: unknown[]) => void][];
    for (const [name, hears] of all) emitter.on(name, hears);
    this.#unheard = () => {
      for (const [name, hears] of all) emitter.off(name, hears);
    };
  }

  /** Records what the manager's events do not tell: its start and end, what was done through its control socket. */
  record(facts: AuditFacts): void {
    const { operation, connection, ...rest } = facts;
    this.#write({ at: this.#time(), operation, ...(connection !== undefined && { connection }), ...rest });
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }

  #write(record: AuditRecord): void {
    const { severity, isImportant } = OPERATIONS[record.operation];
    const systemLog = isImportant || this.#options.syslog?.records === 'all' ? this.#systemLog : undefined;
    if (this.#writer === undefined) this.#remembered.add(record);
    if (this.#writer === undefined && systemLog === undefined) return;
    const line = JSON.stringify(record);
    this.#writer?.append(line);
    systemLog?.write(severity, line);
  }

  /** Finds records, newest first. */
  async query({ limit, before, connection, operation = '' }: AuditQuery): Promise<AuditRecords> {
    const matches = (record: AuditRecord) =>
      (connection === undefined || record.connection === connection) &&
      record.operation.startsWith(operation);
    const folder = this.folder;
    if (folder === undefined) return this.#remembered.find(matches, { limit, before });
    await this.#writer?.flushed();
    const search = {
      ...{ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, matches },
      mayMatch: (line: string) => connection === undefined || line.includes(JSON.stringify(connection)),
      recordOf: (value: unknown) => (isRecord(value) ? value : undefined),
      timeOf: ({ at }: AuditRecord) => Date.parse(at),
    };
    return queryAudit(folder, search, { limit, before });
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#unheard();
    await this.#switching;
    await Promise.all([this.#writer?.close(), this.#systemLog?.close()]);
  }

  #forgetAllBut(left: ReadonlySet<string>): void {
    for (const known of [this.#registeredAt, this.#troubles]) {
      for (const id of known.keys()) if (!left.has(id)) known.delete(id);
    }
  }

  #moved(name: string, connection: string, state: ConnectionState): void {
    const since = this.#registeredAt.get(connection);
    if (state.name === 'online') {
      this.#troubles.delete(connection);
      if (since !== undefined) return;
      this.#registeredAt.set(connection, this.#elapsed());
      this.record({ operation: 'registered', connection, name });
      return;
    }
    const trouble = troubleOf(state);
    const said = `${state.name} ${trouble.message}`;
    if (since !== undefined) {
      this.#registeredAt.delete(connection);
      this.#troubles.set(connection, said);
      const registeredMs = Math.round(this.#elapsed() - since);
      this.record({
        operation: 'unregistered',
        connection,
        name,
        state: state.name,
        ...trouble,
        registeredMs,
      });
      return;
    }
    const isFailure = ['waiting', 'refused', 'discontinued'].includes(state.name);
    // Said once, not at each attempt; what the policy has against it is a record of its own.
    if (!isFailure || this.#troubles.get(connection) === said) return;
    this.#troubles.set(connection, said);
    this.record({ operation: 'registration-failed', connection, name, state: state.name, ...trouble });
  }

  async #openFiles(): Promise<void> {
    const { folder } = this;
    if (folder === undefined) return;
    const { maxBytes, maxFiles, maxAgeDays } = this.#options;
    this.#writer = new AuditWriter({
      ...{ folder, maxBytes, maxFiles, maxAgeDays, now: this.#now },
      isShared: this.#config.isShared ?? false,
      onState: (error) => this.#config.onProblem(wordsOf(error)),
      lostLine: (lost, since) => this.#lostLine(lost, since),
    });
    for (const record of this.#remembered.take()) this.#writer.append(JSON.stringify(record));
    await this.#writer.start();
  }

  #openSystemLog(): SystemLog | undefined {
    const { syslog } = this.#options;
    if (syslog === undefined || (!syslog.isAsked && this.folder === undefined)) return undefined;
    const open = this.#config.openSystemLog ?? ((options) => openSystemLog(options, this.#config.onProblem));
    return open(syslog);
  }

  /** Goes on with other settings. What comes meanwhile is remembered, and written then. */
  #reopen(options: AuditOptions): void {
    const [writer, systemLog] = [this.#writer, this.#systemLog];
    const isNewLog = JSON.stringify(options.syslog) !== JSON.stringify(this.#options.syslog);
    this.#options = options;
    this.#writer = undefined;
    if (isNewLog) this.#systemLog = this.#openSystemLog();
    this.#switching = this.#switching.then(async () => {
      await Promise.all([writer?.close(), isNewLog ? systemLog?.close() : undefined]);
      this.#lostBefore += writer?.lost ?? 0;
      if (this.#options === options) await this.#openFiles();
    });
  }

  #lostLine(lost: number, since: number): string {
    const operation = 'records-lost';
    return JSON.stringify({ at: this.#time(), operation, lost, since: new Date(since).toISOString() });
  }
}

function isRecord(value: unknown): value is AuditRecord {
  const { at, operation } = (value ?? {}) as Partial<AuditRecord>;
  return typeof at === 'string' && typeof operation === 'string';
}

function wordsOf(error: NodeJS.ErrnoException | undefined): string {
  if (error === undefined) return 'The audit log is written again';
  return `The audit log cannot be written (${error.code ?? error.message}): records wait in memory, and what is more is lost and counted`;
}
