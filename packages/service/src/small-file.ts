/**
 * Whole files that people name: keys, tokens, certificates, configurations.
 *
 * What a path leads to is not ours to choose, and it is read again while connections go on: so nothing is read without end. A pipe
 * (`file:/dev/stdin`, a shell's `file:<(command)`) is waited for by a process that has just been started; one that runs has others to serve.
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** More than any of them has, in bytes. */
const MAX_BYTES = 4_194_304;
/** What is read at once, in bytes. */
const BLOCK_BYTES = 65_536;
/** Of the process, in milliseconds, until when pipes are waited for: whoever writes may have to ask a person for a password. */
const PATIENT_AGE_MS = 30_000;
/** How long afterwards, in milliseconds. */
const PATIENCE_MS = 100;
const PAUSE_MS = 10;

/** What may be read. */
export interface SmallFileOptions {
  /** @defaultValue 4 MiB */
  readonly maxBytes?: number;
  /** For a pipe, in milliseconds. @defaultValue until the process is half a minute old, and 100 then */
  readonly patienceMs?: number;
}

/**
 * Reads a file as text in UTF-8.
 * @throws Node's own error; with the code `EFBIG` for what is too large, `ETIMEDOUT` for a pipe that says nothing
 */
export function readSmallFile(path: string, options: SmallFileOptions = {}): string {
  const { maxBytes = MAX_BYTES, patienceMs = patience() } = options;
  // To open a pipe that nobody writes to would take as long as that is so.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const isPipe = fstatSync(file).isFIFO();
    const until = performance.now() + patienceMs;
    const blocks: Buffer[] = [];
    for (let size = 0; ; ) {
      const block = Buffer.allocUnsafe(BLOCK_BYTES);
      const read = readSome(file, block);
      // An end before the first word is that of a pipe that nobody writes to yet.
      if (read === undefined || (read === 0 && isPipe && size === 0)) {
        if (performance.now() > until) throw failure('ETIMEDOUT', 'nothing comes', path);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
        continue;
      }
      if (read === 0) return Buffer.concat(blocks).toString('utf8');
      size += read;
      if (size > maxBytes) throw failure('EFBIG', `it is larger than ${maxBytes} bytes`, path);
      blocks.push(block.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
}

function patience(): number {
  return Math.max(PATIENCE_MS, PATIENT_AGE_MS - process.uptime() * 1_000);
}

/** @returns `undefined` for nothing yet */
function readSome(file: number, block: Buffer): number | undefined {
  try {
    return readSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

function failure(code: string, words: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${words}, ${path}`), { code, path });
}
