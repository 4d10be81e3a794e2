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

/** Kind, and the lengths of the three texts. */
const HEAD_BYTES = 1 + 4 + 4 + 4;

/** An HTTP request on offer. */
export interface RequestOffer {
  /** What the address begins with; absent: the host by which the listener reached the relay. */
  readonly base?: string;
  /** What of the address comes behind scheme and host. */
  readonly addressPath: string;
  /** Which listeners it may go to; absent: any. */
  readonly choice?: ListenerChoice;
  /** From {@link requestMembers}, as UTF-8; empty for a request that the listener has to fetch. */
  readonly members: Uint8Array;
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

/** The message for a listener, as UTF-8; `undefined` when it would be longer than a listener can read. */
export function requestMessage(address: string, members: Uint8Array): Buffer | undefined {
  const begin = `{"request":{"address":${JSON.stringify(address)}${members.length === 0 ? '' : ','}`;
  const beginBytes = Buffer.byteLength(begin);
  const length = beginBytes + members.length + 2;
  if (length > MAX_CONTROL_MESSAGE_BYTES) return undefined;
  const message = Buffer.allocUnsafe(length);
  message.write(begin);
  message.set(members, beginBytes);
  message.write('}}', length - 2);
  return message;
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
  const choiceText = choice === undefined ? '' : JSON.stringify(choice);
  const texts = [base, addressPath, choiceText];
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const membersAt = HEAD_BYTES + lengths[0]! + lengths[1]! + lengths[2]!;
  const bytes = Buffer.allocUnsafe(4 + membersAt + members.length + (body?.length ?? 0));
  bytes[0] = KIND;
  let at = HEAD_BYTES;
  for (let i = 0; i < 3; i += 1) {
    bytes.writeUInt32BE(lengths[i]!, 1 + 4 * i);
    at += bytes.write(texts[i]!, at);
  }
  bytes.writeUInt32BE(members.length, at);
  bytes.set(members, at + 4);
  if (body !== undefined) bytes.set(body, at + 4 + members.length);
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
  const membersAt = at + 4;
  const bodyAt = membersAt + bytes.readUInt32BE(at);
  return {
    ...(base !== '' && { base }),
    addressPath,
    ...(choice !== '' && { choice: JSON.parse(choice) as ListenerChoice }),
    members: bytes.subarray(membersAt, bodyAt),
    body: bodyAt === bytes.length ? undefined : bytes.subarray(bodyAt),
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
