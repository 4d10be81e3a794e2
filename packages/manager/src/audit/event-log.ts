/**
 * Writes to the event log of Windows by its own `eventcreate.exe`, which is a process for each event: so it is for important records
 * alone, and for so many a minute.
 *
 * Source: Microsoft Learn, "eventcreate". Not run on Windows in these tests, only what it is called with.
 * @module
 */
import { execFile } from 'node:child_process';
import { win32 } from 'node:path';
import { RateLimiter } from '@hybridge/service';
import { type AuditOperation, OPERATIONS, type Severity } from './audit-record.js';
import type { SystemLog } from './system-log.js';

/** Events a second on average; ten times as many at once. */
const EVENTS_PER_SECOND = 0.5;
/** Processes at a time. */
const MAX_RUNNING = 4;
/** What an event may say, in characters; a command line takes 32,767. */
const MAX_CHARS = 8_192;

/** By its whole path: by its name alone, Windows would look in the folder in which the manager was started first. */
const COMMAND = win32.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'eventcreate.exe');

/** What a writer to the event log is made of. */
export interface EventLogOptions {
  readonly onProblem: (message: string) => void;
  /** Runs a command, for tests. @defaultValue `execFile` */
  readonly run?: (command: string, args: readonly string[], done: (error: Error | null) => void) => void;
}

const TYPES: Readonly<Record<Severity, string>> = {
  err: 'ERROR',
  warning: 'WARNING',
  notice: 'INFORMATION',
  info: 'INFORMATION',
};

/** Writes events. */
export class EventLog implements SystemLog {
  readonly #options: EventLogOptions;
  readonly #limiter = new RateLimiter(EVENTS_PER_SECOND, () => performance.now());
  #running = 0;
  #lost = 0;
  #isFailing = false;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  get lost(): number {
    return this.#lost;
  }

  write(severity: Severity, line: string): void {
    const operation = operationOf(line);
    if (operation === undefined || !OPERATIONS[operation].isImportant) return;
    if (this.#running >= MAX_RUNNING || !this.#limiter.take('')) {
      this.#lost += 1;
      return;
    }
    this.#running += 1;
    const id = String(1 + Object.keys(OPERATIONS).indexOf(operation));
    const text = line.slice(0, MAX_CHARS);
    const args = [
      '/L',
      'APPLICATION',
      '/T',
      TYPES[severity],
      '/SO',
      'Hybridge Manager',
      '/ID',
      id,
      '/D',
      text,
    ];
    (this.#options.run ?? run)(COMMAND, args, (error) => this.#done(error));
  }

  async close(): Promise<void> {}

  #done(error: Error | null): void {
    this.#running -= 1;
    if (error === null) return;
    this.#lost += 1;
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#options.onProblem(`The audit log does not get to the event log of Windows: ${error.message}`);
  }
}

function run(command: string, args: readonly string[], done: (error: Error | null) => void): void {
  execFile(command, args, { timeout: 10_000, windowsHide: true }, (error) => done(error)).unref();
}

function operationOf(line: string): AuditOperation | undefined {
  const { operation } = JSON.parse(line) as { readonly operation: AuditOperation };
  return operation in OPERATIONS ? operation : undefined;
}
