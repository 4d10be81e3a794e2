/**
 * What the programs of Hybridge share as services of a machine: secrets by reference, files that survive a crash, the audit
 * log's files, and the front of a small HTTP interface.
 * @module
 */
export { type AtomicFileOptions, writeFileAtomically } from './atomic-file.js';
export { type AuditFile, auditFileName, auditFiles } from './audit/audit-files.js';
export { type AuditAnswer, type AuditPage, type AuditSearch, queryAudit } from './audit/audit-query.js';
export { AuditWriter, type AuditWriterOptions } from './audit/audit-writer.js';
export { CodedError } from './coded-error.js';
export {
  type ControlPlace,
  type ControlPlaceOptions,
  controlPlace,
  controlPlaces,
  SOCKET_VARIABLE,
} from './control-place.js';
export {
  countDescriptors,
  type DescriptorCount,
  descriptorLimit,
  openDescriptors,
} from './descriptor-count.js';
export { EXPOSITION_TYPE, exposition, type Family, type Sample } from './exposition.js';
export { FileWatch, type FileWatchOptions } from './file-watch.js';
export {
  ANSWER_HEADERS,
  type Answer,
  checkMethod,
  methodNotAllowed,
  sendAnswer,
  sendPage,
} from './http/answer.js';
export { checkInput, type InputIssue, type InputSchema } from './http/check-input.js';
export { type EventStreamOptions, openEventStream, type ServerEvent } from './http/event-stream.js';
export { type PageFile, pageFile } from './http/page-files.js';
export { isTooLarge, readBody } from './http/read-body.js';
export { parseTarget, type RequestTarget } from './http/request-target.js';
export { badRequest, RestError, type RestErrorDetails, resourceNotFound } from './http/rest-error.js';
export { type Routed, type RouteMatch, RouteTable } from './http/route-table.js';
export { listening, type SmallServerOptions, smallServer } from './http/small-server.js';
export { keepTrying } from './keep-trying.js';
export { type AdminAdvice, AdminError, type AdminErrorCode } from './management/admin-error.js';
export {
  type App,
  type HybridConnection,
  type Inventory,
  inventoryOf,
  type Namespace,
  type Plan,
  type Resource,
} from './management/inventory.js';
export {
  type KeySlot,
  type Keys,
  type KeyUsers,
  keysOf,
  keyUseOf,
  type PolicyUse,
  type Rule,
  regenerateKey,
  rulePath,
  rulesOf,
} from './management/keys.js';
export {
  type AdminFetch,
  type AdminRequest,
  type Ask,
  ManagementClient,
  type ManagementClientOptions,
  pathOf,
  pathOfId,
  type Query,
  RELAY_VERSION,
  WEB_VERSION,
} from './management/management-client.js';
export { type ServerSentEvent, serverSentEvents } from './management/server-sent-events.js';
export { processFamilies } from './process-families.js';
export { HealthWatch, type ProcessHealth } from './process-health.js';
export { RateLimiter } from './rate-limiter.js';
export { formatEndpoint, type RemoteEndpoint, remoteEndpoint } from './remote-address.js';
export {
  isOpenToOthers,
  type ResolvedSecret,
  readSecretFile,
  resolveSecret,
  SecretError,
  type SecretSources,
  secretFile,
} from './secret.js';
export { readSmallFile, type SmallFileOptions } from './small-file.js';
export { type WatchdogOptions, watchdog } from './watchdog.js';
