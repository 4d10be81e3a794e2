/**
 * Options that several subcommands share, and how their texts are read.
 * @module
 */
import { isIPv6 } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { LOG_LEVELS, Log, type LogLevel } from './log.js';
import type { Surroundings } from './surroundings.js';

/** What every command that keeps running takes. */
export interface ServiceOptions {
  readonly graceMs: number;
  readonly watchdogMs: number;
  readonly logLevel: LogLevel;
  readonly json?: true;
}

/** Adds the options of {@link ServiceOptions}. */
export function withServiceOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--grace-ms <ms>', 'time for open connections to end after SIGTERM or Ctrl-C')
        .argParser(milliseconds)
        // Container runtimes kill ten seconds after SIGTERM.
        .default(8_000),
    )
    .addOption(
      new Option(
        '--watchdog-ms <ms>',
        'end the process when it stands still for so long, for whoever starts it again; 0: never',
      )
        .argParser(milliseconds)
        // A person at a terminal may well hold it, and nobody would start it again.
        .default(0),
    )
    .addOption(new Option('--log-level <level>', 'how much to log').choices(LOG_LEVELS).default('info'))
    .option('--json', 'log lines as JSON');
}

/** The log that the options ask for. */
export function logOf({ stderr }: Surroundings, { logLevel, json }: ServiceOptions): Log {
  return new Log(stderr, { level: logLevel, json: json === true });
}

/** Reads a time in milliseconds. */
export function milliseconds(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2_147_483_647)
    throw new InvalidArgumentError('It is not a time in milliseconds.');
  return value;
}

/** Reads a small whole number, of connections for instance. */
export function count(text: string): number {
  const value = Number(text);
  if (!/^\d{1,3}$/.test(text) || value > 256)
    throw new InvalidArgumentError('It is not a number from 0 to 256.');
  return value;
}

/** Reads a TCP port; 0 takes a free one. */
export function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65_535) throw new InvalidArgumentError('It is not a port.');
  return value;
}

/** A local address to listen on. */
export interface LocalAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, `[v6]:port`, or a port alone, which then is on this machine only. */
export function localAddress(text: string): LocalAddress {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? (match?.[2] || '127.0.0.1');
  if (match === null || (match[1] !== undefined && !isIPv6(match[1]))) {
    throw new InvalidArgumentError('It is neither host:port nor a port.');
  }
  return { host, port: port(match[3]!) };
}

/** Writes an address the way {@link localAddress} reads it. */
export function formatAddress({ host, port }: LocalAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Tells whether only this machine can reach an address. */
export function isLoopback({ host }: LocalAddress): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}
