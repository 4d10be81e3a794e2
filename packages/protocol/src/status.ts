/**
 * The ways a relay refuses a connection, and the status line that says so.
 *
 * Clients show the reason phrase and search it for known words, so the texts hold the same fragments as the live
 * service's. Nothing here decides anything: the relay picks a refusal, this module words it.
 *
 * Source: docs/protocol.md, section 2.2 (handshake failures), 3.3 (rejecting).
 * @module
 */
import { MAX_REASON_PHRASE_CHARS } from './limits.js';

/** One refusal, ready for a status line. */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** The sentence for a person, without the tracking part. */
  readonly reason: string;
  /** Stable word for logs and metrics. */
  readonly code: string;
}

/** What identifies one refusal to whoever runs the relay. */
export interface Tracking {
  /** The sender's or listener's id, or a fresh GUID. */
  readonly trackingId: string;
  /** What it was about: `sb://{host}/{path of the hybrid connection}`. */
  readonly systemTracker: string;
  readonly timestamp: Date;
}

/** Every refusal of the WebSocket half. `path` is the hybrid connection's path, shown to the client. */
export const refusals = {
  /** No hybrid connection matches the path. */
  endpointDoesNotExist: (path: string): Refusal => ({
    status: 404,
    code: 'EndpointNotFound',
    reason: `Endpoint does not exist.${about(path)}`,
  }),
  /** The hybrid connection is there and nobody listens. */
  noListeners: (path: string): Refusal => ({
    status: 404,
    code: 'NoListeners',
    reason: `There are no listeners connected for the endpoint.${about(path)}`,
  }),
  /** Somebody listens, but nobody whom the sender would have. */
  noChosenListener: (path: string): Refusal => ({
    status: 404,
    code: 'NoChosenListener',
    reason: `None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria.${about(path)}`,
  }),
  /** A listener was asked and did not come. */
  noListenerAccepted: (): Refusal => ({
    status: 504,
    code: 'ListenerTimeout',
    reason: 'None of the connected listeners accepted the connection within the allowed timeout.',
  }),
  /** The signature does not match any key of the policy, or there is no such policy: one text for both. */
  invalidSignature: (path: string): Refusal => ({
    status: 401,
    code: 'InvalidSignature',
    reason: `InvalidSignature: The token has an invalid signature.${about(path)}`,
  }),
  /** The token was made for another address. */
  invalidAudience: (path: string): Refusal => ({
    status: 401,
    code: 'InvalidAudience',
    reason: `InvalidAudience: The authorization header contains a token with a wrong audience.${about(path)}`,
  }),
  /** The token's time is over, grace included. */
  expiredToken: (path: string): Refusal => ({
    status: 401,
    code: 'ExpiredToken',
    reason: `ExpiredToken: The token is expired.${about(path)}`,
  }),
  /** A token is needed and none was sent. */
  missingToken: (path: string): Refusal => ({
    status: 401,
    code: 'MissingToken',
    reason: `MissingToken: The request needs a token, in the ServiceBusAuthorization header or in sb-hc-token.${about(path)}`,
  }),
  /** What was sent is not a token. */
  malformedToken: (path: string): Refusal => ({
    status: 401,
    code: 'MalformedToken',
    reason: `MalformedToken: The token is malformed.${about(path)}`,
  }),
  /** The token is good and its policy lacks the right. */
  forbidden: (claim: string, path: string): Refusal => ({
    status: 403,
    code: 'Forbidden',
    reason: `Forbidden: The token does not grant the '${claim}' claim.${about(path)}`,
  }),
  /** The request makes no sense. */
  badRequest: (why: string): Refusal => ({ status: 400, code: 'BadRequest', reason: `Bad request: ${why}` }),
  /** A listener dialled a rendezvous address that is unknown, used or out of time: one text for all three. */
  rendezvousGone: (): Refusal => ({
    status: 403,
    code: 'RendezvousGone',
    reason: 'The rendezvous address is not valid: it was used already, or its time is over.',
  }),
  /** What the listener itself gets for a reject that was delivered: the documented, expected failure. */
  rejectDelivered: (): Refusal => ({ status: 410, code: 'RejectDelivered', reason: 'Gone' }),
  /** The listener said no, in its own words: what the sender gets. A status outside 400–599 becomes 400. */
  rejectedByListener: (status: number, description: string): Refusal => ({
    status: rejectStatus(status),
    code: LISTENER_REJECTED,
    reason: sanitizeReason(description) || 'Rejected by user code',
  }),
  /** One listener more than a hybrid connection may have. */
  tooManyListeners: (path: string): Refusal => ({
    status: 503,
    code: 'QuotaExceeded',
    reason: `QuotaExceeded: MaximumListenersPerEndpoint is reached.${about(path)}`,
  }),
  /** The relay will not take more now; the client may come again. */
  busy: (why: string): Refusal => ({ status: 503, code: 'ServerBusy', reason: `The server is busy: ${why}` }),
  /** A fault of the relay. Says nothing of its cause. */
  internal: (): Refusal => ({
    status: 500,
    code: 'InternalServerError',
    reason: 'The server was unable to process the request.',
  }),
  /** A plain HTTP request where only a WebSocket can be. */
  notWebSocket: (): Refusal => ({
    status: 426,
    code: 'UpgradeRequired',
    reason: 'This address takes WebSocket connections only.',
  }),
} as const;

const LISTENER_REJECTED = 'ListenerRejected';

/**
 * The reason phrase of the status line: the sentence, then what identifies the case.
 *
 * Always one line of printable ASCII of at most 512 characters; a sentence too long is cut, the tracking part is not.
 * A listener's own words stand alone, because senders are told exactly what the listener said.
 */
export function reasonPhrase(refusal: Refusal, tracking: Tracking): string {
  const sentence = sanitizeReason(refusal.reason);
  if (refusal.code === LISTENER_REJECTED || refusal.status === 410) return sentence;
  const tail = trackingText(tracking);
  return `${sentence.slice(0, MAX_REASON_PHRASE_CHARS - tail.length - 1).trimEnd()} ${tail}`;
}

/** The tracking part: printable ASCII of some 470 characters at most. */
export function trackingText(tracking: Tracking): string {
  const time = tracking.timestamp.toISOString().slice(0, 19);
  // 350 characters leave room for a GUID with suffixes and for a name longer than any seen.
  const tracker = sanitizeReason(tracking.systemTracker).slice(0, 350);
  const id = sanitizeReason(tracking.trackingId).slice(0, 64);
  return `TrackingId:${id}, SystemTracker:${tracker}, Timestamp:${time}`;
}

/**
 * Makes any text fit for a status line: one line, printable ASCII, at most 512 characters.
 * Control characters, so line breaks too, become a space; other characters become `?`.
 */
export function sanitizeReason(text: string): string {
  return text
    .slice(0, 4 * MAX_REASON_PHRASE_CHARS)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim()
    .slice(0, MAX_REASON_PHRASE_CHARS)
    .trimEnd();
}

/** The status a sender may get from a reject: the listener's where that is an error status, else 400. */
export function rejectStatus(status: number): number {
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : 400;
}

/** Tests of other clients look for the path in the text; the longest names would crowd out the tracking part. */
function about(path: string): string {
  return path === '' ? '' : ` Endpoint:${path.slice(0, 128)}.`;
}
