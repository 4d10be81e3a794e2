/**
 * Accepts connections from another network through a relay: a server that dials out.
 * @module
 */
export { isRelayError, RelayError, type RelayErrorCode } from '@hybridge/protocol';
export type { AccessOptions, AccessToken, TokenProvider } from '@hybridge/sas';
export type { HybridConnectionSocket } from '@hybridge/socket';
export type { BackoffOptions } from './backoff.js';
export type { Clock, Timer } from './clock.js';
export type { Arrival } from './connections.js';
export type { AcceptOptions, IncomingConnection } from './incoming-connection.js';
export { type CloseOptions, HybridConnectionListener, type RequestHandler } from './listener.js';
export type { AcceptHandler, ListenerOptions } from './options.js';
export type { MultiplexOptions } from './sessions.js';
export type { ListenerEvents, ListenerState } from './state.js';
