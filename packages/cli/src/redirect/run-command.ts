/**
 * `hybridge run -- COMMAND`: a command that finds the endpoints of a configuration by their names, and nobody else does.
 *
 * Node programs redirect their own connections. For all others there are local ports at virtual addresses, and a hosts
 * file that only the command and what it starts can see; where that is not to be had, the machine's own, if asked for.
 * @module
 */

import {
  absoluteConfigPlace,
  formatEndpoint,
  HostsFile,
  hostsEntries,
  hostsPath,
  nodeOptions,
  type PrivateNames,
  privateNames,
  type RouteTable,
  runChild,
  type StartFailure,
  VirtualListeners,
} from '@hybridge/redirect';
import { Command, Option } from 'commander';
import { LOG_LEVELS, Log, type LogLevel } from '../log.js';
import type { Surroundings } from '../surroundings.js';
import { configOption, configuredRoutes, type RoutesOptions } from './routes.js';
import { tellEnd } from './tell-end.js';

interface RunOptions extends RoutesOptions {
  readonly hosts?: true;
  /** `false` for `--no-node`. */
  readonly node: boolean;
  readonly logLevel: LogLevel;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ hybridge run --config app.yaml -- php app.php
  $ hybridge run --config app.yaml -- java -jar app.jar
  $ HYBRIDGE_CONFIG=app.yaml hybridge run -- psql -h db.corp.example
  $ hybridge run --config app.yaml -- sh                  # everything that is started in it

The command has this terminal, and its exit code is the command's own.`;

/** @param finish - takes the exit code. */
export function runCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  return new Command('run')
    .argument('<command...>', 'after --, with its arguments')
    .addOption(configOption())
    .option(
      '--hosts',
      "where the command cannot have a hosts file of its own, keep the names in the machine's while it runs",
    )
    .option('--no-node', 'leave NODE_OPTIONS as they are')
    .addOption(new Option('--log-level <level>', 'how much to log').choices(LOG_LEVELS).default('info'))
    .option('--json', 'log lines as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (command: [string, ...string[]], options: RunOptions) =>
      finish(await runRedirected(command, options, surroundings)),
    );
}

async function runRedirected(
  command: readonly [string, ...string[]],
  options: RunOptions,
  surroundings: Surroundings,
): Promise<number> {
  const log = new Log(surroundings.stderr, { level: options.logLevel, json: options.json === true });
  const routes = await configuredRoutes(options, surroundings, log);
  const names = new ChildNames(routes.table, log);
  try {
    await names.open({ mayUseHosts: options.hosts === true });
    names.tell(options.node);
    return await runChild(names.wrap(command), childEnvironment(options, surroundings));
  } catch (error) {
    const { exitCode } = error as Partial<StartFailure>;
    if (exitCode === undefined) throw error;
    log.error((error as Error).message);
    return exitCode;
  } finally {
    await names.close();
    routes.close();
  }
}

/** The configuration is where it is, whatever folder the command goes to. */
function childEnvironment({ config, node }: RunOptions, { env }: Surroundings): Surroundings['env'] {
  const place = config === undefined ? env : { HYBRIDGE_CONFIG: config, HYBRIDGE_CONNECTIONS: undefined };
  return {
    ...env,
    ...place,
    ...absoluteConfigPlace(place),
    ...(node && { NODE_OPTIONS: nodeOptions(env.NODE_OPTIONS) }),
  };
}

/** How the command finds the names, and what is to be undone after it. */
class ChildNames {
  readonly #table: RouteTable;
  readonly #log: Log;
  readonly #listeners: VirtualListeners;
  #own: PrivateNames | undefined;
  #machines: HostsFile | undefined;
  readonly #onExit = (): void => this.#machines?.remove();

  constructor(table: RouteTable, log: Log) {
    this.#table = table;
    this.#log = log;
    this.#listeners = new VirtualListeners(table, { mayMove: true });
  }

  async open({ mayUseHosts }: { readonly mayUseHosts: boolean }): Promise<void> {
    const listeners = this.#listeners;
    listeners.on('failed', (to, error) => this.#log.warn(error.message, { endpoint: to }));
    listeners.on('lost', (error) => this.#log.warn('a connection could not be taken', { error }));
    listeners.on('end', (to, end) => tellEnd(this.#log, to, end));
    await listeners.start();
    this.#own = privateNames(this.#entries);
    if (this.#own === undefined && mayUseHosts) {
      this.#machines = new HostsFile(hostsPath());
      process.once('exit', this.#onExit);
      this.#machines.write(this.#entries);
    }
    listeners.on('change', () => this.#update());
  }

  /** One line of what the command has, and one of what it has not. */
  tell(hasNode: boolean): void {
    const { routes } = this.#table;
    const way = this.#own
      ? 'in a hosts file of its own'
      : this.#machines
        ? `in ${this.#machines.path}`
        : undefined;
    const names = this.#listeners.endpoints.map(({ name, port }) => `${name}:${port}`);
    if (way !== undefined && names.length > 0) this.#log.info(`the command finds ${names.join(', ')} ${way}`);
    const missing =
      way === undefined
        ? routes
        : routes.filter(({ host }) => this.#table.virtualAddress(host) === undefined);
    if (missing.length === 0) return;
    const others = hasNode ? 'only Node programs reach' : 'the command does not reach';
    this.#log.warn(
      `${others} ${missing.map(formatEndpoint).join(', ')}: ${way === undefined ? NO_NAMES : NO_ADDRESSES}`,
    );
  }

  wrap(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
    return this.#own?.wrap(command) ?? command;
  }

  async close(): Promise<void> {
    this.#own?.close();
    this.#machines?.remove();
    process.off('exit', this.#onExit);
    await this.#listeners.close({ graceMs: 0 });
  }

  get #entries() {
    return hostsEntries(this.#listeners.endpoints);
  }

  #update(): void {
    try {
      this.#own?.update(this.#entries);
      this.#machines?.write(this.#entries);
    } catch (error) {
      this.#log.error('the names could not be changed', { error });
    }
  }
}

const NO_NAMES =
  'a hosts file of its own is not to be had here; give --hosts as an administrator, or use the proxies of hybridge up';
const NO_ADDRESSES = 'an IP address is not looked up; use the proxies of hybridge up, or hybridge forward';
