/**
 * What relays say to each other, over the backplane, about an HTTP request that wants a listener.
 *
 * The message for the listener is finished by the relay that has the listener, since the address in it depends on how
 * the listener reached that relay; all the rest is made once, as text, and its body travels behind it as it is.
 * @module
 */
import { MAX_CONTROL_MESSAGE_BYTES, type Request } from '@hybridge/protocol';
import type { ListenerChoice } from './listener-choice.js';

/** First byte of such an offer. One about a waiting WebSocket sender is JSON, and starts with `{`. */
const KIND = 1;

/** Kind, and the lengths of the two texts. */
const HEAD_BYTES = 1 + 4 + 4;

/** An HTTP request on offer. */
export interface RequestOffer {
  /** What the address begins with; absent: the host by which the listener reached the relay. */
  readonly base?: string;
  /** What of the address comes behind scheme and host. */
  readonly addressPath: string;
  /** Which listeners it may go to; absent: any. */
  readonly choice?: ListenerChoice;
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
export function requestMembers(request: Omit<Request, 'type' | 'address'>): string {
  const { id, requestTarget, method, remoteEndpoint, requestHeaders, body } = request;
  return JSON.stringify({ id, requestTarget, method, remoteEndpoint, requestHeaders, body }).slice(1, -1);
}

/** The message for a listener; `undefined` when it would be longer than a listener can read. */
export function requestText(address: string, members: string): string | undefined {
  const rest = members === '' ? '' : `,${members}`;
  const text = `{"request":{"address":${JSON.stringify(address)}${rest}}}`;
  return Buffer.byteLength(text) > MAX_CONTROL_MESSAGE_BYTES ? undefined : text;
}

/** Whether an offer is one of an HTTP request. */
export function isRequestOffer(bytes: Uint8Array): boolean {
  return bytes[0] === KIND;
}

/** As bytes for the backplane. Both ends are relays of one version, so it is read back without checks. */
export function encodeRequestOffer({ members, body, ...header }: RequestOffer): Uint8Array {
  const headerText = JSON.stringify(header);
  const headerBytes = Buffer.byteLength(headerText);
  const membersBytes = Buffer.byteLength(members);
  const bodyAt = HEAD_BYTES + headerBytes + membersBytes;
  const bytes = Buffer.allocUnsafe(bodyAt + (body?.length ?? 0));
  bytes[0] = KIND;
  bytes.writeUInt32BE(headerBytes, 1);
  bytes.writeUInt32BE(membersBytes, 5);
  bytes.write(headerText, HEAD_BYTES);
  bytes.write(members, HEAD_BYTES + headerBytes);
  if (body !== undefined) bytes.set(body, bodyAt);
  return bytes;
}

/** Reads an offer. An empty body is none: no request with one is sent so. */
export function decodeRequestOffer(offer: Uint8Array): RequestOffer {
  const bytes = Buffer.from(offer.buffer, offer.byteOffset, offer.byteLength);
  const membersAt = HEAD_BYTES + bytes.readUInt32BE(1);
  const bodyAt = membersAt + bytes.readUInt32BE(5);
  return {
    ...(JSON.parse(bytes.toString('utf8', HEAD_BYTES, membersAt)) as Pick<
      RequestOffer,
      'base' | 'addressPath' | 'choice'
    >),
    members: bytes.toString('utf8', membersAt, bodyAt),
    body: bodyAt === bytes.length ? undefined : bytes.subarray(bodyAt),
  };
}

/** As bytes for the backplane. */
export function encodeRequestReply(reply: RequestOfferReply): Uint8Array {
  return Buffer.from(JSON.stringify(reply));
}

/** Reads a reply. */
export function decodeRequestReply(bytes: Uint8Array): RequestOfferReply {
  return JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
  ) as RequestOfferReply;
}
