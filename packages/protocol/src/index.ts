/**
 * The wire protocol of Azure Relay Hybrid Connections as values: addresses, control messages, refusals, limits, frames.
 *
 * Pure: nothing in here opens a socket, starts a timer or reads a clock.
 * @module
 */

export type { ConnectUrlOptions, RelayAddress } from './address.js';
export { connectUrl, listenUrl, relayAddress } from './address.js';
export type { Close } from './close.js';
export { CloseCode, encodeClosePayload, isFailure, parseClosePayload } from './close.js';
export type { ConnectHeadersOptions } from './connect-headers.js';
export { connectHeaders, isDeflateOffer } from './connect-headers.js';
export type {
  Accept,
  FromListener,
  FromRelay,
  RemoteEndpoint,
  RenewToken,
  Request,
  RequestPointer,
  Response,
  Unrecognized,
} from './control-message.js';
export { formatFromListener, formatFromRelay, parseFromListener, parseFromRelay } from './control-message.js';
export type { EntityMatch } from './entity.js';
export { entityKey, matchEntity } from './entity.js';
export type { RelayErrorCode, RelayErrorOptions } from './errors.js';
export { isRelayError, RelayError, relayErrorFromResponse, socketErrorCode } from './errors.js';
export type { Headers } from './fields.js';
export {
  frameHeaderLength,
  MAX_CONTROL_PAYLOAD_BYTES,
  MAX_FRAME_HEADER_BYTES,
  Opcode,
  writeFrameHeader,
} from './frame.js';
export type { FrameSink } from './frame-parser.js';
export { FrameParser } from './frame-parser.js';
export { httpErrorBody, httpRefusals } from './http-refusals.js';
export type { HttpTarget, RelayedRequestHeadersOptions } from './http-request.js';
export { parseHttpTarget, relayedRequestHeaders } from './http-request.js';
export type { RelayedResponseHeadersOptions, ResponseHeaders } from './http-response.js';
export { parseStatusCode, relayedResponseHeaders } from './http-response.js';
export {
  ACCEPT_TIMEOUT_MS,
  BODY_IDLE_TIMEOUT_MS,
  MAX_AUTHORIZATION_RULES,
  MAX_CLOSE_REASON_BYTES,
  MAX_CONNECTIONS_PER_NAMESPACE,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_ENTITY_PATH_CHARS,
  MAX_FRAME_PAYLOAD_BYTES,
  MAX_HYBRID_CONNECTIONS_PER_NAMESPACE,
  MAX_INLINE_BODY_BYTES,
  MAX_LISTENERS,
  MAX_REASON_PHRASE_CHARS,
  MAX_REQUEST_HEADER_BYTES,
  MAX_REQUEST_TARGET_CHARS,
  PING_INTERVAL_MS,
  RENDEZVOUS_DIAL_TIMEOUT_MS,
  RENDEZVOUS_SECRET_BYTES,
  RESPONSE_TIMEOUT_MS,
  SENDER_CONNECT_TIMEOUT_MS,
  TOKEN_GRACE_MS,
} from './limits.js';
export { applyMask } from './mask.js';
export { maskMemory } from './mask-kernel.js';
export type { MultiplexRefusal } from './multiplex.js';
export {
  acceptFrame,
  applicationProtocols,
  bareFrame,
  helloFrame,
  MAX_MULTIPLEX_DATA_BYTES,
  MULTIPLEX_HEADER_BYTES,
  MULTIPLEX_PROTOCOL,
  MultiplexFrame,
  multiplexOffer,
  openFrame,
  rejectFrame,
  SINGLE_PROTOCOL,
  windowFrame,
  writeMultiplexHeader,
} from './multiplex.js';
export type { MultiplexSink } from './multiplex-parser.js';
export { MultiplexParser } from './multiplex-parser.js';
export type { ProbeFinding, ProbeMessage, ProbeSubject } from './probe.js';
export {
  formatProbeMessage,
  MAX_PROBE_LINE_CHARS,
  PROBE_PROTOCOL,
  ProbeLines,
  parseProbeMessage,
  probeOffer,
  TUNNEL_PROTOCOL,
} from './probe.js';
export { stripRelayQuery } from './query.js';
export type { AcceptAddressOptions, RequestAddressOptions } from './rendezvous.js';
export { acceptAddress, rejectAddress, rendezvousId, requestAddressPath } from './rendezvous.js';
export type { Refusal, Tracking } from './status.js';
export { reasonPhrase, refusals, rejectStatus, sanitizeReason } from './status.js';
export type { TargetFailure } from './target-failure.js';
export { describeTargetFailure, parseTargetFailure } from './target-failure.js';
export type { RelayAction, UpgradeTarget } from './upgrade-target.js';
export { parseUpgradeTarget } from './upgrade-target.js';
