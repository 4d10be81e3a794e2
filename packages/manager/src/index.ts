/**
 * The Hybrid Connection Manager: leads hybrid connections to TCP services in its own network.
 * @module
 */
export { ManagerConfigError, type ManagerConfigErrorCode } from './config-error.js';
export { loadManagerConfig } from './config-file.js';
export type {
  ConnectionCounters,
  ConnectionState,
  ConnectionStatus,
  ForwardedConnection,
  ForwardedConnectionEnd,
  TargetFailure,
} from './connection-status.js';
export {
  Forwarder,
  type ForwarderEvents,
  type ForwarderOptions,
  type ForwarderParts,
  type ListenerPort,
} from './forwarder.js';
export { HybridConnectionManager, type ManagerEvents } from './manager.js';
export {
  type ConnectionConfig,
  type ConnectionSettings,
  type ManagerConfig,
  type ManagerSettings,
  managerConfig,
} from './manager-config.js';
export {
  isOpenToOthers,
  type ResolvedSecret,
  resolveSecret,
  type SecretSources,
} from './secret-reference.js';
export { formatTarget, parseTarget, type Target } from './target.js';
export { type ResolvedTransport, resolveTransport, type TransportSettings } from './transport-settings.js';
