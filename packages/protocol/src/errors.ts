/**
 * What can go wrong with a relay, under names that stay.
 *
 * One class with a closed set of codes. What a relay answered becomes an error here, and an error becomes the
 * word that goes on a socket's `code`; neither happens anywhere else.
 *
 * Source: docs/protocol.md, section 2.2 (handshake failures); docs/errors.md.
 * @module
 */
import { parseTargetFailure } from './target-failure.js';

/** Stable names for what went wrong. Match on these, never on the message. docs/errors.md has a section for each. */
export type RelayErrorCode =
  | 'ERR_RELAY_PROTOCOL'
  | 'ERR_RELAY_UNAUTHORIZED'
  | 'ERR_RELAY_FORBIDDEN'
  | 'ERR_RELAY_ENDPOINT_NOT_FOUND'
  | 'ERR_RELAY_NO_LISTENER'
  | 'ERR_RELAY_TIMEOUT'
  | 'ERR_RELAY_BUSY'
  | 'ERR_RELAY_TARGET'
  | 'ERR_RELAY_REJECTED'
  | 'ERR_RELAY_PROXY'
  | 'ERR_RELAY_CUT'
  | 'ERR_RELAY_CLOSED'
  | 'ERR_RELAY_ARGUMENT';

/** What is known about a failure besides its code and message. */
export interface RelayErrorOptions extends ErrorOptions {
  /** HTTP status the relay answered with, or the proxy on `ERR_RELAY_PROXY`; on `ERR_RELAY_PROTOCOL`, the one to answer with. */
  readonly status?: number | undefined;
  /** The relay's own id for the failure. */
  readonly trackingId?: string | undefined;
  /** Code of the Close frame that ended the connection. */
  readonly closeCode?: number | undefined;
  /** For `ERR_RELAY_TARGET`: what the listener got when it dialled its target, such as `ECONNREFUSED`. */
  readonly targetCode?: string | undefined;
}

/** A failure of the relay, or of the conversation with it. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;
  /** HTTP status the relay answered with, or the proxy on `ERR_RELAY_PROXY`; on `ERR_RELAY_PROTOCOL`, the one to answer with. */
  readonly status: number | undefined;
  /** The relay's own id for the failure, to quote to whoever runs it. */
  readonly trackingId: string | undefined;
  /** Code of the Close frame that ended the connection. */
  readonly closeCode: number | undefined;
  /** For `ERR_RELAY_TARGET`: what the listener got when it dialled its target, such as `ECONNREFUSED`. */
  readonly targetCode: string | undefined;

  constructor(code: RelayErrorCode, message: string, options: RelayErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status;
    this.trackingId = options.trackingId;
    this.closeCode = options.closeCode;
    this.targetCode = options.targetCode;
  }
}

/** Whether this is a {@link RelayError}, of this copy of the package or of another: goes by `code`, not by class. */
export function isRelayError(error: unknown): error is RelayError {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return error instanceof Error && typeof code === 'string' && Object.hasOwn(SOCKET_CODES, code);
}

/**
 * Reads a refused upgrade: any HTTP answer to a WebSocket handshake other than 101.
 *
 * The reason phrase comes first, since the live service puts its words there; the body, JSON or plain text, is looked
 * at for the same words. The message keeps the relay's sentence, without the tracking part.
 *
 * @param status - HTTP status of the answer.
 * @param reason - its reason phrase, possibly empty.
 * @param body - the start of its body, where there is one.
 */
export function relayErrorFromResponse(status: number, reason: string, body = ''): RelayError {
  const said = `${reason}\n${body}`;
  const options = { status, trackingId: trackingIdIn(said) };
  const target = parseTargetFailure(status, reason);
  if (target !== undefined) {
    return new RelayError(
      'ERR_RELAY_TARGET',
      `The listener could not reach its target: ${sentenceOf(reason)}`,
      { ...options, targetCode: target.code },
    );
  }
  const code = codeOf(status, said);
  const sentence = sentenceOf(reason) || sentenceOf(textOfBody(body));
  return new RelayError(
    code,
    `${MEANING[code]} (${sentence === '' ? status : `${status} ${sentence}`})`,
    options,
  );
}

/**
 * The word for a socket's `code`, chosen so that drivers and pools do the right thing with it.
 *
 * A relay's failure becomes one of Node's own words; an error from Node (DNS, TCP, TLS) keeps the one it has.
 * Anything else counts as `ECONNRESET`.
 */
export function socketErrorCode(error: unknown): string {
  if (isRelayError(error)) {
    if (error.code === 'ERR_RELAY_TARGET') return error.targetCode ?? SOCKET_CODES.ERR_RELAY_TARGET;
    if (error.code === 'ERR_RELAY_PROXY') return proxyCode(error);
    return SOCKET_CODES[error.code];
  }
  if (error instanceof Error) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    // What AbortSignal.abort() and AbortSignal.timeout() give as a reason; their `code` is a number.
    if (error.name === 'AbortError') return 'ABORT_ERR';
    if (error.name === 'TimeoutError') return 'ETIMEDOUT';
  }
  return 'ECONNRESET';
}

