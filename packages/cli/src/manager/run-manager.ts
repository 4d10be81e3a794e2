/**
 * A manager that runs: its configuration, its log, and those who operate it.
 * @module
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type ConnectionStatus,
  HybridConnectionManager,
  LogRing,
  loadManagerConfig,
  type ManagerConfig,
  ManagerInstruments,
  ManagerService,
  managerConfig,
} from '@hybridge/manager';
import { EXPOSED_WARNING, givenConnectionString } from '../connection-string-option.js';
import { Log } from '../log.js';
import { hasNetworkOptions, networkOf } from '../network-options.js';
import { programVersion } from '../program-version.js';
import { serve } from '../service.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { configPlace } from './config-place.js';
import { followConfig } from './follow-config.js';
import { ManagerFronts, wantedUi } from './manager-fronts.js';
import type { RunOptions } from './run-command.js';
import { logEvents } from './run-events.js';

/** Runs until a signal. @returns the exit code */
export async function runManager(options: RunOptions, surroundings: Surroundings): Promise<number> {
  const ring = new LogRing();
  const log = new Log(surroundings.stderr, {
    level: options.logLevel,
    json: options.json === true,
    also: (level, message, facts, at) => ring.add(level, message, facts, at),
  });
  const dataDir = dataDirOf(options, surroundings);
  const { config, path } = await configuration(options, surroundings, log);
  const manager = new HybridConnectionManager(config, { dataDir });
  const instruments = new ManagerInstruments(manager, {
    ...{ version: programVersion(), dataDir, env: surroundings.env },
    tell: (level, message, facts) => log[level](message, facts),
    startFacts: { configFile: path === undefined ? undefined : resolve(path) },
  });
  for (const warning of manager.warnings) log.warn(warning);
  const followed =
    path === undefined
      ? undefined
      : followConfig(manager, {
          ...{ path, config, watch: options.watch, log, surroundings },
          onRefused: (message, by) => {
            instruments.audit.record({ operation: 'configuration-refused', by, message });
          },
          onConfig: (next) => fronts.configured(next),
        });
  const service = new ManagerService({
    ...{ manager, log: ring, version: programVersion(), ports: instruments.ports },
    ...(followed && { store: followed.store }),
  });
  const fronts = new ManagerFronts(service, { options, surroundings, log, dataDir });
  logEvents(manager, log);
  manager.on('policy', () => fronts.policyChanged());
  try {
    return await serve(
      'manager',
      {
        start: async () => {
          const isReachable = await fronts.listen();
          await fronts.serveUi(config);
          if (!isReachable && wantedUi(options, config) === undefined && config.connections.length === 0) {
            throw new UsageError(
              'there is no hybrid connection, and nobody could add one: give --config, or --socket',
            );
          }
          await instruments.start();
          manager.start();
          const statuses = await manager.settled({ timeoutMs: options.readyTimeoutMs });
          return { connections: statuses.map(brief) };
        },
        stop: async (graceMs) => {
          followed?.stop();
          // Until the end it can be asked how many connections are still open.
          await manager.stop({ graceMs });
          fronts.close();
          await instruments.close();
        },
      },
      { surroundings, log, options },
    );
  } finally {
    fronts.close();
    await instruments.close();
  }
}

function dataDirOf({ dataDir }: RunOptions, { env }: Surroundings): string | undefined {
  const [stateDirectory] = (env.STATE_DIRECTORY ?? '').split(':');
  return dataDir ?? (stateDirectory || undefined);
}

/** What the manager goes by, and the file that it stands in. */
interface FoundConfig {
  readonly config: ManagerConfig;
  readonly path: string | undefined;
}

async function configuration(
  options: RunOptions,
  surroundings: Surroundings,
  log: Log,
): Promise<FoundConfig> {
  const { config, connectionString, endpoint, preconnect, multiplex } = options;
  if (config !== undefined) {
    const others = [connectionString, endpoint, preconnect, multiplex ? undefined : multiplex];
    if (others.some((option) => option !== undefined) || hasNetworkOptions(options)) {
      throw new UsageError(
        '--config stands alone: write connection strings, endpoints, proxy, ca and the like into the file',
      );
    }
    return { config: loadManagerConfig(config, { env: surroundings.env, mayBeEmpty: true }), path: config };
  }
  const { env } = surroundings;
  if (connectionString === undefined && endpoint === undefined && !env.HYBRIDGE_CONNECTION_STRING) {
    if (hasNetworkOptions(options) || preconnect !== undefined || !multiplex) {
      throw new UsageError(
        'proxy, ca, preconnect and the like are for --connection-string: write them into the file',
      );
    }
    return placed(configPlace({ env, dataDir: dataDirOf(options, surroundings) }), surroundings);
  }
  const given = givenConnectionString(connectionString, surroundings);
  if (given.exposed) log.warn(EXPOSED_WARNING);
  const connections = [{ connectionString: given.text, endpoint }];
  const transport = await networkOf(options, surroundings, log);
  const checked = managerConfig({ connections, preconnect, multiplex }, surroundings);
  return { config: { ...checked, transport }, path: undefined };
}

/** The file at its usual place. It need not be there: it is made when the first hybrid connection is added. */
function placed(path: string, { env }: Surroundings): FoundConfig {
  const sources = { env, mayBeEmpty: true };
  const config = existsSync(path)
    ? loadManagerConfig(path, sources)
    : managerConfig({ connections: [] }, sources);
  return { config, path };
}

/** The part of a status that goes on the ready line. */
function brief({ name, namespace, target, state }: ConnectionStatus): object {
  return { name, namespace, target, state: state.name };
}
