/**
 * The routes of an application's configuration, live: what `run`, `up` and `hosts` work on.
 * @module
 */
import { hasConfigPlace, type LiveRoutes, openRoutes } from '@hybridge/redirect';
import { Option } from 'commander';
import type { Log } from '../log.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';

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
 * @throws RedirectConfigError, or UsageError when nothing says where it is
 */
export async function configuredRoutes(
  { config }: RoutesOptions,
  { env }: Surroundings,
  log: Log,
): Promise<LiveRoutes> {
  if (config === undefined && !hasConfigPlace(env)) {
    throw new UsageError(
      'there is no configuration: give --config with a file, or set HYBRIDGE_CONFIG, or HYBRIDGE_CONNECTIONS to connection strings',
    );
  }
  const live = await openRoutes({ configFile: config, env, onProblem: (message) => log.warn(message) });
  await live.ready;
  return live;
}
