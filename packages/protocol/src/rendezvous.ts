/**
 * The address where a listener meets a waiting sender, and how the listener says no there.
 *
 * Source: docs/protocol.md, sections 2.5 (what each client can read) and 3.2, 3.3.
 * @module
 */
import { RelayError } from './errors.js';
import { encodeForm, encodePathText, trimRun } from './percent.js';
import { rejectStatus, sanitizeReason } from './status.js';

/** Parts of a rendezvous address. */
export interface AcceptAddressOptions {
  /** Scheme, host and port by which the listener reaches the node that holds the sender, such as `wss://relay.example.net:443`. */
  readonly base: string;
  /** `rawPath` of the sender's request. */
  readonly rawPath: string;
  /** `appQuery` of the sender's request. */
  readonly appQuery: string;
  /** From {@link rendezvousId}. */
  readonly id: string;
  /** At least 128 random bits in hex or base64url: the only credential of the address. */
  readonly secret: string;
}

/**
 * Builds the address to hand out. It always holds a `?`, since clients append `&…`, and `sb-hc-rv` comes last.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, when `id` or `secret` holds more than letters, digits, `-` and `_`:
 *   the Java client cannot read a value with an inner `=`.
 */
export function acceptAddress(options: AcceptAddressOptions): string {
  const { base, rawPath, appQuery, id, secret } = options;
  if (!isPlainValue(id) || !isPlainValue(secret)) throw notPlain();
  const app = appQuery === '' ? '' : `${appQuery.replace(/^\?/, '')}&`;
  return `${trimRun(base, '/', 'end')}/$hc${rawPath}?${app}sb-hc-action=accept&sb-hc-id=${id}&sb-hc-rv=${secret}`;
}

/** Parts of the address where a listener fetches a request or answers it. */
export interface RequestAddressOptions {
  /** Path of the hybrid connection, as text. Neither suffix nor query: the request itself carries them. */
  readonly path: string;
  /** As in {@link AcceptAddressOptions}. */
  readonly id: string;
  /** As in {@link AcceptAddressOptions}. */
  readonly secret: string;
}

/**
 * Builds what follows scheme and host in the rendezvous address of an HTTP request.
 * @throws RelayError `ERR_RELAY_ARGUMENT`, as {@link acceptAddress}.
 */
export function requestAddressPath({ path, id, secret }: RequestAddressOptions): string {
  if (!isPlainValue(id) || !isPlainValue(secret)) throw notPlain();
  return `/$hc/${encodePathText(path)}?sb-hc-action=request&sb-hc-id=${id}&sb-hc-rv=${secret}`;
}

/**
 * Turns a rendezvous address into the one that rejects the sender when dialled. The dial itself ends with 410.
 * @param status - for the sender: 400 to 599; anything else becomes 400.
 * @param description - for the sender's status line; made one line of printable ASCII.
 */
export function rejectAddress(address: string, status: number, description: string): string {
  const text = encodeForm(sanitizeReason(description));
  const joint = address.includes('?') ? '&' : '?';
  return `${address}${joint}sb-hc-statusCode=${rejectStatus(status)}&sb-hc-statusDescription=${text}`;
}

/**
 * The id of a rendezvous: the sender's own where it starts with a GUID, so that one id runs through all logs.
 *
 * The Java listener parses the first 36 characters as a GUID, and an address with any other id cannot be used. A suffix
 * that is more than `_`-separated words is left off.
 *
 * @param senderId - `sb-hc-id` of the sender's request.
 * @param newGuid - gives a fresh GUID, such as `crypto.randomUUID`.
 */
export function rendezvousId(senderId: string | undefined, newGuid: () => string): string {
  const [, guid, suffix = ''] = SENDER_ID.exec(senderId ?? '') ?? [];
  if (guid === undefined) return newGuid();
  return /^(?:_[0-9a-z-]{1,32}){0,4}$/i.test(suffix) ? guid + suffix : guid;
}

function isPlainValue(value: string): boolean {
  return /^[\w-]+$/.test(value);
}

function notPlain(): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', 'Values of a rendezvous address are letters, digits, - and _');
}

const SENDER_ID = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(.*)$/is;
