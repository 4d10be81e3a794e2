/**
 * Where tokens come from, for those who need one after the other.
 * @module
 */
import type { ConnectionString } from './connection-string.js';
import { SasError } from './errors.js';
import { createToken, parseToken, type TokenOptions } from './token.js';

/** A token that is ready to send. */
export interface AccessToken {
  /** The text to send. */
  readonly token: string;
  /** When the relay stops taking it. */
  readonly expiresAt: Date;
}

/** Gives tokens. Write one of your own to keep keys elsewhere, or to use another kind of token. */
export interface TokenProvider {
  /**
   * A token that opens the resource now, and for a while to come.
   * @param resource - the URI to open, as `audienceOf` makes it
   */
  getToken(resource: string): AccessToken | Promise<AccessToken>;
}

/** Options of {@link sharedAccessKeyProvider}: those of a token, but for the resource. */
export type SharedAccessKeyProviderOptions = Omit<TokenOptions, 'resource'>;

/** How many tokens a provider keeps. One program opens a handful of hybrid connections. */
const MAX_CACHED = 64;

/**
 * Signs tokens with a key. A token is given again until half of its life is over; the next one comes after that, so
 * whoever asks has at least that half.
 * @throws SasError `ERR_SAS_ARGUMENT`, at once when the key or its name cannot be used.
 */
export function sharedAccessKeyProvider(options: SharedAccessKeyProviderOptions): TokenProvider {
  const { now = () => Date.now() } = options;
  const cache = new Map<string, { readonly access: AccessToken; readonly renewAt: number }>();
  createToken({ ...options, resource: 'http://localhost/' });
  return {
    getToken(resource) {
      const time = now();
      const cached = cache.get(resource);
      if (cached !== undefined && time < cached.renewAt) return cached.access;
      const token = createToken({ ...options, resource });
      const { expiresAt } = parseToken(token);
      const access = { token, expiresAt };
      cache.delete(resource);
      const [oldest] = cache.keys();
      if (oldest !== undefined && cache.size >= MAX_CACHED) cache.delete(oldest);
      cache.set(resource, { access, renewAt: time + (expiresAt.getTime() - time) / 2 });
      return access;
    },
  };
}

/**
 * Gives one ready-made shared access signature, for whatever it is asked and even when it is expired: the relay says so.
 * @throws SasError `ERR_SAS_MALFORMED_TOKEN`, at once.
 */
export function fixedTokenProvider(token: string): TokenProvider {
  const access: AccessToken = { token: token.trim(), expiresAt: parseToken(token).expiresAt };
  return { getToken: () => access };
}

/**
 * The provider for a connection string's credential; `undefined` when it has none, for a hybrid connection whose senders
 * need none.
 * @throws SasError `ERR_SAS_CONNECTION_STRING` for a managed identity: give a {@link TokenProvider} of your own.
 */
export function tokenProviderFor(connection: ConnectionString): TokenProvider | undefined {
  const { sharedAccessKeyName: keyName, sharedAccessKey: key, sharedAccessSignature } = connection;
  if (connection.authentication !== undefined) {
    throw new SasError(
      'ERR_SAS_CONNECTION_STRING',
      'Authentication=Managed Identity needs a token provider of your own: there is no key to sign with',
    );
  }
  if (sharedAccessSignature !== undefined) return fixedTokenProvider(sharedAccessSignature);
  return keyName === undefined || key === undefined ? undefined : sharedAccessKeyProvider({ keyName, key });
}
