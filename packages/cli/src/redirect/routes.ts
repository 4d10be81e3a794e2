/**
 * The routes of an application's configuration, live: what `run`, `up` and `hosts` work on.
 * @module
 */
import { type LiveRoutes, openRoutes } from '@hybridge/redirect';
import { Option } from 'commander';
import type { Log } from '../log.js';
import type { Surroundings } from '../surroundings.js';

/** What {@link configOption} reads. */
export interface RoutesOptions {
  readonly config?: string;
}

/** `--config`. */
export function configOption(): Option {
  return new Option(
    '--config <file>',
    'YAML or JSON (default: $HYBRIDGE_CONFIG, or the connection strings in $HYBRIDGE_CONNECTIONS)',
  );
}

/**
 * Reads the configuration, and waits until relays and the app have said what they know. The caller closes it.
 * @throws RedirectConfigError
 */
export async function configuredRoutes(
  { config }: RoutesOptions,
  { env }: Surroundings,
  log: Log,
): Promise<LiveRoutes> {
  const live = await openRoutes({ configFile: config, env, onProblem: (message) => log.warn(message) });
  await live.ready;
  return live;
}
