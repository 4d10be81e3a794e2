/**
 * The audit log of a relay: makes records of what happens and what is changed, writes them, shows them as they come, and
 * finds them again.
 *
 * Without a folder the last records are kept in memory.
 * @module
 */

import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { type AuditAnswer, type AuditPage, AuditWriter, queryAudit } from '@hybridge/service';
import type { RelayEvents } from '../events.js';
import type { Alarms } from '../metrics/alarms.js';
import type { ResourceLabels } from '../model/model.js';
import { type AuditFilter, prepareFilter } from './audit-filter.js';
import { AUDIT_DEFAULTS, type AuditOptions } from './audit-options.js';
import {
  type AuditedEvent,
  type AuditRecord,
  eventTime,
  MAIN_EVENTS,
  REQUEST_EVENTS,
  recordOf,
  resourceIdOf,
  STEP_EVENTS,
} from './audit-record.js';

/** Records that are kept in memory where there is no folder. */
const MAX_REMEMBERED = 1_000;

/** A change, or what else was done through the admin port. Never holds a key or a token. */
export interface AdministrativeAction {
  /** Such as `put-hybrid-connection`. */
  readonly action: string;
  readonly tokenId?: string | undefined;
  readonly tokenName?: string | undefined;
  readonly role?: string | undefined;
  readonly remoteAddress?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  readonly namespace?: string | undefined;
  readonly hybridConnection?: string | undefined;
  readonly policy?: string | undefined;
  /** Ties the record to the answer; made up where there is none. */
  readonly requestId?: string | undefined;
  /** More to be found in the record. */
  readonly details?: Readonly<Record<string, string>> | undefined;
}

/** Which records, and which page of them. */
export interface AuditQuery extends AuditFilter, AuditPage {}

/** What a trail works with. */
export interface AuditTrailOptions {
  readonly options: AuditOptions;
  /** `undefined`: nothing is written. */
  readonly folder: string | undefined;
  readonly labelsOf: (namespace: string | undefined) => ResourceLabels;
  readonly alarms: Alarms;
  readonly now: () => number;
}

/** The audit log. */
export class AuditTrail {
  readonly #config: AuditTrailOptions;
  readonly #writer: AuditWriter | undefined;
  readonly #remembered: AuditRecord[] = [];
  readonly #watchers = new Set<(record: AuditRecord) => void>();
  #stopListening: () => void = () => undefined;

