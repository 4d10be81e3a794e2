/**
 * `hybridge hosts`: what to tell a resolver, and the hosts file after a process that could not clean up.
 * @module
 */
import {
  HostsFile,
  hostsEntries,
  hostsPath,
  RESOLVERS,
  type Resolver,
  resolverSettings,
} from '@hybridge/redirect';
import { Command, Option } from 'commander';
import { Log } from '../log.js';
import { type LocalAddress, localAddress } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { configOption, configuredRoutes, type RoutesOptions } from './routes.js';

interface PrintOptions extends RoutesOptions {
  readonly for: Resolver;
  readonly dns: LocalAddress;
}

interface CleanOptions {
  readonly file: string;
  readonly all?: true;
}

const EXAMPLES = `
Examples:
  $ hybridge hosts --config app.yaml
  $ hybridge hosts --config app.yaml --for dnsmasq | sudo tee /etc/dnsmasq.d/hybridge.conf
  $ sudo hybridge hosts clean

The addresses lead somewhere while  hybridge up  runs.`;

/** @param finish - takes the exit code. */
export function hostsCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  return new Command('hosts')
    .addOption(configOption())
    .addOption(new Option('--for <resolver>', 'whose settings to print').choices(RESOLVERS).default('hosts'))
    .addOption(
      new Option('--dns <[host:]port>', 'where hybridge up has its DNS server')
        .argParser(localAddress)
        .default({ host: '127.0.0.1', port: 5_300 }, '127.0.0.1:5300'),
    )
    .addHelpText('after', EXAMPLES)
    .action((options: PrintOptions) => print(options, surroundings))
    .addCommand(
      new Command('clean')
        .description('Take the names of processes that are gone out of the hosts file')
        .option('--file <path>', 'another hosts file', hostsPath())
        .option('--all', 'those of processes that still run as well')
        .action((options: CleanOptions) => {
          clean(options, surroundings);
          finish(0);
        }),
    );
}

async function print(options: PrintOptions, surroundings: Surroundings): Promise<void> {
  const log = new Log(surroundings.stderr, { level: 'info', json: false });
  const routes = await configuredRoutes(options, surroundings, log);
  const endpoints = routes.table.routes.flatMap(({ host: name, port }) => {
    const host = routes.table.virtualAddress(name);
    return host === undefined ? [] : [{ name, port, host }];
  });
  for (const line of resolverSettings(options.for, hostsEntries(endpoints), options.dns)) {
    surroundings.stdout.write(`${line}\n`);
  }
  routes.close();
}

function clean({ file, all }: CleanOptions, { stdout }: Surroundings): void {
  const hosts = new HostsFile(file);
  const gone = hosts.clean({ all: all === true });
  const pids = gone.map(({ pid }) => pid).join(', ');
  stdout.write(
    gone.length === 0
      ? `${hosts.path} has nothing to clean\n`
      : `${hosts.path}: took out the names of process ${pids}\n`,
  );
}
