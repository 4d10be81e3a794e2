/**
 * Reads the audit log backward, newest first, page by page.
 *
 * A call reads so many bytes at most, found enough or not; its cursor says where the next one goes on. A line that cannot
 * be read is passed over. Files that are removed meanwhile are missing, no more.
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';
import { type AuditFile, auditFiles } from './audit-files.js';

/** What is read at once, in bytes. */
const BLOCK_BYTES = 65_536;

/** What one call reads at most, in bytes: some 15,000 records. */
const MAX_READ_BYTES = 8_388_608;

/** A line that is longer than this is none of ours. */
const MAX_LINE_BYTES = 1_048_576;

/** How far records may stand out of order: those of several workers come over different ways. */
const DISORDER_MS = 60_000;

/** Which records are wanted, and how one is read. */
export interface AuditSearch<R> {
  /** Not before, in milliseconds since 1970; `-Infinity` for all. */
  readonly from: number;
  /** Not after, in milliseconds since 1970; `Infinity` for all. */
  readonly to: number;
  /** Whether a line may be of a wanted record, before it is read. */
  mayMatch(line: string): boolean;
  /** What a line holds, as a record; `undefined` if it is none. */
  recordOf(value: unknown): R | undefined;
  /** When that was, in milliseconds since 1970. */
  timeOf(record: R): number;
  matches(record: R): boolean;
}

/** Which page of them. */
export interface AuditPage {
  readonly limit: number;
  /** Of the page before. One that cannot be read counts as absent. */
  readonly before?: string | undefined;
}

/** Records, newest first. */
export interface AuditAnswer<R> {
  readonly records: readonly R[];
  /** Where the next page begins; absent at the end. A page may be short and have a next one nevertheless. */
  readonly next?: string;
}

/** A place between two lines. */
interface Place {
  readonly number: number;
  readonly offset: number;
}

/** Reads one page. */
export async function queryAudit<R>(
  folder: string,
  search: AuditSearch<R>,
  { limit, before: cursor }: AuditPage,
): Promise<AuditAnswer<R>> {
  const before = placeOf(cursor);
  const files = (await auditFiles(folder)).filter(
    ({ number }) => before === undefined || number <= before.number,
  );
  const page = new Page(search, limit);
  for (const file of files.reverse()) {
    await page.read(file, before?.number === file.number ? before.offset : undefined);
    if (page.place !== undefined || page.isOver) break;
  }
  return { records: page.records, ...(page.place && { next: `${page.place.number}.${page.place.offset}` }) };
}

class Page<R> {
  readonly records: R[] = [];
  /** Where reading stopped, though there is more. */
  place: Place | undefined;
  /** What follows is older than what is wanted. */
  isOver = false;
  readonly #search: AuditSearch<R>;
  readonly #limit: number;
  #left = MAX_READ_BYTES;

  constructor(search: AuditSearch<R>, limit: number) {
    this.#search = search;
    this.#limit = limit;
  }

  /** @param end - up to where; absent: all of it */
  async read({ number, path, begunAt }: AuditFile, end: number | undefined): Promise<void> {
    if (begunAt > this.#search.to + DISORDER_MS) return;
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    try {
      const { size, mtimeMs } = await file.stat();
      if (mtimeMs < this.#search.from - DISORDER_MS) this.isOver = true;
      else await this.#readBack(file, number, Math.min(end ?? size, size));
    } finally {
      await file.close();
    }
  }

  /** Takes blocks from the end; the piece of a line at a block's beginning waits for the block before it. */
  async #readBack(file: FileHandle, number: number, from: number): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    for (let end = from; end > 0; ) {
      const start = Math.max(0, end - BLOCK_BYTES);
      const block = Buffer.allocUnsafe(end - start);
      const { bytesRead } = await file.read(block, 0, block.length, start);
      if (bytesRead < block.length) return;
      this.#left -= block.length;
      const text = rest.length === 0 ? block : Buffer.concat([block, rest]);
      let lineEnd = text.length;
      for (;;) {
        const newline = lineEnd === 0 ? -1 : text.lastIndexOf(0x0a, lineEnd - 1);
        if (newline < 0 && start > 0) break;
        this.#take(text.subarray(newline + 1, lineEnd));
        if (this.isOver) return;
        const isFull = this.records.length >= this.#limit || this.#left <= 0;
        if (isFull) this.place = { number, offset: start + Math.max(newline, 0) };
        if (isFull || newline < 0) return;
        lineEnd = newline;
      }
      rest = lineEnd > MAX_LINE_BYTES ? Buffer.alloc(0) : text.subarray(0, lineEnd);
      end = start;
    }
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const line = bytes.toString();
    if (!this.#search.mayMatch(line)) return;
    const record = this.#search.recordOf(parse(line));
    if (record === undefined) return;
    if (this.#search.timeOf(record) < this.#search.from - DISORDER_MS) this.isOver = true;
    else if (this.#search.matches(record)) this.records.push(record);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function placeOf(cursor: string | undefined): Place | undefined {
  const [, number, offset] = /^(\d{1,15})\.(\d{1,15})$/.exec(cursor ?? '') ?? [];
  return number === undefined ? undefined : { number: Number(number), offset: Number(offset) };
}
