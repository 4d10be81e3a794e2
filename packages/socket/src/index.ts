/**
 * A relayed connection as a `net.Socket`: dial, data channel, socket, splice.
 * @module
 */

export { sendBounded } from './bounded-send.js';
export type { CertificateError } from './certificate-seen.js';
export type { Channel, WriteCallback } from './channel.js';
export type { ConduitSink } from './conduit.js';
export { Conduit } from './conduit.js';
export type { ConduitConnectOptions } from './connect-socket.js';
export type { DataChannelOptions } from './data-channel.js';
export { DataChannel } from './data-channel.js';
export type { Dial, DialOptions, Upgraded, UpgradeOptions } from './dial.js';
export { dial } from './dial.js';
export type { DialLimits, DiallerOptions } from './dialler.js';
export { Dialler } from './dialler.js';
export { errorWords } from './error-words.js';
export type { Fetch, FetchInit } from './fetch-through.js';
export { fetchThrough } from './fetch-through.js';
export { freshBytes } from './fresh-bytes.js';
export { acceptKey } from './handshake.js';
export type { Beating } from './heartbeat.js';
export { Heartbeat } from './heartbeat.js';
export type {
  HybridConnectionSocketOptions,
  NetSocketFace,
  OpenChannel,
} from './hybrid-connection-socket.js';
export { HybridConnectionSocket } from './hybrid-connection-socket.js';
export type { Tunnel } from './joining.js';
export type { MessagePart } from './masked-frames.js';
export { MessageBatch, type MessageSent } from './message-batch.js';
export type { SessionOpenerOptions } from './multiplex/session-opener.js';
export { SessionOpener, StreamUntriedError } from './multiplex/session-opener.js';
export type { SessionTakerOptions, StreamOffer } from './multiplex/session-taker.js';
export { SessionTaker } from './multiplex/session-taker.js';
export { SharedBudget } from './multiplex/window-budget.js';
export type { OpeningSocket, OpenSocketOptions } from './open-socket.js';
export { openSocket } from './open-socket.js';
export type { OpeningChannel } from './opening-channel.js';
export type { HttpProxy, ProxyOption } from './proxy.js';
export { proxyFor } from './proxy.js';
export type { ProxyConnectOptions, ProxyTarget } from './proxy-connect.js';
export { connectThrough, proxyTimedOut } from './proxy-connect.js';
export type { Environment, ProxiedAddress, ProxyVariable } from './proxy-environment.js';
export { proxyFromEnvironment } from './proxy-environment.js';
export type { SocketAddresses } from './socket-addresses.js';
export type { Socks5Options, Socks5Target } from './socks5.js';
export { acceptSocks5, readSocks5, refuseSocks5 } from './socks5.js';
export type { Splice, SpliceEnd, SpliceOptions } from './splice.js';
export { splice } from './splice.js';
export type { TransportOptions } from './transport.js';
export { transportOptions } from './transport.js';
export type { DialTlsOptions, TrustOptions } from './trust.js';
export { proxyTls, relayTls } from './trust.js';
export { takeWholeMessages, type WholeMessagesOptions } from './whole-messages.js';
