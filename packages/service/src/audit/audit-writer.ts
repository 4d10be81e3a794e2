/**
 * Appends lines to the files of the audit log.
 *
 * A line is handed to the kernel at once, or with those of the next ten milliseconds; a process that ends by itself, be
 * it by an error, writes what is left. So one that is killed loses those milliseconds, and all other lines are whole,
 * except perhaps the last. The disk is never waited for: lines queue up to a bound, and
 * beyond it they are counted and dropped. A write that fails is tried again until it does not; then the first line says
 * how many are missing. A file that somebody takes away or empties meanwhile is noticed within a second: what comes then is in a
 * new one, or goes on where that one ends.
 * @module
 */
import { writeSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { auditFileName, auditFiles, removeOldFiles, repairFile } from './audit-files.js';

/** Characters that may wait for the disk. */
const MAX_WAITING_CHARS = 4_194_304;

/** What one write takes at most: a bigger one would hold up the next. */
const MAX_WRITE_CHARS = 262_144;

/** Lines that come within so many milliseconds of a write go into the next one: each wakes two threads up. */
const TOGETHER_MS = 10;

/** How often it is looked whether the file is still what it was, at most: others have scripts that tidy up. */
const LOOK_MS = 1_000;

/** How long to wait after a failure, at first and at most. */
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/** A file holds a day at most, so that the age of files is the age of what they hold. */
const DAY_MS = 86_400_000;

/** What a writer is made of. */
export interface AuditWriterOptions {
  readonly folder: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly maxAgeDays: number;
  readonly now: () => number;
  /** Another process may write to the newest file, so a new one is begun. @defaultValue false */
  readonly isShared?: boolean;
  /** Writing has failed, or, with `undefined`, works again. Told once for each change. */
  readonly onState: (error: NodeJS.ErrnoException | undefined) => void;
  /** Makes the line that says that lines are missing. */
  readonly lostLine: (lost: number, since: number) => string;
}

/** The file that is written to. */
interface Current {
  readonly number: number;
  readonly file: FileHandle;
  /** Up to where it is whole. */
  bytes: number;
  readonly begunAt: number;
}

/** Writes. */
export class AuditWriter {
  readonly #options: AuditWriterOptions;
  #waiting: string[] = [];
  /** Those that are being written included. */
  #waitingChars = 0;
  #writing: string[] = [];
  #current: Current | undefined;
  /** Number of the newest file. */
  #number = 0;
  #busy: Promise<void> | undefined;
  #writtenAt = 0;
  #lookedAt = 0;
  #scheduled = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #failing = false;
  #lost = 0;
  #lostSince = 0;
  #lostInAll = 0;
  #closed = false;
  readonly #onExit = (): void => this.#writeRest();

  constructor(options: AuditWriterOptions) {
    this.#options = options;
    process.on('exit', this.#onExit);
  }

  /** Records that were dropped, since the start. */
  get lost(): number {
    return this.#lostInAll;
  }

  /** Makes the last file whole. A folder that cannot be used is reported as a failed write is, and tried again. */
  async start(): Promise<void> {
    this.#busy = this.#begin();
    await this.#busy;
    this.#schedule();
  }

  /** Appends a line, given without its end. Never throws, never waits. */
  append(line: string): void {
    if (this.#closed || this.#waitingChars + line.length > MAX_WAITING_CHARS) {
      if (this.#lost === 0) this.#lostSince = this.#options.now();
      this.#lost += 1;
      this.#lostInAll += 1;
      return;
    }
    this.#tellLost();
    this.#push(line);
    this.#schedule();
  }

  /** Resolves when all that was appended so far is with the kernel, or cannot be written now. */
  async flushed(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#failing) {
      this.#busy ??= this.#write();
      await this.#busy;
    }
    await this.#busy;
  }

  /** Writes what waits, if that is possible, and ends. */
  async close(): Promise<void> {
    await this.flushed();
    if (this.#failing) {
      this.#busy ??= this.#write();
      await this.#busy;
    }
    this.#closed = true;
    clearTimeout(this.#retry);
    process.off('exit', this.#onExit);
    await this.#current?.file.close().catch(() => undefined);
    this.#current = undefined;
  }

  async #begin(): Promise<void> {
    await this.#attempt(async () => {
      await this.#openNewest();
    });
    this.#busy = undefined;
  }

  #push(line: string): void {
    this.#waiting.push(`${line}\n`);
    this.#waitingChars += line.length + 1;
  }

  /** Where lines are missing stands how many. */
  #tellLost(): void {
    if (this.#lost === 0) return;
    const lost = this.#lost;
    this.#lost = 0;
    this.#push(this.#options.lostLine(lost, this.#lostSince));
  }

  /** Once for all that comes in a turn of the event loop. */
  #schedule(): void {
    if (this.#scheduled || this.#busy !== undefined || this.#failing || this.#waiting.length === 0) return;
    this.#scheduled = true;
    const write = (): void => {
      this.#scheduled = false;
      this.#busy ??= this.#write();
    };
    const sinceMs = performance.now() - this.#writtenAt;
    if (sinceMs >= TOGETHER_MS) setImmediate(write);
    else setTimeout(write, TOGETHER_MS - sinceMs).unref();
  }

  async #write(): Promise<void> {
    // Who asked for it notes first that it is under way: what was over before would count as busy for good.
    await Promise.resolve();
    let works = !this.#failing || (await this.#attempt(() => this.#writeSome()));
    while (works) {
      if (this.#waiting.length === 0) this.#tellLost();
      if (this.#waiting.length === 0) break;
      works = await this.#attempt(() => this.#writeSome());
    }
    this.#writtenAt = performance.now();
    this.#busy = undefined;
    // Something may have come since the last look.
    this.#schedule();
  }

  /** @returns whether it went well; if not, it is tried again later */
  async #attempt(step: () => Promise<void>): Promise<boolean> {
    try {
      await step();
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException);
      return false;
    }
    this.#retryMs = FIRST_RETRY_MS;
    if (this.#failing) {
      this.#failing = false;
      this.#options.onState(undefined);
    }
    return true;
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (!this.#failing) {
      this.#failing = true;
      this.#options.onState(error);
    }
    if (this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#busy ??= this.#write();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
  }

  async #writeSome(): Promise<void> {
    const lines = this.#take();
    this.#writing = lines;
    try {
      const bytes = Buffer.from(lines.join(''));
      await append(await this.#fileFor(bytes.length), bytes);
      for (const { length } of lines) this.#waitingChars -= length;
    } catch (error) {
      this.#waiting.unshift(...lines);
      throw error;
    } finally {
      this.#writing = [];
    }
  }

  /** What goes into one write. */
  #take(): string[] {
    let chars = 0;
    let count = 0;
    while (count < this.#waiting.length && chars < MAX_WRITE_CHARS) {
      chars += this.#waiting[count]!.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #fileFor(bytes: number): Promise<Current> {
    const { maxBytes, now } = this.#options;
    let current = (await this.#stillThere()) ?? (await this.#openNewest());
    const isFull = current.bytes > 0 && current.bytes + bytes > maxBytes;
    if (isFull || now() - current.begunAt >= DAY_MS) {
      await current.file.close();
      this.#current = undefined;
      current = await this.#create();
    }
    return current;
  }

  /** @returns the file that is written to; `undefined` when there is none, or not any more */
  async #stillThere(): Promise<Current | undefined> {
    const current = this.#current;
    const now = performance.now();
    if (current === undefined || now - this.#lookedAt < LOOK_MS) return current;
    this.#lookedAt = now;
    const { nlink, size } = await current.file.stat();
    // Emptied by `logrotate` with `copytruncate`, for one: a gap of zeros would be where its lines were.
    current.bytes = Math.min(current.bytes, size);
    if (nlink > 0) return current;
    await current.file.close();
    this.#current = undefined;
    return undefined;
  }

  async #openNewest(): Promise<Current> {
    const { folder, now } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const newest = (await auditFiles(folder)).at(-1);
    this.#number = Math.max(this.#number, newest?.number ?? 0);
    if (newest === undefined || this.#options.isShared === true) return this.#create();
    const bytes = await repairFile(newest.path);
    const file = await open(newest.path, 'r+');
    const { birthtimeMs } = await file.stat();
    this.#current = { number: newest.number, file, bytes, begunAt: Math.min(now(), birthtimeMs || now()) };
    return this.#current;
  }

  async #create(): Promise<Current> {
    const { folder, maxFiles, maxAgeDays, now } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const begunAt = now();
    // Somebody else may have begun files meanwhile.
    const newest = (await auditFiles(folder)).at(-1)?.number ?? 0;
    this.#number = Math.max(this.#number, newest) + 1;
    const file = await open(join(folder, auditFileName(this.#number, begunAt)), 'wx+', 0o600);
    this.#current = { number: this.#number, file, bytes: 0, begunAt };
    const writtenSince = begunAt - maxAgeDays * DAY_MS;
    await removeOldFiles(await auditFiles(folder), { maxFiles, writtenSince });
    return this.#current;
  }

  /** The process ends, in order or by an error: what has not been written yet is written now. */
  #writeRest(): void {
    const current = this.#current;
    // What is being written may be there or not; it comes to the same place.
    const text = [...this.#writing, ...this.#waiting].join('');
    if (current === undefined || text === '') return;
    try {
      writeSync(current.file.fd, text, current.bytes);
    } catch {
      // There is nobody left to tell.
    }
  }
}

/** Appends, or leaves the file as it was. */
async function append(current: Current, bytes: Buffer): Promise<void> {
  let written = 0;
  try {
    while (written < bytes.length) {
      const { bytesWritten } = await current.file.write(
        bytes,
        written,
        bytes.length - written,
        current.bytes + written,
      );
      written += bytesWritten;
    }
    current.bytes += bytes.length;
  } catch (error) {
    // What stands half is taken back. Should that fail too, it is overwritten next time: writing goes on where it was whole.
    if (written > 0) await current.file.truncate(current.bytes).catch(() => undefined);
    throw error;
  }
}
