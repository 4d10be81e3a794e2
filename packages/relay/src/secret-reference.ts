/**
 * Settings that stand elsewhere: `env:NAME` in the environment, `file:path` in a file.
 *
 * So that a configuration can be shown and kept in version control while its keys are not in it.
 * @module
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RelayConfigError } from './relay-config-error.js';

/** What references are resolved against. */
export interface ReferenceContext {
  /** Relative paths start here: the folder of the configuration file. */
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The value that a setting stands for: itself, unless it begins with `env:` or `file:`. White space around it goes.
 * @param place - names the setting in a message
 * @throws RelayConfigError when the variable is not set, or the file cannot be read or is empty.
 */
export function resolveReference(setting: string, place: string, context: ReferenceContext): string {
  if (setting.startsWith('env:')) {
    const name = setting.slice('env:'.length);
    const value = context.env[name]?.trim();
    if (value) return value;
    throw new RelayConfigError(`${place}: the environment variable ${JSON.stringify(name)} is not set`);
  }
  if (setting.startsWith('file:')) return readSetting(referencedFile(setting, context), place);
  return setting;
}

/** The absolute path of a `file:` reference, or of a plain path. */
export function referencedFile(setting: string, { baseDir }: ReferenceContext): string {
  if (setting.startsWith('file://')) return fileURLToPath(setting);
  return resolve(baseDir, setting.startsWith('file:') ? setting.slice('file:'.length) : setting);
}

/** Reads a whole file as one setting. @throws RelayConfigError */
export function readSetting(file: string, place: string): string {
  let value: string;
  try {
    value = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RelayConfigError(`${place}: cannot read ${file} (${code})`, { cause });
  }
  if (value === '') throw new RelayConfigError(`${place}: ${file} is empty`);
  return value;
}
