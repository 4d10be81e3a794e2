/**
 * A socket that comes out in another network: hand it to a database driver.
 * @module
 */
export { connect } from './connect.js';
export type { SenderOptions } from './options.js';
export type { ConnectError } from './translate.js';
