/**
 * A listener whose control channel another worker holds, for this worker to call.
 * @module
 */

import type { RequestOffer, RequestOfferReply } from '../http/request-offer.js';
import type { Offer, OfferReply } from '../listeners/offer.js';
import type { Lapses, ListenerEntry } from './messages.js';
import type { Seat } from './seat.js';

/** A listener elsewhere. It has the face of a control channel, as far as calling goes. */
export class RemoteListener {
  readonly entry: ListenerEntry;
  readonly options: { readonly clientId: string | undefined };
  readonly #seat: Seat;
  readonly #now: () => number;
  #lapses: Lapses = { misses: 0, passedOverUntil: undefined };

  constructor(entry: ListenerEntry, seat: Seat, now: () => number) {
    this.entry = entry;
    this.options = { clientId: entry.clientId };
    this.#seat = seat;
    this.#now = now;
  }

  get id(): string {
    return this.entry.id;
  }

  get listenerKey(): string {
    return this.entry.listenerKey;
  }

  /** Others are told of a listener just before it comes online, and at once when it is gone. */
  get online(): boolean {
    return true;
  }

  get punctuality(): { readonly isPassedOver: boolean } {
    const { passedOverUntil } = this.#lapses;
    return { isPassedOver: passedOverUntil !== undefined && this.#now() < passedOverUntil.getTime() };
  }

  set lapses(lapses: Lapses) {
    this.#lapses = lapses;
  }

  offer(offer: Offer): Promise<OfferReply> {
    return this.#seat.offer(this.entry, offer);
  }

  request(offer: RequestOffer): Promise<RequestOfferReply> {
    return this.#seat.request(this.entry, offer);
  }

  /** It answered. Its worker need not hear of each time: only when there was a miss before. */
  came(): void {
    if (this.#lapses.misses > 0) this.#seat.tellCame(this.entry);
  }

  late(): void {
    this.#seat.tellLate(this.entry);
  }
}
