/**
 * Where a secret stands: in the text itself, in the environment or in a file.
 *
 * A connection string carries a key. Written on a command line it shows in the process list, written in a
 * configuration file it is copied with it, so both may say `env:NAME` or `file:path` instead.
 * @module
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSmallFile } from './small-file.js';

/** What references are read against. */
export interface SecretSources {
  /**
   * The folder that a relative `file:` path starts from.
   * @defaultValue the current working directory
   */
  readonly directory?: string;
  /**
   * The environment that `env:` looks in.
   * @defaultValue `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A secret, and where it was found. */
export interface ResolvedSecret {
  /** The secret itself, without white space around it. */
  readonly value: string;
  /** How it was given. */
  readonly from: 'text' | 'env' | 'file';
  /** The file it was read from, as an absolute path; only for `file:`. */
  readonly file?: string;
}

/** A reference leads nowhere. The message is one line that names the reference, never what it holds. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code = 'ERR_SECRET';
}

/**
 * Follows `env:NAME` and `file:path` (also `file:///path`); any other text is the secret itself.
 * @throws SecretError when the variable is not set, or the file cannot be read or is empty.
 */
export function resolveSecret(text: string, sources: SecretSources = {}): ResolvedSecret {
  const reference = text.trim();
  if (reference.startsWith('env:')) return fromEnvironment(reference.slice('env:'.length), sources);
  if (!reference.startsWith('file:')) return { value: reference, from: 'text' };
  const file = secretFile(reference, sources);
  return { value: readSecretFile(file), from: 'file', file };
}

/** The absolute path of a `file:` reference, or of a plain path. @throws SecretError for one of another machine. */
export function secretFile(
  reference: string,
  { directory = process.cwd() }: Pick<SecretSources, 'directory'> = {},
): string {
  if (!reference.startsWith('file://')) return resolve(directory, reference.replace(/^file:/, ''));
  try {
    return fileURLToPath(reference);
  } catch (cause) {
    throw new SecretError(`${JSON.stringify(reference)} is not a file address of this machine`, { cause });
  }
}

/** Reads a file that holds nothing else, without white space around it. @throws SecretError */
export function readSecretFile(path: string): string {
  const file = resolve(path);
  let value: string;
  try {
    value = readSmallFile(file).trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SecretError(`cannot read the file ${JSON.stringify(file)} (${code})`, { cause });
  }
  if (value === '') throw new SecretError(`the file ${JSON.stringify(file)} is empty`);
  return value;
}

/**
 * Tells whether others than the owner may read or change a file.
 *
 * Windows has no such bits, so there the answer is always no. @throws node's own error when there is no such file.
 */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0;
}

function fromEnvironment(name: string, { env = process.env }: SecretSources): ResolvedSecret {
  const value = env[name]?.trim();
  if (value === undefined || value === '') {
    throw new SecretError(`the environment variable ${JSON.stringify(name)} is not set`);
  }
  return { value, from: 'env' };
}
