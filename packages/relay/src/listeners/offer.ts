/**
 * What relays say to each other, over the backplane, about a waiting sender.
 *
 * The one that has the sender makes an offer; the one that has a listener passes it on and says what came of it.
 * @module
 */
import type { Accept } from '@hybridge/protocol';
import type { ListenerChoice } from './listener-choice.js';

/** A sender that waits. All of an accept message, but for its address: that depends on the listener. */
export interface Offer extends Omit<Accept, 'type' | 'address'> {
  /** What the address begins with; absent: the host by which the listener reached the relay. */
  readonly base?: string | undefined;
  readonly rawPath: string;
  readonly appQuery: string;
  /** The credential of the rendezvous address. */
  readonly secret: string;
  /** Which listeners it may go to; absent: any. */
  readonly choice?: ListenerChoice | undefined;
}

/** What came of an offer. */
export type OfferReply =
  /** It is on its way to a listener. */
  | { readonly type: 'sent'; readonly listenerId: string }
  /** The listener was gone; another may be there. */
  | { readonly type: 'gone' }
  /** None of the listeners there is among those that the offer may go to. */
  | { readonly type: 'not-chosen' }
  /** The accept message would be longer than a listener can read. */
  | { readonly type: 'too-large' };

/** As bytes for the backplane. Both ends are relays of one version, so it is read back without checks. */
export function encode(message: Offer | OfferReply): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}

/** Reads an offer. */
export function decodeOffer(bytes: Uint8Array): Offer {
  return JSON.parse(Buffer.from(bytes).toString()) as Offer;
}

/** Reads a reply. */
export function decodeReply(bytes: Uint8Array): OfferReply {
  return JSON.parse(Buffer.from(bytes).toString()) as OfferReply;
}
