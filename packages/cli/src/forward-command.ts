/**
 * `hybridge forward`: a local port that leads into a tunnel.
 * @module
 */
import { LocalPort, listenFailure } from '@hybridge/redirect';
import { HybridConnectionSender } from '@hybridge/sender';
import type { SpliceEnd } from '@hybridge/socket';
import { Command, Option } from 'commander';
import {
  connectionStringOption,
  EXPOSED_WARNING,
  givenConnectionString,
} from './connection-string-option.js';
import type { Log } from './log.js';
import { type NetworkOptions, networkOf, preconnectOption, withNetworkOptions } from './network-options.js';
import {
  formatAddress,
  isLoopback,
  type LocalAddress,
  localAddress,
  logOf,
  milliseconds,
  type ServiceOptions,
  withServiceOptions,
} from './options.js';
import { serve } from './service.js';
import type { Surroundings } from './surroundings.js';

interface ForwardOptions extends ServiceOptions, NetworkOptions {
  readonly connectionString?: string;
  readonly listen: LocalAddress;
  readonly connectTimeoutMs?: number;
  readonly preconnect?: number;
  readonly multiplex?: true;
}

/** How often a lack of descriptors is told of. */
const LOST_MS = 60_000;

const EXAMPLES = `
Examples:
  $ hybridge forward --connection-string file:payroll.txt --listen 127.0.0.1:1433
  $ HYBRIDGE_CONNECTION_STRING='Endpoint=sb://…;EntityPath=payroll-sql' hybridge forward --listen 1433
  $ sqlcmd -S 127.0.0.1,1433            # reaches the server behind the hybrid connection

Prints  forward ready {"listen":"127.0.0.1:1433"}  once the port is open.`;

/** @param finish - takes the exit code. */
export function forwardCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const command = withNetworkOptions(
    new Command('forward')
      .addOption(connectionStringOption('connection string of the hybrid connection, with the Send right'))
      .addOption(
        new Option('--listen <[host:]port>', 'local address; port 0 takes a free one')
          .argParser(localAddress)
          .makeOptionMandatory(),
      )
      .addOption(
        new Option(
          '--connect-timeout-ms <ms>',
          'how long a tunnel may take to open (default: 70000)',
        ).argParser(milliseconds),
      )
      .addOption(preconnectOption())
      .option(
        '--multiplex',
        'let many tunnels share one connection, where the listener can: for loads of many short connections',
      ),
  );
  return withServiceOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (options: ForwardOptions) => finish(await forward(options, surroundings)));
}

async function forward(options: ForwardOptions, surroundings: Surroundings): Promise<number> {
  const log = logOf(surroundings, options);
  const { text, parsed, exposed } = givenConnectionString(options.connectionString, surroundings);
  if (exposed) log.warn(EXPOSED_WARNING);
  if (!isLoopback(options.listen)) {
    log.warn(
      `${formatAddress(options.listen)} is open to the network: whoever reaches it reaches the target`,
    );
  }
  const sender = new HybridConnectionSender({
    connectionString: text,
    ...(options.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: options.connectTimeoutMs }),
    ...(await networkOf(options, surroundings, log)),
    preconnect: options.preconnect,
    multiplex: options.multiplex,
  });
  const local = new LocalPort(() => sender.open());
  local.on('open', (from) => log.debug('connection accepted', { from }));
  local.on('end', (from, end) => tellEnd(log, from, end));
  local.on(
    'lost',
    atMostEvery(LOST_MS, (error) => log.warn('a connection could not be taken', { error })),
  );
  return serve(
    'forward',
    {
      start: async () => {
        const what = `the hybrid connection ${parsed.entityPath}`;
        const bound = await local.listen(options.listen).catch((error) => {
          throw listenFailure(error, options.listen, what);
        });
        const listen = formatAddress(bound);
        log.info(`${listen} leads to ${what} at ${parsed.endpoint.host}`);
        return { listen };
      },
      stop: (graceMs) => {
        sender.close();
        return local.close({ graceMs });
      },
    },
    { surroundings, log, options },
  );
}

/** The first call, and then one in so much time: there may be thousands in a second. */
function atMostEvery<Args extends unknown[]>(ms: number, tell: (...args: Args) => void) {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (...args: Args) => {
    const now = performance.now();
    if (now - toldAt < ms) return;
    toldAt = now;
    tell(...args);
  };
}

function tellEnd(log: Log, from: string, { reason, error, bytesToTunnel, bytesFromTunnel }: SpliceEnd): void {
  const facts = { from, bytesToTunnel, bytesFromTunnel };
  if (reason !== 'tunnel failed') {
    log.debug(`connection ended: ${reason}`, { ...facts, error });
    return;
  }
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException;
  const { trackingId } = (cause ?? {}) as { trackingId?: string };
  log.warn(error?.message ?? 'the tunnel was cut', { code, trackingId, ...facts });
}
