/**
 * A manager that runs: its configuration, its log, and those who operate it.
 * @module
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type ConnectionStatus,
  ControlSocketError,
  HybridConnectionManager,
  LogRing,
  loadManagerConfig,
  type ManagerConfig,
  ManagerInstruments,
  ManagerService,
  managerConfig,
} from '@hybridge/manager';
import { controlPlace } from '@hybridge/service';
import { EXPOSED_WARNING, givenConnectionString } from '../connection-string-option.js';
import { Log } from '../log.js';
import { hasNetworkOptions, networkOf } from '../network-options.js';
import { programVersion } from '../program-version.js';
import { serve } from '../service.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { configPlace } from './config-place.js';
import { followConfig } from './follow-config.js';
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
  const serveUi = async (now: ManagerConfig) => {
    const wanted = uiOf(options, now);
    await service.serveUi(wanted);
    if (wanted === undefined) return;
    if (manager.policy.ui)
      log.info('pages for a browser are served: hybridge manager ui prints their address');
    else log.warn("the administrator's policy does not allow pages for a browser");
  };
  const followed =
    path === undefined
      ? undefined
      : followConfig(manager, {
          ...{ path, config, watch: options.watch, log, surroundings },
          onRefused: (message, by) => {
            instruments.audit.record({ operation: 'configuration-refused', by, message });
          },
          onConfig: (next) => {
            if (JSON.stringify(uiOf(options, next)) === JSON.stringify(service.wantedUi)) return;
            serveUi(next).catch((error) => log.error('the pages cannot be served', { because: error }));
          },
        });
  const service = new ManagerService({
    ...{ manager, log: ring, version: programVersion(), ports: instruments.ports },
    ...(followed && { store: followed.store }),
  });
  logEvents(manager, log);
  manager.on('policy', () => {
    service.policyChanged().catch((error) => log.error('the pages cannot be served', { because: error }));
  });
  try {
    return await serve(
      'manager',
      {
        start: async () => {
          const isReachable = await listen(service, { options, surroundings, log, dataDir });
          await serveUi(config);
          if (!isReachable && uiOf(options, config) === undefined && config.connections.length === 0) {
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
          service.close();
          await instruments.close();
        },
      },
      { surroundings, log, graceMs: options.graceMs },
    );
  } finally {
    service.close();
    await instruments.close();
  }
}

/**
 * Lets commands come.
 * @returns whether they can
 * @throws ControlSocketError where this very place was asked for, or nothing else says what this manager is for
 */
async function listen(
  service: ManagerService,
  {
    options,
    surroundings: { env },
    log,
    dataDir,
  }: {
    readonly options: RunOptions;
    readonly surroundings: Surroundings;
    readonly log: Log;
    readonly dataDir: string | undefined;
  },
): Promise<boolean> {
  const { path, isGiven } = controlPlace({ socket: options.socket, dataDir, env });
  try {
    await service.listen(path);
    log.info('commands such as hybridge manager list reach it', { socket: path });
    return true;
  } catch (error) {
    if (!(error instanceof ControlSocketError)) throw error;
    const isNeeded = options.config === undefined && options.connectionString === undefined;
    if (isGiven || (isNeeded && !env.HYBRIDGE_CONNECTION_STRING)) throw error;
    // Where there is no such place (a container, say), nobody misses it; where another manager has it, commands go to that.
    const level = error.code === 'ERR_MANAGER_SOCKET_TAKEN' ? 'warn' : 'info';
    log[level](`commands such as hybridge manager list cannot reach it: ${error.message}`);
    return false;
  }
}

function uiOf({ ui }: RunOptions, config: ManagerConfig): ManagerConfig['ui'] {
  if (ui === undefined) return config.ui;
  if (ui === false) return undefined;
  return { port: ui === true ? (config.ui?.port ?? 0) : ui };
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
