/**
 * `hybridge manager`: the Hybrid Connection Manager.
 * @module
 */
import {
  type ConnectionState,
  type ConnectionStatus,
  HybridConnectionManager,
  loadManagerConfig,
  type ManagerConfig,
  managerConfig,
  policyPaths,
} from '@hybridge/manager';
import { Command, Option } from 'commander';
import {
  connectionStringOption,
  EXPOSED_WARNING,
  givenConnectionString,
} from './connection-string-option.js';
import type { Log } from './log.js';
import { followConfig } from './manager-reload.js';
import {
  hasNetworkOptions,
  type NetworkOptions,
  networkOf,
  preconnectOption,
  withNetworkOptions,
} from './network-options.js';
import { logOf, milliseconds, type ServiceOptions, withServiceOptions } from './options.js';
import { serve } from './service.js';
import type { Surroundings } from './surroundings.js';
import { UsageError } from './usage-error.js';

interface ManagerOptions extends ServiceOptions, NetworkOptions {
  readonly config?: string;
  readonly connectionString?: string;
  readonly endpoint?: string;
  readonly preconnect?: number;
  /** `false` for `--no-multiplex`. */
  readonly multiplex: boolean;
  readonly readyTimeoutMs: number;
  readonly dataDir?: string;
  /** `false` for `--no-watch`. */
  readonly watch: boolean;
}

const EXAMPLES = `
Examples:
  $ hybridge manager --config manager.yaml
  $ hybridge manager --connection-string file:payroll.txt --endpoint sql01.corp.example:1433

manager.yaml:
  connections:
    - connectionString: file:payroll.txt      # or env:NAME, or the text itself
      endpoint: sql01.corp.example:1433       # the one service that can be reached; without it, the relay says which
  proxy: env:CORP_PROXY                       # if there is one; also ca, systemCa, keepAliveIntervalMs, preconnect, multiplex

The file is read again when it changes, and at SIGHUP; what is not changed in it notices nothing. The administrator's
policy, ${policyPaths()[0]}, overrules all of it.

Prints  manager ready {"connections":[{"name":…,"target":…,"state":"online"}]}  once every hybrid connection is
online; with each one's state when the relay refuses one, or cannot be reached within --ready-timeout-ms.`;

/** @param finish - takes the exit code. */
export function managerCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const command = withNetworkOptions(
    new Command('manager')
      .option('--config <file>', 'hybrid connections and their targets, in YAML or JSON')
      .addOption(
        connectionStringOption(
          'instead of --config: connection string of a hybrid connection, with the Listen right',
        ),
      )
      .option(
        '--endpoint <host:port>',
        'with --connection-string: its target, instead of the one that the relay names',
      )
      .option('--no-watch', 'read the file of --config again at SIGHUP only')
      .option(
        '--data-dir <folder>',
        'for what makes it the same manager when it comes back; one for each (default: $STATE_DIRECTORY, if set)',
      )
      .addOption(
        new Option('--ready-timeout-ms <ms>', 'how long the ready line waits for relays out of reach')
          .argParser(milliseconds)
          .default(5_000),
      )
      .addOption(preconnectOption())
      .option(
        '--no-multiplex',
        'give each tunnel a connection of its own, even to senders that would share one',
      ),
  );
  return withServiceOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ManagerOptions) => finish(await manage(options, surroundings)));
}

async function manage(options: ManagerOptions, surroundings: Surroundings): Promise<number> {
  const log = logOf(surroundings, options);
  const config = await configuration(options, surroundings, log);
  const [stateDirectory] = (surroundings.env.STATE_DIRECTORY ?? '').split(':');
  const dataDir = options.dataDir ?? (stateDirectory || undefined);
  const manager = new HybridConnectionManager(config, { dataDir });
  for (const warning of manager.warnings) log.warn(warning);
  tellEvents(manager, log);
  const { config: path, watch } = options;
  const unfollow =
    path === undefined ? undefined : followConfig(manager, { path, config, watch, log, surroundings });
  return serve(
    'manager',
    {
      start: async () => {
        manager.start();
        return { connections: (await manager.settled({ timeoutMs: options.readyTimeoutMs })).map(brief) };
      },
      stop: (graceMs) => {
        unfollow?.();
        return manager.stop({ graceMs });
      },
    },
    { surroundings, log, graceMs: options.graceMs },
  );
}