const SOCKET_CODES: Readonly<Record<RelayErrorCode, string>> = {
  ERR_RELAY_NO_LISTENER: 'ECONNREFUSED',
  ERR_RELAY_BUSY: 'ECONNREFUSED',
  ERR_RELAY_REJECTED: 'ECONNREFUSED',
  ERR_RELAY_PROXY: 'ECONNRESET',
  ERR_RELAY_TARGET: 'ECONNREFUSED',
  ERR_RELAY_UNAUTHORIZED: 'EACCES',
  ERR_RELAY_FORBIDDEN: 'EACCES',
  ERR_RELAY_TIMEOUT: 'ETIMEDOUT',
  ERR_RELAY_ENDPOINT_NOT_FOUND: 'ENOTFOUND',
  ERR_RELAY_CUT: 'ECONNRESET',
  ERR_RELAY_PROTOCOL: 'ECONNRESET',
  ERR_RELAY_CLOSED: 'ECONNRESET',
  ERR_RELAY_ARGUMENT: 'EINVAL',
};

/** What the proxy answered; or why it could not be reached, which its cause knows. */
function proxyCode({ status, cause }: RelayError): string {
  if (status === 401 || status === 407) return 'EACCES';
  if (status === 408 || status === 504) return 'ETIMEDOUT';
  if (status !== undefined) return 'ECONNREFUSED';
  return cause === undefined ? SOCKET_CODES.ERR_RELAY_PROXY : socketErrorCode(cause);
}

type AnsweredCode =
  | 'ERR_RELAY_UNAUTHORIZED'
  | 'ERR_RELAY_FORBIDDEN'
  | 'ERR_RELAY_ENDPOINT_NOT_FOUND'
  | 'ERR_RELAY_NO_LISTENER'
  | 'ERR_RELAY_TIMEOUT'
  | 'ERR_RELAY_BUSY'
  | 'ERR_RELAY_REJECTED';

const MEANING: Readonly<Record<AnsweredCode, string>> = {
  ERR_RELAY_UNAUTHORIZED: 'The relay does not accept the token: check the policy name, the key and the clock',
  ERR_RELAY_FORBIDDEN: 'The relay does not allow this: check the rights of the policy and the IP rules',
  ERR_RELAY_ENDPOINT_NOT_FOUND:
    'The relay does not know this hybrid connection: check the namespace and the path',
  ERR_RELAY_NO_LISTENER: 'No listener is connected to this hybrid connection: start one',
  ERR_RELAY_TIMEOUT: 'No listener took the connection in time',
  ERR_RELAY_BUSY: 'The relay is at a limit or unavailable: try again later',
  ERR_RELAY_REJECTED: 'The connection was refused',
};

/** The words decide before the status does, since the live service files two different cases under 404. */
function codeOf(status: number, said: string): AnsweredCode {
  if (/Ip has been prevented to connect/i.test(said)) return 'ERR_RELAY_FORBIDDEN';
  if (/QuotaExceeded|MaximumListenersPerEndpoint/i.test(said)) return 'ERR_RELAY_BUSY';
  if (status === 502 && /no listeners connected/i.test(said)) return 'ERR_RELAY_NO_LISTENER';
  switch (status) {
    case 401:
      return 'ERR_RELAY_UNAUTHORIZED';
    case 403:
      return 'ERR_RELAY_FORBIDDEN';
    case 404:
      if (/None of the connected listeners accepted/i.test(said)) return 'ERR_RELAY_TIMEOUT';
      if (/no listeners connected|None of the connected listeners/i.test(said))
        return 'ERR_RELAY_NO_LISTENER';
      return 'ERR_RELAY_ENDPOINT_NOT_FOUND';
    case 408:
    case 504:
      return 'ERR_RELAY_TIMEOUT';
    case 429:
    case 503:
      return 'ERR_RELAY_BUSY';
    default:
      return 'ERR_RELAY_REJECTED';
  }
}

function trackingIdIn(said: string): string | undefined {
  return /TrackingId:\s{0,4}([\w-]{1,128})/i.exec(said)?.[1];
}

/** The part a person reads: one printable line, no tracking, no signature even if the far side echoed one. */
function sentenceOf(text: string): string {
  const end = text.search(/TrackingId:/i);
  return (end === -1 ? text : text.slice(0, end))
    .slice(0, 512)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/\b(sig|SharedAccessKey)=[^&;\s]*/gi, '$1=…')
    .trim();
}

/** `{"error":{"message":…}}` as the live service writes it, or plain text; a page of HTML tells a person nothing. */
function textOfBody(body: string): string {
  if (body.trimStart().startsWith('<')) return '';
  try {
    const message: unknown = JSON.parse(body)?.error?.message;
    return typeof message === 'string' ? message : '';
  } catch {
    return body;
  }
}
