/**
 * Writes to syslog, and so to the journal where there is one, by one long-lived `logger` that reads its standard input.
 *
 * That of util-linux takes a severity with each line; others have one for all. A logger that ends is started again, later each time.
 * Lines wait up to a bound; what is more is counted, and a line says so when there is room.
 *
 * Source: logger(1) of util-linux 2.38 and of FreeBSD; RFC 5424 (the numbers).
 * @module
 */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import type { Severity } from './audit-record.js';
import type { SystemLog } from './system-log.js';

/** Characters that may wait for the logger. */
const MAX_WAITING_CHARS = 1_048_576;
/**
 * Bytes of a line; util-linux ends one at 1,024 unless told otherwise, the journal takes 48 kB. What is longer would go on as a line of
 * its own, with a severity of whoever chose the text; so it is cut here.
 */
const MAX_LINE_BYTES = 8_192;
const ELLIPSIS_BYTES = Buffer.byteLength('…');
/** How long to wait before it is started again, at first and at most, in milliseconds. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** How long the last lines have when the manager ends, in milliseconds. */
const CLOSE_MS = 2_000;

/** What a writer to syslog is made of. */
export interface SyslogProcessOptions {
  /** Path of `logger`. */
  readonly command: string;
  readonly facility: string;
  readonly onProblem: (message: string) => void;
  /** More arguments, for tests. */
  readonly args?: readonly string[];
  /** For tests. @defaultValue 1_000 */
  readonly firstRetryMs?: number;
}

/** That of the manager may have keys in it (`env:NAME`), which are no business of another program. */
const ENVIRONMENT: NodeJS.ProcessEnv = { PATH: process.env.PATH };

type Logger = ChildProcessByStdio<Writable, null, null>;

/** Numbers of syslog. */
const FACILITY_NUMBERS: Readonly<Record<string, number>> = {
  ...{ user: 1, daemon: 3, auth: 4, authpriv: 10 },
  ...{ local0: 16, local1: 17, local2: 18, local3: 19, local4: 20, local5: 21, local6: 22, local7: 23 },
};
const SEVERITY_NUMBERS: Readonly<Record<Severity, number>> = { err: 3, warning: 4, notice: 5, info: 6 };

/** Hands lines to a logger. */
export class SyslogProcess implements SystemLog {
  readonly #options: SyslogProcessOptions;
  readonly #ready: Promise<void>;
  #takesSeverities = false;
  #logger: Logger | undefined;
  #waiting: string[] = [];
  #waitingChars = 0;
  /** The logger has enough for now. */
  #isFull = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;
  #isFailing = false;
  #lost = 0;
  #untold = 0;

  constructor(options: SyslogProcessOptions) {
    this.#options = options;
    this.#retryMs = options.firstRetryMs ?? FIRST_RETRY_MS;
    this.#ready = isOfUtilLinux(options.command).then((is) => {
      this.#takesSeverities = is;
      if (!this.#isClosed) this.#start();
    });
  }

  get lost(): number {
    return this.#lost;
  }

  write(severity: Severity, line: string): void {
    if (this.#isClosed || this.#waitingChars + line.length > MAX_WAITING_CHARS) {
      this.#lost += 1;
      this.#untold += 1;
      return;
    }
    if (this.#untold > 0) {
      const lost = this.#untold;
      this.#untold = 0;
      const at = new Date().toISOString();
      this.#push('err', JSON.stringify({ at, operation: 'records-lost', lost, of: 'syslog' }));
    }
    this.#push(severity, line);
    this.#flush();
  }

  async close(): Promise<void> {
    await this.#ready;
    clearTimeout(this.#retry);
    this.#isClosed = true;
    const logger = this.#logger;
    if (logger === undefined) return;
    const ended = new Promise<void>((resolve) => {
      logger.once('close', () => resolve());
      logger.once('error', () => resolve());
    });
    const overdue = setTimeout(() => logger.kill('SIGKILL'), CLOSE_MS);
    for (const line of this.#waiting.splice(0)) logger.stdin.write(line);
    logger.stdin.end();
    await ended;
    clearTimeout(overdue);
  }

  #push(severity: Severity, line: string): void {
    const priority = FACILITY_NUMBERS[this.#options.facility]! * 8 + SEVERITY_NUMBERS[severity];
    const text = cut(line);
    this.#waiting.push(`<${priority}>${text}\n`);
    this.#waitingChars += text.length;
  }

  #flush(): void {
    const logger = this.#logger;
    if (logger === undefined) return;
    while (!this.#isFull && this.#waiting.length > 0) {
      const line = this.#waiting.shift()!;
      const text = this.#takesSeverities ? line : line.slice(line.indexOf('>') + 1);
      this.#isFull = !logger.stdin.write(text, (error) => {
        this.#waitingChars -= line.length - line.indexOf('>') - 2;
        if (error == null) this.#retryMs = this.#options.firstRetryMs ?? FIRST_RETRY_MS;
        else this.#lost += 1;
      });
    }
  }

  #start(): void {
    const { command, args = [] } = this.#options;
    // In a group of its own: Ctrl-C is for the manager, which has a last word to write.
    const logger = spawn(command, [...this.#arguments(), ...args], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: ENVIRONMENT,
    });
    logger.unref();
    (logger.stdin as Writable & { unref?(): void }).unref?.();
    logger.stdin.on('error', () => undefined);
    logger.stdin.on('drain', () => {
      this.#isFull = false;
      this.#flush();
    });
    // One that cannot be started tells no end.
    logger.on('error', () => this.#ended(logger, null));
    logger.once('close', (code) => this.#ended(logger, code));
    this.#logger = logger;
    this.#isFull = false;
    this.#flush();
  }

  #arguments(): string[] {
    const { facility } = this.#options;
    const common = ['-t', 'hybridge-manager', '-p', `${facility}.info`];
    if (!this.#takesSeverities) return common;
    // It would go on without a word where there is no syslog.
    const more = ['--prio-prefix', '--socket-errors=on', `--id=${process.pid}`, `--size=${MAX_LINE_BYTES}`];
    return [...common, ...more];
  }

  #ended(logger: Logger, code: number | null): void {
    if (this.#logger !== logger) return;
    this.#logger = undefined;
    if (this.#isClosed) return;
    if (!this.#isFailing) {
      this.#isFailing = true;
      this.#options.onProblem(
        `The audit log does not get to syslog: ${this.#options.command} ended (${code ?? 'no exit code'}); it is started again`,
      );
    }
    this.#retry = setTimeout(() => this.#start(), this.#retryMs).unref();
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }
}

/** To what a logger takes as one line, without half a character at its end. */
function cut(line: string): string {
  if (line.length * 3 <= MAX_LINE_BYTES || Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  const bytes = Buffer.from(line).subarray(0, MAX_LINE_BYTES - ELLIPSIS_BYTES);
  return `${bytes.toString().replace(/\ufffd$/, '')}…`;
}

/** Others have no words for what a line of its own is to be. */
async function isOfUtilLinux(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, ['--version'], { timeout: 5_000, env: ENVIRONMENT }, (error, stdout) =>
      resolve(error === null && stdout.includes('util-linux')),
    );
  });
}