  constructor(config: AuditTrailOptions) {
    const { folder, options, now } = config;
    this.#config = config;
    this.#writer =
      folder === undefined
        ? undefined
        : new AuditWriter({
            ...AUDIT_DEFAULTS,
            ...options,
            folder,
            now,
            onState: (error) => this.#onState(error),
            lostLine: (lost, since) => JSON.stringify(this.#lostRecord(lost, since)),
          });
  }

  /** Records that could not be written, since the start. */
  get lost(): number {
    return this.#writer?.lost ?? 0;
  }

  /** Makes the files ready. */
  async start(): Promise<void> {
    await this.#writer?.start();
  }

  /** Records events of a relay from now on. */
  listen(events: EventEmitter<RelayEvents>): void {
    const { requests, steps } = { ...AUDIT_DEFAULTS, ...this.#config.options };
    const names = [...MAIN_EVENTS, ...(requests ? REQUEST_EVENTS : []), ...(steps ? STEP_EVENTS : [])];
    const emitter = events as EventEmitter;
    const onEvent = (event: AuditedEvent) => this.#onEvent(event);
    for (const name of names) emitter.on(name, onEvent);
    this.#stopListening = () => {
      for (const name of names) emitter.off(name, onEvent);
    };
  }

  /** Records what was done through the admin port, or tried. */
  administered({ requestId, details, ...done }: AdministrativeAction): void {
    const action = { ...placesIn(done.path), ...details, ...done };
    const { namespace } = action;
    this.#add({
      resourceId: resourceIdOf(this.#config.labelsOf(namespace), namespace),
      ActivityId: requestId ?? randomUUID(),
      endpoint: action.path ?? '',
      operationName: `Microsoft.Relay/Administration/${action.action}`,
      EventTimeString: eventTime(new Date(this.#config.now())),
      message: messageOf(action),
      category: 'Administrative',
      properties: { ...action },
    });
  }

  /** Finds records, newest first. */
  async query(query: AuditQuery): Promise<AuditAnswer<AuditRecord>> {
    const { folder } = this.#config;
    if (folder === undefined) return this.#recall(query);
    await this.#writer?.flushed();
    return queryAudit(folder, prepareFilter(query), query);
  }

  /** Shows each record as it comes. @returns ends it */
  watch(watcher: (record: AuditRecord) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.#writer?.close();
  }

  #onEvent(event: AuditedEvent): void {
    this.#add(recordOf(event, this.#config.labelsOf(event.namespace)));
  }

  #add(record: AuditRecord): void {
    if (this.#writer !== undefined) this.#writer.append(JSON.stringify(record));
    else if (this.#remembered.push(record) >= 2 * MAX_REMEMBERED) this.#remembered.splice(0, MAX_REMEMBERED);
    for (const watcher of this.#watchers) watcher(record);
  }

  #onState(error: NodeJS.ErrnoException | undefined): void {
    const { alarms } = this.#config;
    if (error === undefined) {
      alarms.clear('audit-disk');
      return;
    }
    alarms.raise(
      'audit-disk',
      `The audit log cannot be written (${error.code ?? error.message})`,
      'Make room on the disk of the audit log, or mend it. Traffic goes on; records that do not fit in memory are lost and counted.',
    );
  }

  #lostRecord(lost: number, since: number): AuditRecord {
    const now = this.#config.now();
    return {
      resourceId: resourceIdOf(this.#config.labelsOf(undefined)),
      ActivityId: randomUUID(),
      endpoint: '',
      operationName: 'Microsoft.Relay/Audit/RecordsLost',
      EventTimeString: eventTime(new Date(now)),
      message: `${lost} records are missing here: they could not be written.`,
      category: 'Administrative',
      properties: { lost, since: new Date(since).toISOString(), until: new Date(now).toISOString() },
    };
  }

  #recall({ limit, before, ...filter }: AuditQuery): AuditAnswer<AuditRecord> {
    const prepared = prepareFilter(filter satisfies AuditFilter);
    const found = this.#remembered.filter(
      (record) => prepared.matches(record) && prepared.mayMatch(JSON.stringify(record)),
    );
    const skipped = /^\d{1,9}$/.test(before ?? '') ? Number(before) : 0;
    const records = found.reverse().slice(skipped, skipped + limit);
    const next = skipped + records.length;
    return { records, ...(next < found.length && { next: String(next) }) };
  }
}

function messageOf({ action, status = 0 }: AdministrativeAction): string {
  if (status >= 400) return 'A request was refused.';
  // Of what is only looked at, nothing but keys is written down.
  return action.startsWith('list') ? 'Keys were read.' : 'A change was made.';
}

/** What a path is about, in any of the shapes that addresses have: docs/protocol.md, section 6. */
const PLACES = {
  namespace: /\/(?:namespaces|hybridConnectionNamespaces)\/([^/]+)/i,
  hybridConnection: /\/(?:hybridConnections|relays)\/([^/]+)/i,
  policy: /\/authorizationRules\/([^/]+)/i,
};

/** So that changes are found by the names of what was changed. */
function placesIn(path = ''): Partial<Record<keyof typeof PLACES, string>> {
  const found = Object.entries(PLACES).flatMap(([name, pattern]) => {
    const part = pattern.exec(path)?.[1];
    return part === undefined ? [] : [[name, decoded(part)] as const];
  });
  return Object.fromEntries(found);
}

/** A name as it stands in the directory: where a path has it as one part, a slash is a tilde. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~', '/');
  } catch {
    return part;
  }
}
