/**
 * One hybrid connection in a configuration: its connection string and, unless its relay is to be asked, its endpoint.
 * @module
 */
import { entityKey, relayAddress } from '@hybridge/protocol';
import { parseConnectionString } from '@hybridge/sas';
import { hostKey } from '../routes/host-name.js';
import { at, RedirectConfigError } from './config-error.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';
import { Members } from './members.js';
import type { Secrets } from './secrets.js';

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

/** Reads one. @param place - where it stands in the configuration @throws RedirectConfigError */
export function connectionIn(input: unknown, place: string, secrets: Secrets): ConnectionConfig {
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

/**
 * One hybrid connection has one endpoint, so a second entry can only be a mistake; as can a second way to an endpoint.
 * @throws RedirectConfigError
 */
export function refuseDoubles(connections: readonly ConnectionConfig[]): void {
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
