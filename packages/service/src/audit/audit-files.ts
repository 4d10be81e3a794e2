/**
 * The files of the audit log: their names and order, which are kept, and how one that a crash has torn is made whole.
 *
 * Files are numbered, so that their order does not hang on the clock; the time in the name is for people.
 * @module
 */
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What is read at once, in bytes. */
const BLOCK_BYTES = 65_536;

const NAME = /^audit-(\d{8,15})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.jsonl$/;

/** One file. */
export interface AuditFile {
  readonly number: number;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
}

/** The name of a file. @param begunAt - milliseconds since 1970 */
export function auditFileName(number: number, begunAt: number): string {
  const time = new Date(begunAt).toISOString().replace(/[-:]|\.\d+/g, '');
  return `audit-${String(number).padStart(8, '0')}-${time}.jsonl`;
}

/** The files of a folder, oldest first. Others that lie there are passed over; no folder, no files. */
export async function auditFiles(folder: string): Promise<AuditFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const files = names.flatMap((name) => {
    const [found, number, year, month, ...rest] = (NAME.exec(name) ?? []).map(Number);
    if (found === undefined) return [];
    const [day, hour, minute, second] = rest;
    const begunAt = Date.UTC(year!, month! - 1, day, hour, minute, second);
    return [{ number: number!, path: join(folder, name), begunAt }];
  });
  return files.sort((one, other) => one.number - other.number);
}

/**
 * Removes the oldest files, never the newest.
 * @param keep - how many may stay, and since when they must have been written to, in milliseconds since 1970
 */
export async function removeOldFiles(
  files: readonly AuditFile[],
  keep: { readonly maxFiles: number; readonly writtenSince: number },
): Promise<void> {
  const spare = files.slice(0, -1);
  const surplus = files.length - keep.maxFiles;
  for (const [index, { path }] of spare.entries()) {
    if (index < surplus || (await lastWritten(path)) < keep.writtenSince) await rm(path, { force: true });
  }
}

async function lastWritten(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Cuts off a last line that was not written to its end. @returns the length of the file, in bytes */
export async function repairFile(path: string): Promise<number> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const whole = await wholeLines(file, size);
    if (whole < size) await file.truncate(whole);
    return whole;
  } finally {
    await file.close();
  }
}

/** Up to where the lines are whole. */
async function wholeLines(file: Awaited<ReturnType<typeof open>>, size: number): Promise<number> {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const newline = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}
