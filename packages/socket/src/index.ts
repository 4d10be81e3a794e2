/**
 * A relayed connection as a `net.Socket`: dial, data channel, socket, splice.
 * @module
 */

export type { ConduitConnectOptions, ConduitSink } from './conduit.js';
export { Conduit } from './conduit.js';
export type { DataChannelOptions } from './data-channel.js';
export { DataChannel } from './data-channel.js';
export type { Beating } from './heartbeat.js';
export { Heartbeat } from './heartbeat.js';
