/**
 * Leads an unchanged application's connections to private names through hybrid connections.
 * @module
 */

export { hostKey } from './routes/host-name.js';
export { formatEndpoint, type Route } from './routes/route.js';
export { RouteTable, type RouteTableOptions } from './routes/route-table.js';
export { VIRTUAL_ADDRESSES } from './routes/virtual-addresses.js';