async function configuration(
  options: ManagerOptions,
  surroundings: Surroundings,
  log: Log,
): Promise<ManagerConfig> {
  const { config, connectionString, endpoint, preconnect, multiplex } = options;
  if (config !== undefined) {
    const others = [connectionString, endpoint, preconnect, multiplex ? undefined : multiplex];
    if (others.some((option) => option !== undefined) || hasNetworkOptions(options)) {
      throw new UsageError(
        '--config stands alone: write connection strings, endpoints, proxy, ca and the like into the file',
      );
    }
    return loadManagerConfig(config, surroundings);
  }
  if (
    connectionString === undefined &&
    endpoint === undefined &&
    !surroundings.env.HYBRIDGE_CONNECTION_STRING
  ) {
    throw new UsageError('give --config, or --connection-string');
  }
  const given = givenConnectionString(connectionString, surroundings);
  if (given.exposed) log.warn(EXPOSED_WARNING);
  const connections = [{ connectionString: given.text, endpoint }];
  const transport = await networkOf(options, surroundings, log);
  return { ...managerConfig({ connections, preconnect, multiplex }, surroundings), transport };
}

/** The part of a status that goes on the ready line. */
function brief({ name, namespace, target, state }: ConnectionStatus): object {
  return { name, namespace, target, state: state.name };
}

function tellEvents(manager: HybridConnectionManager, log: Log): void {
  const outages = new Map<string, string>();
  manager.on('state', (connection, state) => tellState(log, connection, state, outages));
  manager.on('open', (connection, { id, remoteEndpoint }) => {
    log.debug('connection opened', { connection, id, from: remoteEndpoint.address });
  });
  manager.on('end', (connection, { id, reason, error, bytesToTarget, bytesFromTarget, durationMs }) => {
    const facts = { connection, id, bytesToTarget, bytesFromTarget, durationMs, error };
    log.debug(`connection ended: ${reason}`, facts);
  });
  manager.on('targetFailure', (connection, { code, message }, { id }) => {
    log.warn('the target cannot be reached', { connection, id, code, because: message });
  });
  manager.on('policyViolation', (connection, { rule, message, during, target, address }) => {
    log.warn(`blocked by the policy: ${message}`, { connection, rule, during, target, address });
  });
  manager.on('policy', ({ path, unusable }) => {
    if (unusable !== undefined) log.error(unusable);
    else log.info(path === undefined ? 'policy read again: there is none' : 'policy read again', { path });
  });
  manager.on('warning', (connection, problem) => log.warn(problem.message, { connection }));
}

/** @param outages - by connection, what was said last about the relay: said once, not at each attempt. */
function tellState(log: Log, connection: string, state: ConnectionState, outages: Map<string, string>): void {
  switch (state.name) {
    case 'online':
      outages.delete(connection);
      log.info('online', { connection });
      break;
    case 'waiting':
    case 'refused':
    case 'discontinued': {
      const { because, retryAt } = state;
      const isNew = outages.get(connection) !== because.message;
      outages.set(connection, because.message);
      log[isNew ? 'warn' : 'debug'](outageOf(state), { connection, because, retryAt });
      break;
    }
    default:
      log.debug(state.name, { connection });
  }
}

function outageOf(state: Extract<ConnectionState, { readonly because: Error }>): string {
  if (state.name === 'discontinued') return `discontinued: ${state.statement}`;
  if (state.name === 'waiting') return 'the relay is out of reach';
  const { code } = state.because as NodeJS.ErrnoException;
  return code?.startsWith('ERR_RELAY_') ? 'the relay refuses' : 'the relay names no endpoint';
}
