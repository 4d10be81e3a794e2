/**
 * A relay for hybrid connections, as a library.
 * @module
 */

export type { ConnectionStringOptions, KeyChanges, PolicyReference } from './administration.js';
export type { AuditOptions } from './audit/audit-options.js';
export { JwksVerifier } from './authorization/jwks-verifier.js';
export type { TokenPurpose, TokenVerdict, TokenVerifier } from './authorization/token-verifier.js';
export { type CertificateFacts, checkCertificate, type TlsOptions } from './config/certificate.js';
export { type LoadOptions, loadRelayConfig } from './config/load-relay-config.js';
export type {
  AdminOptions,
  AuthorizationRuleOptions,
  HybridConnectionOptions,
  JwtOptions,
  JwtRoleOptions,
  ListenOptions,
  NamespaceLimitOptions,
  NamespaceOptions,
  RelayConfig,
  RelayLimits,
  RelayOptions,
  RelayTimeouts,
  Right,
  WorkersOptions,
} from './config/options.js';
export { RelayConfigError, type RelayConfigErrorCode } from './config/relay-config-error.js';
export type { DescriptorStatus } from './descriptors.js';
export { type ConnectionStringOfOptions, connectionStringOf } from './directory/connection-string-of.js';
export type { KeyPair, KeySlot } from './directory/directory.js';
export type {
  ListenerAccepting,
  ListenerCalled,
  ListenerCalling,
  ListenerDeclined,
  ListenerRegistered,
  ListenerSlow,
  ListenerUnregistered,
  Refused,
  RelayEvent,
  RelayEvents,
  RequestEnded,
  RequestReceived,
  ResponseBegun,
  SenderConnecting,
  SenderRight,
  TunnelClosed,
  TunnelOpened,
} from './events.js';
export {
  type Announcement,
  type Backplane,
  type BackplaneHandler,
  type BackplaneReply,
  MemoryBackplane,
} from './listeners/backplane.js';
export type { LogFields, Logger, LoggerLevel } from './logger.js';
export type { Change, ChangeType, ResourceDetails, RulePlace } from './model/change.js';
export type { ManagedRelay } from './model/managed-relay.js';
export { ManagementError, type ManagementErrorCode } from './model/management-error.js';
export type {
  AppModel,
  AttachmentModel,
  HybridConnectionModel,
  Model,
  NamespaceModel,
  PlanModel,
  PlanTier,
  ResourceLabels,
  ResourceModel,
  Role,
  RuleModel,
  TokenModel,
} from './model/model.js';
export { type RelayAddresses, RelayServer } from './relay-server.js';
export type {
  HybridConnectionStatus,
  ListenerStatus,
  NamespaceStatus,
  RelayStatus,
  TunnelStatus,
} from './relay-status.js';
export { type StartRelayOptions, startRelay } from './start-relay.js';
export {
  RelayWorkers,
  type RelayWorkersAddresses,
  type RelayWorkersOptions,
} from './workers/relay-workers.js';
export type {
  RelayWorkersEvents,
  WorkerExited,
  WorkerSilent,
  WorkerStarted,
} from './workers/relay-workers-events.js';
export type {
  AtWorker,
  RelayWorkersStatus,
  WorkerStatus,
  WorkersHybridConnectionStatus,
  WorkersNamespaceStatus,
} from './workers/workers-status.js';
