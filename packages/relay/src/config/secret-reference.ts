/**
 * Settings that stand elsewhere, as a relay's configuration has them: what goes wrong is a fault of the configuration, at a
 * place in it.
 * @module
 */
import { readSecretFile, resolveSecret, SecretError, secretFile } from '@hybridge/service';
import { RelayConfigError } from './relay-config-error.js';

/** What references are resolved against. */
export interface ReferenceContext {
  /** Relative paths start here: the folder of the configuration file. */
  readonly baseDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of each file before it is read. */
  readonly onFile?: ((file: string, place: string) => void) | undefined;
}

/**
 * The value that a setting stands for: itself, unless it begins with `env:` or `file:`.
 * @param place - names the setting in a message
 * @throws RelayConfigError when the variable is not set, or the file cannot be read or is empty.
 */
export function resolveReference(setting: string, place: string, context: ReferenceContext): string {
  const { baseDir, env, onFile } = context;
  if (setting.trim().startsWith('file:')) onFile?.(referencedFile(setting.trim(), place, context), place);
  return at(place, () => resolveSecret(setting, { directory: baseDir, env }).value);
}

/** The absolute path of a `file:` reference, or of a plain path. @throws RelayConfigError */
export function referencedFile(setting: string, place: string, { baseDir }: ReferenceContext): string {
  return at(place, () => secretFile(setting, { directory: baseDir }));
}

/** Reads a whole file as one setting. @throws RelayConfigError */
export function readSetting(file: string, place: string, { onFile }: ReferenceContext): string {
  onFile?.(file, place);
  return at(place, () => readSecretFile(file));
}

function at<T>(place: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof SecretError)) throw cause;
    throw new RelayConfigError(`${place}: ${cause.message}`, { cause });
  }
}
