/**
 * A manager's configuration file while it runs: read again when it changes, or when somebody says so.
 *
 * A file that cannot be used changes nothing: what runs goes on, and the fault is told.
 * @module
 */

import { resolve } from 'node:path';
import { FileWatch } from '@hybridge/service';
import { ManagerConfigError } from './config-error.js';
import { type FileSources, loadManagerConfig } from './config-file.js';
import type { ManagerConfig } from './manager-config.js';

/** What is watched, and whom it is told. */
export interface ConfigWatchOptions extends FileSources {
  /** Another configuration, ready to be applied. */
  readonly onConfig: (config: ManagerConfig) => void;
  /** The file cannot be used; the message is one line without secrets. */
  readonly onProblem: (problem: ManagerConfigError) => void;
  /** Whether changes are noticed without being told. @defaultValue true */
  readonly watch?: boolean | undefined;
  /** How often files are looked at where the system does not tell of changes, in milliseconds. @defaultValue 5_000 */
  readonly pollMs?: number | undefined;
}

/** Follows a file, the files with keys that it names, and those with certificates. */
export class ConfigWatch {
  readonly #path: string;
  readonly #options: ConfigWatchOptions;
  readonly #watch: FileWatch | undefined;

  /**
   * @param path - the file.
   * @param config - what was read from it last.
   * @param options - whom it is told.
   */
  constructor(path: string, config: ManagerConfig, options: ConfigWatchOptions) {
    this.#path = path;
    this.#options = options;
    if (options.watch === false) return;
    const { pollMs } = options;
    // A file that is not there yet may come.
    this.#watch = new FileWatch([...new Set([resolve(path), ...config.files])], {
      onChange: () => this.reload(),
      pollMs,
    });
  }

  /** Reads the file now. */
  reload(): void {
    const { env, mayBeEmpty, onConfig, onProblem } = this.#options;
    let config: ManagerConfig;
    try {
      config = loadManagerConfig(this.#path, { ...(env && { env }), mayBeEmpty });
    } catch (error) {
      if (!(error instanceof ManagerConfigError)) throw error;
      onProblem(error);
      return;
    }
    this.#watch?.watch([resolve(this.#path), ...config.files]);
    onConfig(config);
  }

  close(): void {
    this.#watch?.close();
  }
}
