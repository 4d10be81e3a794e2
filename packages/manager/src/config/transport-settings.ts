/**
 * How relays are reached, as it stands in a configuration file or on a command line: the proxy, whom to trust, how
 * often to ping.
 * @module
 */

import { resolve } from 'node:path';
import { type ResolvedSecret, readSmallFile, resolveSecret, type SecretSources } from '@hybridge/service';
import { type TransportOptions, transportOptions } from '@hybridge/socket';
import { at, ManagerConfigError } from './config-error.js';

/** Settings that hold for every relay. */
export interface TransportSettings {
  /**
   * An HTTP proxy, `http://user:password@host:port` or `https://…`, or where that stands: `env:NAME`, `file:path`.
   * `false` for none, whatever the environment says.
   * @defaultValue what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say
   */
  readonly proxy?: string | false | undefined;
  /** Path of a PEM file with certificates to trust in place of Node's own. */
  readonly ca?: string | undefined;
  /**
   * Trusts the authorities of the machine's own store as well. Needs Node 22.15 or newer.
   * @defaultValue false
   */
  readonly systemCa?: boolean | undefined;
  /**
   * How often a ping is sent on every connection, in milliseconds.
   * @defaultValue that of the listener: 10_000 and 60_000, 20_000 through a proxy
   */
  readonly keepAliveIntervalMs?: number | undefined;
}

/** Settings that were followed and checked. */
export interface ResolvedTransport {
  /** May hold a proxy's password. */
  readonly transport: TransportOptions;
  /** Where the proxy was found, when there is a password in it. */
  readonly proxySecret: ResolvedSecret | undefined;
  /** The files that were read, as absolute paths. */
  readonly files: readonly string[];
}

/**
 * Follows references, reads files and checks the whole.
 * @throws ManagerConfigError in one line, with the name of the setting and without a password.
 */
export function resolveTransport(
  settings: TransportSettings,
  sources: SecretSources = {},
): ResolvedTransport {
  const { proxy, ca, systemCa, keepAliveIntervalMs } = settings;
  const found = proxy ? at('proxy', () => resolveSecret(proxy, sources)) : undefined;
  const way = proxy === undefined ? undefined : (found?.value ?? false);
  at('proxy', () => transportOptions({ proxy: way }));
  const tls = ca === undefined ? undefined : { ca: at('ca', () => certificates(ca, sources)) };
  at('systemCa', () => transportOptions({ systemCa, tls }));
  const transport = transportOptions({ proxy: way, tls, systemCa, keepAliveIntervalMs });
  const files = [found?.file, ca === undefined ? undefined : pathOf(ca, sources)];
  return {
    transport,
    proxySecret: found?.value.includes('@') ? found : undefined,
    files: files.filter((file) => file !== undefined),
  };
}

function pathOf(path: string, { directory = process.cwd() }: SecretSources): string {
  return resolve(directory, path);
}

function certificates(path: string, sources: SecretSources): string {
  const file = pathOf(path, sources);
  let text: string;
  try {
    text = readSmallFile(file);
  } catch (cause) {
    throw new ManagerConfigError(`cannot read ${file} (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new ManagerConfigError(`${file} holds no certificate (PEM)`);
  return text;
}
