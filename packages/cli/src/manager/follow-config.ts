/**
 * What a running manager follows: its configuration file, and SIGHUP.
 * @module
 */
import {
  ConfigStore,
  ConfigWatch,
  type HybridConnectionManager,
  type ManagerConfig,
} from '@hybridge/manager';
import type { Log } from '../log.js';
import type { Surroundings } from '../surroundings.js';

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
  /** What stands there cannot be used. @param by - who wants it so */
  readonly onRefused: (message: string, by: string) => void;
  /** Another configuration holds. */
  readonly onConfig: (config: ManagerConfig) => void;
}

/** A configuration file that is followed. */
export interface FollowedConfig {
  /** By which it is changed while the manager runs. */
  readonly store: ConfigStore;
  stop(): void;
}

/** Applies every change of the file. */
export function followConfig(
  manager: HybridConnectionManager,
  { path, config, watch, log, surroundings, onRefused, onConfig }: FollowOptions,
): FollowedConfig {
  const { env } = surroundings;
  let by = 'file';
  const follows = new ConfigWatch(path, config, {
    env,
    watch,
    mayBeEmpty: true,
    onConfig: (next) => {
      store.problem = undefined;
      for (const warning of next.warnings) log.warn(warning);
      const { added, removed, changed } = manager.apply(next, { by });
      const isSame = added.length + removed.length + changed.length === 0;
      log.info(isSame ? 'configuration read again: nothing changed' : 'configuration applied', {
        added,
        removed,
        changed,
      });
      onConfig(next);
    },
    onProblem: ({ message }) => {
      store.problem = message;
      onRefused(message, by);
      log.error(`the configuration cannot be used, so what runs goes on as it is: ${message}`);
    },
  });
  const store: ConfigStore = new ConfigStore({
    path,
    env,
    judge: ({ namespace, target }) => manager.denial({ namespace, ...(target && { target }) }),
    reload: (who) => {
      by = who;
      follows.reload();
      by = 'file';
      return store.problem;
    },
  });
  const unhook = surroundings.onHangUp?.(() => {
    log.info('SIGHUP: reading configuration and policy again');
    follows.reload();
    manager.reloadPolicy();
  });
  return {
    store,
    stop: () => {
      unhook?.();
      follows.close();
    },
  };
}
