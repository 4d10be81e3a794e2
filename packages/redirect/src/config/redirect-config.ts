/**
 * A configuration that was checked, with every reference followed.
 *
 * Read once, at the entrance, so that inside nothing is to be checked and every secret is at hand. What could be used but had
 * better not be is a warning.
 * @module
 */
import type { HybridConnectionSenderOptions } from '@hybridge/sender';
import type { SecretSources } from '@hybridge/service';
import { VIRTUAL_ADDRESSES, VirtualAddresses } from '../routes/virtual-addresses.js';
import { at, RedirectConfigError } from './config-error.js';
import { type ConnectionConfig, connectionIn, refuseDoubles } from './connection-config.js';
import { Members } from './members.js';
import { Secrets } from './secrets.js';
import { transportIn } from './transport.js';

/** An app at a relay. */
export interface AppConfig {
  readonly url: URL;
  /** A secret. */
  readonly token: string;
  readonly name: string;
  readonly subscription: string | undefined;
}

/** A checked configuration. */
export interface RedirectConfig {
  readonly connections: readonly ConnectionConfig[];
  readonly app: AppConfig | undefined;
  readonly virtualAddresses: string;
  /** What all senders are told. May hold a proxy's password. */
  readonly sender: Omit<HybridConnectionSenderOptions, 'connectionString'>;
  /** The files that were read for it, as absolute paths: when one changes, the configuration may be another one. */
  readonly files: readonly string[];
  /** One line each, free of secrets. */
  readonly warnings: readonly string[];
}

/** As many hybrid connections as one application may have; more are taken for a mistake. */
export const MAX_CONNECTIONS = 1_000;

/** Node's timers hold no more. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Checks settings of which nothing is known, and follows their references.
 * @param path - the file that they stand in, as an absolute path
 * @throws RedirectConfigError in one line, with the place in the settings
 */
export function redirectConfig(input: unknown, sources: SecretSources = {}, path?: string): RedirectConfig {
  if (input === undefined || input === null) {
    throw new RedirectConfigError('the configuration is empty: give connections, or an app');
  }
  const members = new Members(input, '');
  const secrets = new Secrets(sources);
  const given = members.list('connections', MAX_CONNECTIONS) ?? [];
  const connections = given.map((each, index) => connectionIn(each, `connections[${index}]`, secrets));
  refuseDoubles(connections);
  const app = appIn(members.any('app'), secrets);
  const virtualAddresses = members.text('virtualAddresses') ?? VIRTUAL_ADDRESSES;
  at('virtualAddresses', () => new VirtualAddresses(virtualAddresses));
  const sender = {
    connectTimeoutMs: members.number('connectTimeoutMs', 1, MAX_MS),
    preconnect: members.number('preconnect', 0, 256),
    multiplex: multiplexIn(members),
    ...transportIn(members, secrets),
  };
  members.finish();
  // After it: a name that is written wrongly is no missing one.
  if (connections.length === 0 && app === undefined) {
    throw new RedirectConfigError('connections is missing: give at least one, or an app');
  }
  const files = path === undefined ? secrets.files : [path, ...secrets.files];
  const open = secrets.openFiles(path);
  return { connections, app, virtualAddresses, sender, files: [...new Set(files)], warnings: open };
}

function appIn(input: unknown, secrets: Secrets): AppConfig | undefined {
  if (input === undefined) return undefined;
  const members = new Members(input, 'app');
  const text = members.needed('url', "the address of the relay's admin port");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new RedirectConfigError('app.url must be an address such as http://127.0.0.1:8081');
  }
  const what = 'a token of the admin port, env:NAME or file:path';
  const config = {
    url,
    token: secrets.resolve(members.needed('token', what), 'app.token'),
    name: members.needed('name', 'the name of the app at the relay'),
    subscription: members.text('subscription'),
  };
  members.finish();
  return config;
}

function multiplexIn(members: Members): boolean | Record<string, number> | undefined {
  const value = members.any('multiplex');
  if (typeof value !== 'object') return members.flag('multiplex');
  const more = new Members(value, 'multiplex');
  const found: Record<string, number> = {};
  for (const name of ['maxStreams', 'maxSessions', 'idleTimeoutMs']) {
    const number = more.number(name, 1, MAX_MS);
    if (number !== undefined) found[name] = number;
  }
  more.finish();
  return found;
}
