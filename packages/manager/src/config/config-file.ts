/**
 * A manager's configuration file, in YAML or JSON.
 * @module
 */

import { dirname, resolve } from 'node:path';
import { isOpenToOthers, readSmallFile } from '@hybridge/service';
import { ManagerConfigError } from './config-error.js';
import { checkSettings, type ManagerConfig, openFile, type SettingsSources } from './manager-config.js';
import { parseYaml } from './yaml-text.js';

/** What a file is read against, beside its own folder. */
export type FileSources = Pick<SettingsSources, 'env' | 'mayBeEmpty'>;

/**
 * Reads a configuration file. Relative paths in it start from its own folder.
 * @throws ManagerConfigError in one line, with the file and the place in it.
 */
export function loadManagerConfig(path: string, sources: FileSources = {}): ManagerConfig {
  try {
    const file = resolve(path);
    const settings = parseYaml(read(file));
    const checked = checkSettings(settings, { ...sources, directory: dirname(file) });
    const { holdKeys } = checked;
    const config = { ...checked.config, files: [file, ...checked.config.files] };
    if (!holdKeys || !isOpenToOthers(file)) return config;
    return { ...config, warnings: [openFile(file), ...config.warnings] };
  } catch (error) {
    if (!(error instanceof ManagerConfigError)) throw error;
    throw new ManagerConfigError(`${path}: ${error.message}`, { cause: error.cause });
  }
}

function read(file: string): string {
  try {
    return readSmallFile(file);
  } catch (cause) {
    throw new ManagerConfigError(`cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}
