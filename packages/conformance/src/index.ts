/**
 * What the tests of several packages together stand on: database servers, processes, certificates, a tunnel.
 *
 * The suites themselves (`socket-suite`, `relay-suite`, `driver-suite`) are functions of their subjects; the files in
 * `test` call them. Nothing here is built: tests read the sources.
 * @module
 */
export { type ServerCertificate, serverCertificate } from './certificates.js';
export { CorporateProxy, type CorporateProxyOptions } from './corporate-proxy.js';
export { until, within } from './deadline.js';
export { TETHER } from './leftovers.js';
export { canInspectProcesses, openDescriptors, residentBytes } from './proc.js';
export {
  type HybridConnectionName,
  HybridgeProcess,
  requireBuild,
  type Target,
  ThreeProcesses,
  UNKNOWN_HOST,
} from './processes.js';
export { findMariadb, type MariadbProgram, startMariadb } from './services/mariadb.js';
export { startPglite } from './services/pglite.js';
export { findPostgres, type PostgresProgram, startPostgres } from './services/postgres.js';
export { accepts, freePort } from './services/server-process.js';
export type { Found, Programs, Service } from './services/service.js';
export {
  findTinyproxy,
  type ProxyService,
  startTinyproxy,
  type TinyproxyOptions,
} from './services/tinyproxy.js';
export { TargetServer } from './target-server.js';
export { Tunnel } from './tunnel.js';
