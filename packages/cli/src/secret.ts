/**
 * A secret that an option or a variable of the environment gives: the text itself, or where it stands.
 *
 * The manager and the relay read references in their configuration files by themselves. Their packages are large, and a
 * command that needs neither would load one for this alone.
 * @module
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './usage-error.js';

/** A secret, and how it was given. */
export interface Secret {
  /** Without white space around it. */
  readonly value: string;
  readonly from: 'text' | 'env' | 'file';
}

/**
 * Follows `env:NAME` and `file:path` (also `file:///path`); any other text is the secret itself.
 * @throws UsageError that names the reference, never what it holds.
 */
export function readSecret(text: string, env: Readonly<Record<string, string | undefined>>): Secret {
  const reference = text.trim();
  if (reference.startsWith('env:')) {
    const name = reference.slice('env:'.length);
    const value = env[name]?.trim();
    if (!value) throw new UsageError(`the environment variable ${JSON.stringify(name)} is not set`);
    return { value, from: 'env' };
  }
  if (reference.startsWith('file:')) return { value: readSecretFile(pathOf(reference)), from: 'file' };
  return { value: reference, from: 'text' };
}

/** Reads a file that holds nothing else. @throws UsageError */
export function readSecretFile(path: string): string {
  const file = resolve(path);
  let value: string;
  try {
    value = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`cannot read the file ${JSON.stringify(file)} (${code})`, { cause });
  }
  if (value === '') throw new UsageError(`the file ${JSON.stringify(file)} is empty`);
  return value;
}

function pathOf(reference: string): string {
  if (!reference.startsWith('file://')) return reference.slice('file:'.length);
  try {
    return fileURLToPath(reference);
  } catch (cause) {
    throw new UsageError(`${JSON.stringify(reference)} is not a file address of this machine`, { cause });
  }
}
