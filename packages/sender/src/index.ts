/**
 * A socket that comes out in another network: hand it to a database driver.
 * @module
 */
export { isRelayError, RelayError, type RelayErrorCode } from '@hybridge/protocol';
export type { AccessOptions, AccessToken, TokenProvider } from '@hybridge/sas';
export type { HybridConnectionSocket } from '@hybridge/socket';
export { connect } from './connect.js';
export type { NativeSenderOptions, SenderOptions } from './options.js';
export type { ConnectError } from './translate.js';
