/**
 * A configuration that was checked, with every reference followed.
 *
 * Read once, at the entrance, so that inside nothing is to be checked and every secret is at hand. What could be used but had
 * better not be is a warning.
 * @module
 */
import { entityKey, relayAddress } from '@hybridge/protocol';
import { parseConnectionString } from '@hybridge/sas';
import type { HybridConnectionSenderOptions } from '@hybridge/sender';
import { isOpenToOthers, type ResolvedSecret, resolveSecret, type SecretSources } from '@hybridge/service';
import { hostKey } from '../routes/host-name.js';
import { VIRTUAL_ADDRESSES, VirtualAddresses } from '../routes/virtual-addresses.js';
import { at, RedirectConfigError } from './config-error.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';
import { Members } from './members.js';
import { transportIn } from './transport.js';

/** One hybrid connection. */
export interface ConnectionConfig {
  /** A secret. */
  readonly connectionString: string;
  readonly hybridConnection: string;
  /** Host, and port unless it is the scheme's own, of the relay's namespace. */
  readonly namespace: string;
  /** Address of the relay. */
  readonly serviceEndpoint: URL;
  /** `undefined` for what the relay says. */
  readonly endpoint: Endpoint | undefined;
}

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

/** Follows references, and remembers where they led. */
export class Secrets {
  readonly sources: SecretSources;
  readonly files: string[] = [];
  #isInText = false;
  readonly #secret: string[] = [];

  constructor(sources: SecretSources) {
    this.sources = sources;
  }

  /** @throws RedirectConfigError with the place */
  resolve(text: string, place: string): string {
    const secret = at(place, () => resolveSecret(text, this.sources));
    this.#note(secret);
    return secret.value;
  }

  /** Those with a secret in them that others than their owner may read. @param path - the configuration itself */
  openFiles(path: string | undefined): string[] {
    const files = [...this.#secret, ...(path !== undefined && this.#isInText ? [path] : [])];
    return files
      .filter((file) => isOpenToOthers(file))
      .map((file) => `${file} holds a key and is open to others: chmod 600 ${file}`);
  }

  #note({ from, file }: ResolvedSecret): void {
    if (from === 'text') this.#isInText = true;
    if (file === undefined) return;
    this.files.push(file);
    this.#secret.push(file);
  }
}

function connectionIn(input: unknown, place: string, secrets: Secrets): ConnectionConfig {
  const members = new Members(input, place);
  const where = members.place('connectionString');
  const text = members.needed(
    'connectionString',
    'a connection string with EntityPath, env:NAME or file:path',
  );
  const connectionString = secrets.resolve(text, where);
  const endpoint = members.text('endpoint');
  const config = {
    ...at(where, () => sendConnectionString(connectionString)),
    endpoint:
      endpoint === undefined ? undefined : at(members.place('endpoint'), () => parseEndpoint(endpoint)),
  };
  members.finish();
  if (config.endpoint !== undefined && isRelay(config, config.endpoint)) {
    throw new RedirectConfigError(`${members.place('endpoint')} is the relay itself`);
  }
  if (config.endpoint === undefined && !hasCredential(connectionString)) {
    throw new RedirectConfigError(
      `${members.place('endpoint')} is missing: without a key in the connection string the relay does not say it`,
    );
  }
  return config;
}

/** Reads a connection string. @throws RedirectConfigError, SasError, RelayError `ERR_RELAY_ARGUMENT` */
export function sendConnectionString(text: string): Omit<ConnectionConfig, 'endpoint'> {
  const { endpoint, entityPath } = parseConnectionString(text);
  if (entityPath === undefined) {
    throw new RedirectConfigError(
      'EntityPath is missing: use the connection string of one hybrid connection',
    );
  }
  relayAddress(endpoint, entityPath);
  return {
    connectionString: text,
    hybridConnection: entityPath,
    namespace: endpoint.host,
    serviceEndpoint: endpoint,
  };
}

/** Whether connections to an endpoint would have to go through themselves. */
export function isRelay(
  { serviceEndpoint }: Pick<ConnectionConfig, 'serviceEndpoint'>,
  endpoint: Endpoint,
): boolean {
  const { hostname, port, protocol } = serviceEndpoint;
  const known = port === '' ? (/^(?:ws|http):$/.test(protocol) ? 80 : 443) : Number(port);
  return hostKey(hostname) === endpoint.host && known === endpoint.port;
}

function hasCredential(connectionString: string): boolean {
  const { sharedAccessKey, sharedAccessSignature } = parseConnectionString(connectionString);
  return sharedAccessKey !== undefined || sharedAccessSignature !== undefined;
}

/** One hybrid connection has one endpoint, so a second entry can only be a mistake; as can a second way to an endpoint. */
function refuseDoubles(connections: readonly ConnectionConfig[]): void {
  const seen = new Map<string, number>();
  for (const [index, { namespace, hybridConnection, endpoint }] of connections.entries()) {
    const whats = [`hybrid connection ${entityKey(hybridConnection)} of ${namespace}`];
    if (endpoint !== undefined) whats.push(`endpoint ${endpoint.host}:${endpoint.port}`);
    for (const what of whats) {
      const first = seen.get(what);
      if (first !== undefined) {
        throw new RedirectConfigError(`connections[${index}] has the same ${what} as connections[${first}]`);
      }
      seen.set(what, index);
    }
  }
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
