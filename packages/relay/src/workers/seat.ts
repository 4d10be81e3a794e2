/**
 * A relay process's place among other workers: what it asks of them and tells them, as the parts of a relay see it.
 *
 * A relay that is a single process has no seat, and asks nobody.
 * @module
 */

import type { Response } from '@hybridge/protocol';
import type { ExchangeTable } from '../http/exchange-table.js';
import type { RequestOffer, RequestOfferReply } from '../http/request-offer.js';
import type { ListenerRegistry } from '../listeners/listener-registry.js';
import type { Offer, OfferReply } from '../listeners/offer.js';
import type { NamespaceModel } from '../model/model.js';
import type { Lapses, ListenerEntry, Load, WorkerPort } from './messages.js';

/** A listener that wants a place. */
export interface PlaceRequest extends Omit<ListenerEntry, 'worker'> {
  /** The same for one that comes back; `undefined`: it cannot be told. */
  readonly identity: string | undefined;
}

/** The parts of a relay that other workers call. */
export interface SeatParts {
  readonly listeners: ListenerRegistry;
  readonly exchanges: ExchangeTable;
}

/** A place among workers. */
export interface Seat {
  /** The worker's number, from 1. */
  readonly number: number;
  readonly port: WorkerPort;
  /** What all workers served when this one was started. */
  readonly namespaces: readonly NamespaceModel[];
  /** From now on other workers' calls lead here. */
  attach(parts: SeatParts): void;
  /** Asks for a place for a listener. Resolves once all workers can call it; `false`: there is no place left. */
  take(listener: PlaceRequest, limit: number): Promise<boolean>;
  /** Its handshake is answered; an earlier channel of the same listener is to go. */
  opened(listenerId: string): void;
  /** Its control channel is gone, or never came to be. */
  left(listenerId: string, recycled: boolean): void;
  /** Tells all how well a listener of this worker comes. */
  tellLapses(listenerId: string, lapses: Lapses): void;
  /** Offers a sender to a listener of another worker. */
  offer(listener: ListenerEntry, offer: Offer): Promise<OfferReply>;
  /** Offers an HTTP request to a listener of another worker. Never resolves when that worker dies over it. */
  request(listener: ListenerEntry, offer: RequestOffer): Promise<RequestOfferReply>;
  /** Hands a response to the worker that has the request. */
  respond(worker: number, listenerKey: string, response: Response, body: Buffer | undefined): void;
  /** Tells another worker that its listener came, or did not come in time. */
  tellCame(listener: ListenerEntry): void;
  tellLate(listener: ListenerEntry): void;
  /** What the other workers have in a namespace, as of a moment ago. */
  elsewhere(namespace: string): Load;
}

/** Ends the id of a request, so that a response finds its worker. Azure's service ends ids in a like way, in `_G3`. */
export function requestIdSuffix(worker: number): string {
  return `_W${worker}`;
}

/** The worker that has a request; `undefined` where the id does not say. */
export function workerOf(requestId: string): number | undefined {
  const number = /_W(\d{1,5})$/.exec(requestId)?.[1];
  return number === undefined ? undefined : Number(number);
}
