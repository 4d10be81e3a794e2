/**
 * How the relay is reached: the options of every command that dials one.
 * @module
 */
import type { TransportSettings } from '@hybridge/manager';
import { type TransportOptions, transportOptions } from '@hybridge/socket';
import { type Command, Option } from 'commander';
import type { Log } from './log.js';
import { count, milliseconds } from './options.js';
import type { Surroundings } from './surroundings.js';

/** What {@link withNetworkOptions} reads. */
export interface NetworkOptions extends TransportSettings {
  /** `false` for `--no-proxy`. */
  readonly proxy?: string | false;
  readonly ca?: string;
  readonly systemCa?: true;
  readonly keepAliveIntervalMs?: number;
}

/** Adds the options of {@link NetworkOptions}. */
export function withNetworkOptions(command: Command): Command {
  return command
    .option(
      '--proxy <url>',
      'HTTP proxy, http://user:password@host:port, or file:path or env:NAME of it (default: $HTTPS_PROXY, $HTTP_PROXY, ' +
        '$ALL_PROXY and $NO_PROXY)',
    )
    .option('--no-proxy', 'no proxy, whatever the environment says')
    .option('--ca <file>', "certificates (PEM) to trust for the relay, in place of Node's own")
    .option('--system-ca', "trust the machine's own authorities as well (Node 22.15 or newer)")
    .addOption(
      new Option(
        '--keep-alive-interval-ms <ms>',
        'how often to ping; half of the time after which something on the way cuts idle connections',
      ).argParser(milliseconds),
    );
}

/** How many connections to the relay wait to be used; of those commands that have tunnels. */
export function preconnectOption(): Option {
  return new Option(
    '--preconnect <n>',
    'connections to the relay that are kept dialled ahead, so that tunnels open faster (default: 0)',
  ).argParser(count);
}

/** Whether any of them was given. */
export function hasNetworkOptions(options: NetworkOptions): boolean {
  const { proxy, ca, systemCa, keepAliveIntervalMs } = options;
  return [proxy, ca, systemCa, keepAliveIntervalMs].some((value) => value !== undefined);
}

/**
 * Follows references and checks them. Where none was given there is nothing to follow, and the manager, which knows how,
 * is not loaded for it.
 * @throws ManagerConfigError, or a RelayError of the environment's proxy
 */
export async function networkOf(
  options: NetworkOptions,
  { env }: Surroundings,
  log: Log,
): Promise<TransportOptions> {
  if (!hasNetworkOptions(options)) return transportOptions({});
  const { resolveTransport } = await import('@hybridge/manager');
  const { transport, proxySecret } = resolveTransport(options, { env });
  if (proxySecret?.from === 'text') {
    log.warn(
      'a password on the command line is visible in the list of processes: give --proxy file:path or env:NAME, or set ' +
        'HTTPS_PROXY',
    );
  }
  return transport;
}
