/**
 * The Hybrid Connection Manager: leads hybrid connections to TCP services in its own network.
 * @module
 */
export type { AuditFacts, AuditOperation, AuditRecord as ManagerAuditRecord } from './audit/audit-record.js';
export type {
  AuditOptions,
  AuditSettings,
  SystemLogOptions,
  SystemLogSettings,
} from './audit/audit-settings.js';
export type { AuditQuery, AuditRecords, ManagerAudit } from './audit/manager-audit.js';
export { ManagerConfigError, type ManagerConfigErrorCode } from './config/config-error.js';
export { type FileSources, loadManagerConfig } from './config/config-file.js';
export { ConfigWatch, type ConfigWatchOptions } from './config/config-watch.js';
export {
  type ConnectionConfig,
  type ConnectionSettings,
  type ManagerConfig,
  type ManagerSettings,
  managerConfig,
  type SettingsSources,
} from './config/manager-config.js';
export {
  type ResolvedTransport,
  resolveTransport,
  type TransportSettings,
} from './config/transport-settings.js';
export { type InstrumentsOptions, ManagerInstruments } from './instruments.js';
export {
  type ConfigChange,
  HybridConnectionManager,
  type ManagerEvents,
  type ManagerOptions,
  type PolicyStatus,
} from './manager.js';
export type { MetricsOptions, MetricsSettings } from './metrics/metrics-settings.js';
export type { PolicyFileOptions } from './policy/policy-file.js';
export { policyPaths } from './policy/policy-file.js';
export type { ProbeAnswered } from './probe/probe-answers.js';
export type { DiagnosisDetail } from './probe/probe-findings.js';
export type {
  AddConnection,
  AddDetails,
  ApiError,
  AuditPage,
  AuditRecord,
  ChangeConnection,
  ConfigFileStatus,
  Connection,
  LogEntry,
  Login,
  LoginHybridConnection,
  LoginNamespace,
  LoginRequest,
  LoginSummary,
  LogLevel,
  ManagerEvent,
  ManagerStatus,
  PolicySummary,
  State,
  StateName,
  TestEvent,
  TestOutcome,
  TestStep,
  TestTarget,
  Trouble as TroubleView,
  UiAddress,
  UpdateNotice,
} from './service/api.js';
export type { ChangedSettings } from './service/config-edit.js';
export { ConfigStore, type ConfigStoreOptions } from './service/config-store.js';
export { ControlSocketError, type ControlSocketErrorCode } from './service/control-socket.js';
export { type LogFacts, LogRing, type LogSearch } from './service/log-ring.js';
export { type Chosen, type LoginJudge, Logins } from './service/logins.js';
export { ManagerService, type ManagerServiceOptions } from './service/manager-service.js';
export type { AuditSearch, ControlDeed, ServicePorts } from './service/ports.js';
export { type StatusEvent, StatusFeed } from './service/status-feed.js';
export type {
  ClockTrouble,
  ConnectionCounters,
  ConnectionState,
  ConnectionStatus,
  ForwardedConnection,
  ForwardedConnectionEnd,
  ForwardedSender,
  PolicyViolation,
  RefusedSender,
  RelaySide,
  TargetFailure,
  TrafficMinute,
  TrafficStatus,
  Trouble,
} from './status/connection-status.js';
export { PolicyViolationError } from './target/policy-violation.js';
export { formatTarget, parseTarget, type Target } from './target/target.js';
export type { UpdateOptions, UpdateSettings } from './updates/update-settings.js';
