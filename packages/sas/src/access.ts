/**
 * Which hybrid connection to open, and with what credential: from a connection string, from its parts, or from both.
 *
 * Senders and listeners take the same options; this is where they are checked and made into one thing.
 * @module
 */
import { audienceOf } from './audience.js';
import { type ConnectionString, parseConnectionString } from './connection-string.js';
import { parseEndpoint } from './endpoint.js';
import { SasError } from './errors.js';
import {
  fixedTokenProvider,
  sharedAccessKeyProvider,
  type TokenProvider,
  tokenProviderFor,
} from './token-provider.js';

/** Names a hybrid connection and at most one credential. What the connection string says is not said again. */
export interface AccessOptions {
  /** `Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…;EntityPath=…`, as portals give it. */
  readonly connectionString?: string | undefined;
  /** Where the relay is, such as `sb://relay.example.net`, when there is no connection string. */
  readonly endpoint?: string | URL | undefined;
  /** Name of the hybrid connection, when the connection string has none. */
  readonly entityPath?: string | undefined;
  /** Name of a shared access policy; with `key`. */
  readonly keyName?: string | undefined;
  /** A key of that policy. */
  readonly key?: string | undefined;
  /** A ready-made shared access signature, instead of a policy and its key. */
  readonly token?: string | undefined;
  /** Gives tokens, instead of either. */
  readonly tokenProvider?: TokenProvider | undefined;
}

/** A hybrid connection and how to open it. */
export interface Access {
  /** Where the relay is. */
  readonly endpoint: URL;
  /** Name of the hybrid connection, with no slash at either end. */
  readonly entityPath: string;
  /** What to ask the token provider for. */
  readonly resource: string;
  /** Gives tokens; `undefined` when no credential was given. */
  readonly tokenProvider: TokenProvider | undefined;
  /** How long an operation may take, in milliseconds, if the connection string says so. */
  readonly operationTimeoutMs: number | undefined;
}

/**
 * Checks the options and makes them into one thing.
 * @throws SasError `ERR_SAS_CONNECTION_STRING`, `ERR_SAS_MALFORMED_TOKEN` or, for all else, `ERR_SAS_ARGUMENT`.
 */
export function resolveAccess(options: AccessOptions): Access {
  const parsed =
    options.connectionString === undefined ? undefined : parseConnectionString(options.connectionString);
  const endpoint = endpointOf(options, parsed);
  const entityPath = entityPathOf(options, parsed);
  return {
    endpoint,
    entityPath,
    resource: audienceOf(endpoint, entityPath),
    tokenProvider: tokenProviderOf(options, parsed),
    operationTimeoutMs: parsed?.operationTimeoutMs,
  };
}

function endpointOf(options: AccessOptions, parsed: ConnectionString | undefined): URL {
  if (options.endpoint !== undefined) {
    if (parsed !== undefined) throw problem('give endpoint or connectionString, not both');
    return parseEndpoint(String(options.endpoint), 'ERR_SAS_ARGUMENT', 'endpoint');
  }
  if (parsed === undefined) throw problem('give connectionString, or endpoint and entityPath');
  return parsed.endpoint;
}

function entityPathOf(options: AccessOptions, parsed: ConnectionString | undefined): string {
  if (options.entityPath !== undefined && parsed?.entityPath !== undefined) {
    throw problem('the connection string has an EntityPath already: leave entityPath out');
  }
  const path = (options.entityPath ?? parsed?.entityPath ?? '').replace(/^\/+|\/+$/g, '');
  if (path === '') {
    throw problem('name the hybrid connection: EntityPath in the connection string, or entityPath');
  }
  return path;
}

function tokenProviderOf(
  options: AccessOptions,
  parsed: ConnectionString | undefined,
): TokenProvider | undefined {
  const { keyName, key, token, tokenProvider } = options;
  if ((keyName === undefined) !== (key === undefined)) throw problem('keyName and key go together');
  const inString = parsed?.sharedAccessKey ?? parsed?.sharedAccessSignature;
  const given = [inString, key, token, tokenProvider].filter((credential) => credential !== undefined);
  if (given.length > 1) {
    throw problem(
      'more than one credential: give a connection string with one, a key, a token or a provider',
    );
  }
  if (tokenProvider !== undefined) return tokenProvider;
  if (token !== undefined) return fixedTokenProvider(token);
  if (keyName !== undefined && key !== undefined) return sharedAccessKeyProvider({ keyName, key });
  return parsed === undefined ? undefined : tokenProviderFor(parsed);
}

function problem(why: string): SasError {
  return new SasError('ERR_SAS_ARGUMENT', `The options cannot be used: ${why}`);
}
