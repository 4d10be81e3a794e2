/**
 * A socket that comes out in another network: hand it to a database driver. And HTTP requests that do.
 * @module
 */
export { isRelayError, RelayError, type RelayErrorCode } from '@hybridge/protocol';
export type { AccessOptions, AccessToken, TokenProvider } from '@hybridge/sas';
export type { HybridConnectionSocket } from '@hybridge/socket';
export { connect } from './connect.js';
export { type DiagnosisStep, diagnose, type SenderDiagnoseOptions } from './diagnose.js';
export {
  HybridConnectionAgent,
  HybridConnectionHttpsAgent,
  type UndiciConnectCallback,
  type UndiciConnectOptions,
  undiciConnect,
} from './http-agents.js';
export type { MultiplexOptions } from './multiplex-options.js';
export type { HybridConnectionSenderOptions, NativeSenderOptions, SenderOptions } from './options.js';
export { type Answer, type RequestOptions, request } from './request.js';
export { HybridConnectionSender } from './sender.js';
export type { ConnectError } from './translate.js';
