/**
 * What relays say to each other, over the backplane, about an HTTP request that wants a listener.
 *
 * The message for the listener is finished by the relay that has the listener, since the address in it depends on how
 * the listener reached that relay; all the rest is made once, as text, and its body travels behind it as it is.
 * @module
 */
import { MAX_CONTROL_MESSAGE_BYTES, type Request } from '@hybridge/protocol';
import type { ListenerChoice } from '../listeners/listener-choice.js';

/** First byte of such an offer. One about a waiting WebSocket sender is JSON, and starts with `{`. */
const KIND = 1;

/** Kind, and the lengths of the four texts. */
const HEAD_BYTES = 1 + 4 * 4;

/** An HTTP request on offer. */
export interface RequestOffer {
  /** What the address begins with; absent: the host by which the listener reached the relay. */
  readonly base?: string | undefined;
  /** What of the address comes behind scheme and host. */
  readonly addressPath: string;
  /** Which listeners it may go to; absent: any. */
  readonly choice?: ListenerChoice | undefined;
  /** From {@link requestMembers}; empty for a request that the listener has to fetch. */
  readonly members: string;
  /** The body that goes with it; `undefined`: none. */
  readonly body: Uint8Array | undefined;
}

/** What came of it. */
export type RequestOfferReply =
  /** It is on its way to a listener. */
  | {
      readonly type: 'sent';
      readonly listenerId: string;
      /** Stays the same when the listener reconnects: it may answer on its next control channel. */
      readonly listenerKey: string;
    }
  /** The listener was gone; another may be there. */
  | { readonly type: 'gone' }
  /** The listener does not keep up with what it is sent; another may. */
  | { readonly type: 'busy' }
  /** None of the listeners there is among those that the request may go to. */
  | { readonly type: 'not-chosen' }
  /** The message would be longer than a listener can read. */
  | { readonly type: 'too-large' };

/** The members of a request message behind its address, as text. */
export function requestMembers({
  id,
  requestTarget,
  method,
  remoteEndpoint,
  requestHeaders,
  body,
}: Omit<Request, 'type' | 'address'>): string {
  return JSON.stringify({ id, requestTarget, method, remoteEndpoint, requestHeaders, body }).slice(1, -1);
}

/** The message for a listener; `undefined` when it would be longer than a listener can read. */
export function requestMessage(address: string, members: string): string | undefined {
  const text = `{"request":{"address":${JSON.stringify(address)}${members === '' ? '' : ','}${members}}}`;
  return isLongerThan(text, MAX_CONTROL_MESSAGE_BYTES) ? undefined : text;
}

/** Whether a text has more than so many bytes in UTF-8. */
export function isLongerThan(text: string, bytes: number): boolean {
  // No character has more than three bytes; what is far from the limit need not be counted.
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

/** Whether an offer is one of an HTTP request. */
export function isRequestOffer(bytes: Uint8Array): boolean {
  return bytes[0] === KIND;
}

/** As bytes for the backplane. Both ends are relays of one version, so it is read back without checks. */
export function encodeRequestOffer({
  base = '',
  addressPath,
  choice,
  members,
  body,
}: RequestOffer): Uint8Array {
  const texts = [base, addressPath, choice === undefined ? '' : JSON.stringify(choice), members];
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const textBytes = lengths.reduce((sum, length) => sum + length, 0);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + textBytes + (body?.length ?? 0));
  bytes[0] = KIND;
  let at = HEAD_BYTES;
  for (const [i, text] of texts.entries()) {
    bytes.writeUInt32BE(lengths[i]!, 1 + 4 * i);
    at += bytes.write(text, at);
  }
  if (body !== undefined) bytes.set(body, at);
  return bytes;
}

/** Reads an offer. An empty body is none: no request with one is sent so. */
export function decodeRequestOffer(offer: Uint8Array): RequestOffer {
  const bytes = Buffer.from(offer.buffer, offer.byteOffset, offer.byteLength);
  let at = HEAD_BYTES;
  const next = (i: number): string => {
    const from = at;
    at += bytes.readUInt32BE(1 + 4 * i);
    return bytes.toString('utf8', from, at);
  };
  const base = next(0);
  const addressPath = next(1);
  const choice = next(2);
  const members = next(3);
  return {
    ...(base !== '' && { base }),
    addressPath,
    ...(choice !== '' && { choice: JSON.parse(choice) as ListenerChoice }),
    members,
    body: at === bytes.length ? undefined : bytes.subarray(at),
  };
}

/** As bytes for the backplane. */
export function encodeRequestReply(reply: RequestOfferReply): Uint8Array {
  return Buffer.from(reply.type === 'sent' ? `${reply.listenerId} ${reply.listenerKey}` : reply.type);
}

/** Reads a reply. */
export function decodeRequestReply(bytes: Uint8Array): RequestOfferReply {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const space = text.indexOf(' ');
  if (space === -1) return { type: text as Exclude<RequestOfferReply['type'], 'sent'> };
  return { type: 'sent', listenerId: text.slice(0, space), listenerKey: text.slice(space + 1) };
}
