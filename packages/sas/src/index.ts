/**
 * Shared access signatures, connection strings and keys of Azure Relay and Hybridge.
 *
 * Pure: no Node built-in, so it runs in browsers, workers, Deno and Bun as well.
 * @module
 */
export { type Access, type AccessOptions, resolveAccess } from './access.js';
export { audienceOf } from './audience.js';
export {
  type ConnectionString,
  formatConnectionString,
  parseConnectionString,
} from './connection-string.js';
export { SasError, type SasErrorCode } from './errors.js';
export { generateKey } from './keys.js';
export { redactConnectionString } from './redact.js';
export { createToken, parseToken, type SharedAccessToken, type TokenOptions, verifyToken } from './token.js';
export {
  type AccessToken,
  fixedTokenProvider,
  type SharedAccessKeyProviderOptions,
  sharedAccessKeyProvider,
  type TokenProvider,
  tokenProviderFor,
} from './token-provider.js';
