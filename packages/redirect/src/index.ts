/**
 * Leads an unchanged application's connections to private names through hybrid connections.
 * @module
 */

export { RedirectConfigError, type RedirectConfigErrorCode } from './config/config-error.js';
export { loadRedirectConfig } from './config/config-file.js';
export type { ConnectionConfig } from './config/connection-config.js';
export type { Endpoint } from './config/endpoint.js';
export {
  absoluteConfigPlace,
  type ConfigPlace,
  configOfConnections,
  configPlace,
  hasConfigPlace,
  type PlaceVariables,
  type Variables,
} from './config/environment.js';
export { LiveRoutes, type LiveRoutesOptions } from './config/live-routes.js';
export {
  type ConfiguredConnection,
  type ConfiguredConnections,
  namedConnections,
} from './config/named-connections.js';
export {
  type AppConfig,
  type RedirectConfig,
  redirectConfig,
} from './config/redirect-config.js';
export type { AppSettings, ConnectionSettings, RedirectSettings } from './config/settings.js';
export { isLoopback, type ProcessAddress } from './process/addresses.js';
export { runChild, type StartFailure } from './process/child/child.js';
export { nodeOptions } from './process/child/node-options.js';
export { type CommandLine, type PrivateNames, privateNames } from './process/child/private-files.js';
export type { DnsNames } from './process/dns/dns-record.js';
export { DnsServer, type DnsServerEvents } from './process/dns/dns-server.js';
export {
  Fronts,
  type FrontsEvents,
  type FrontsOptions,
  hostsEntries,
  type OpenFronts,
} from './process/fronts.js';
export { type BlockOwner, type HostsEntry, hostsLine } from './process/hosts/hosts-block.js';
export { HostsFile, type HostsFileError, hostsPath } from './process/hosts/hosts-file.js';
export { type ListenFailure, listenFailure } from './process/listen-failure.js';
export { LocalPort, type LocalPortEvents } from './process/local-port.js';
export { ConnectProxy } from './process/proxies/connect-proxy.js';
export { SocksServer } from './process/proxies/socks-server.js';
export { ProxyRefusal, type RefusalReason, type Routes } from './process/proxies/target.js';
export type { ProxyEvents } from './process/proxies/tunnel-proxy.js';
export { RESOLVERS, type Resolver, resolverSettings } from './process/resolver-settings.js';
export {
  type VirtualEndpoint,
  VirtualListeners,
  type VirtualListenersEvents,
  type VirtualListenersOptions,
} from './process/virtual-listeners.js';
export {
  openRoutes,
  type Redirection,
  type RedirectOptions,
  type RedirectSource,
  redirect,
  redirectFrom,
} from './redirect.js';
export { hostKey } from './routes/host-name.js';
export { formatEndpoint, type Route } from './routes/route.js';
export { RouteTable, type RouteTableOptions } from './routes/route-table.js';
export { VIRTUAL_ADDRESSES } from './routes/virtual-addresses.js';
