/**
 * `hybridge up`: the endpoints of a configuration for every program of this machine, until Ctrl-C.
 * @module
 */
import {
  Fronts,
  type FrontsOptions,
  formatEndpoint,
  hostsEntries,
  hostsPath,
  isLoopback,
  type OpenFronts,
  type ProcessAddress,
  type RouteTable,
  resolverSettings,
} from '@hybridge/redirect';
import { Command, Option } from 'commander';
import type { Log } from '../log.js';
import {
  type LocalAddress,
  localAddress,
  logOf,
  type ServiceOptions,
  withServiceOptions,
} from '../options.js';
import { serve } from '../service.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { configOption, configuredRoutes, type RoutesOptions } from './routes.js';
import { tellEnd } from './tell-end.js';

interface UpOptions extends ServiceOptions, RoutesOptions {
  /** `false` for `--no-dns`. */
  readonly dns: LocalAddress | false;
  readonly socks: LocalAddress | false;
  readonly connect: LocalAddress | false;
  /** `true` for the system's own. */
  readonly hosts?: string | true;
}

const EXAMPLES = `
Examples:
  $ hybridge up --config app.yaml                    # then point the machine's resolver at its DNS server
  $ sudo hybridge up --config app.yaml --hosts       # or have the names in the hosts file until Ctrl-C
  $ ALL_PROXY=socks5h://127.0.0.1:1080 curl https://intranet.corp.example/
  $ curl --proxytunnel --proxy 127.0.0.1:3128 https://intranet.corp.example/

Prints  up ready {json}  once it can be used. Only the endpoints of the configuration can be reached, and only from this machine.`;

/** @param finish - takes the exit code. */
export function upCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const command = new Command('up')
    .addOption(configOption())
    .option(
      '--hosts [file]',
      "keep the names in the machine's hosts file while it runs; needs an administrator",
    );
  for (const option of fronts()) command.addOption(option);
  return withServiceOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: UpOptions) => finish(await up(options, surroundings)));
}

/** Each with its way to have none. */
function fronts(): Option[] {
  const each = (name: string, what: string, port: number) => [
    new Option(`--${name} <[host:]port>`, `${what}; port 0 takes a free one`)
      .argParser(localAddress)
      .default({ host: '127.0.0.1', port }, `127.0.0.1:${port}`),
    new Option(`--no-${name}`, `no ${what}`),
  ];
  return [
    // 53 needs an administrator; resolvers that forward can name another port, and multicast DNS has 5353.
    ...each('dns', 'DNS server for the names', 5_300),
    ...each('socks', 'SOCKS 5 proxy', 1_080),
    ...each('connect', 'HTTP proxy for CONNECT', 3_128),
  ];
}

async function up(options: UpOptions, surroundings: Surroundings): Promise<number> {
  const log = logOf(surroundings, options);
  const addresses: FrontsOptions = {
    dns: loopback('--dns', options.dns),
    socks: loopback('--socks', options.socks),
    connect: loopback('--connect', options.connect),
    hosts: options.hosts === true ? hostsPath() : options.hosts,
  };
  const routes = await configuredRoutes(options, surroundings, log);
  const all = new Fronts(routes.table, addresses);
  tell(all, log);
  // A terminal that is closed, too, takes the names out of the hosts file.
  surroundings.onHangUp?.(() => process.kill(process.pid, 'SIGTERM'));
  // Routes may come later, and nothing else may be open until then.
  const alive = setInterval(() => undefined, 2 ** 31 - 1);
  return serve(
    'up',
    {
      start: async () => {
        const open = await all.start();
        advise(open, log);
        adviseAddresses(routes.table, log);
        return readyFacts(open);
      },
      stop: async (graceMs) => {
        await all.close({ graceMs });
        routes.close();
        clearInterval(alive);
      },
    },
    { surroundings, log, options },
  );
}

/** Whoever could reach it from outside would reach the other network. */
function loopback(option: string, address: LocalAddress | false): ProcessAddress | undefined {
  if (address === false) return undefined;
  if (!isLoopback(address.host))
    throw new UsageError(`${option} takes an address of this machine alone, such as 127.0.0.1`);
  return address;
}

function readyFacts({ endpoints, dns, socks, connect, hosts }: OpenFronts): object {
  return {
    endpoints: endpoints.map(({ name, host, port }) => ({ name, port, address: host })),
    ...(dns && { dns: formatEndpoint(dns) }),
    ...(socks && { socks: formatEndpoint(socks) }),
    ...(connect && { connect: formatEndpoint(connect) }),
    ...(hosts !== undefined && { hosts }),
  };
}

/** How the machine is told, when we did not tell it. */
function advise({ endpoints, dns, hosts }: OpenFronts, log: Log): void {
  for (const { name, host, port } of endpoints) log.info(`${name}:${port} is at ${host}:${port}`);
  if (hosts !== undefined) {
    log.info(`${hosts} has the names, until this ends`);
    return;
  }
  const entries = hostsEntries(endpoints);
  if (entries.length === 0) return;
  log.info('programs find the names with these lines in the hosts file, or with --hosts:');
  for (const line of resolverSettings('hosts', entries, dns ?? { host: '127.0.0.1', port: 53 }))
    log.info(`  ${line}`);
  if (dns !== undefined) {
    log.info(
      `or by DNS at ${formatEndpoint(dns)}; hybridge hosts --for dnsmasq, systemd-resolved, macos or windows`,
    );
  }
}

/** Nobody asks for the address of an address. */
function adviseAddresses(table: RouteTable, log: Log): void {
  const addresses = table.routes.filter(({ host }) => table.virtualAddress(host) === undefined);
  if (addresses.length === 0) return;
  log.warn(`only by the proxies, being an IP address: ${addresses.map(formatEndpoint).join(', ')}`);
}

function tell(all: Fronts, log: Log): void {
  all.on('failed', (to, error) => log.warn(error.message, { endpoint: to }));
  all.on('lost', (error) => log.warn('a connection could not be taken', { error }));
  all.on('hosts', (error) => log.error(error.message));
  all.on('conflict', (path, lines) =>
    log.warn(`${path} has our names elsewhere as well: remove or comment out line ${lines.join(', ')}`),
  );
  all.on('refused', (error) => log.warn(error.message));
  all.on('change', (endpoints) =>
    log.info('the endpoints are others now', {
      endpoints: endpoints.map((each) => `${each.name}:${each.port}`),
    }),
  );
  all.on('open', (to) => log.debug('connection accepted', { to }));
  all.on('end', (to, end) => tellEnd(log, to, end));
}
