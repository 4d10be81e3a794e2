/**
 * What a running manager follows: its configuration file, and SIGHUP.
 * @module
 */
import { ConfigWatch, type HybridConnectionManager, type ManagerConfig } from '@hybridge/manager';
import type { Log } from './log.js';
import type { Surroundings } from './surroundings.js';

/** What is followed, and how. */
export interface FollowOptions {
  /** The configuration file. */
  readonly path: string;
  /** What was read from it last. */
  readonly config: ManagerConfig;
  /** Whether changes of it are noticed without a signal. */
  readonly watch: boolean;
  readonly log: Log;
  readonly surroundings: Surroundings;
}

/** Applies every change of the file. @returns what ends that */
export function followConfig(
  manager: HybridConnectionManager,
  { path, config, watch, log, surroundings }: FollowOptions,
): () => void {
  const { env } = surroundings;
  const follows = new ConfigWatch(path, config, {
    env,
    watch,
    onConfig: (next) => {
      for (const warning of next.warnings) log.warn(warning);
      const { added, removed, changed } = manager.apply(next);
      const isSame = added.length + removed.length + changed.length === 0;
      log.info(isSame ? 'configuration read again: nothing changed' : 'configuration applied', {
        added,
        removed,
        changed,
      });
    },
    onProblem: ({ message }) => {
      log.error(`the configuration cannot be used, so what runs goes on as it is: ${message}`);
    },
  });
  const unhook = surroundings.onHangUp?.(() => {
    log.info('SIGHUP: reading configuration and policy again');
    follows.reload();
    manager.reloadPolicy();
  });
  return () => {
    unhook?.();
    follows.close();
  };
}
