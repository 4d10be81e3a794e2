/**
 * A worker's place among the others, over its channel to the primary process.
 *
 * It turns what the parts of a relay ask into messages, and messages into calls of those parts.
 * @module
 */
import type { Response } from '@hybridge/protocol';
import type { RequestOffer, RequestOfferReply } from '../http/request-offer.js';
import type { Offer, OfferReply } from '../listeners/offer.js';
import type { NamespaceModel } from '../model/model.js';
import { Asks } from './asks.js';
import type {
  Lapses,
  ListenerEntry,
  Load,
  Loads,
  PeerMessage,
  ToPrimary,
  ToWorker,
  WorkerPort,
} from './messages.js';
import type { PlaceRequest, Seat, SeatParts } from './seat.js';

/** After how long a request counts as passed on: before the backplane gives up on it, and later than on any idle machine. */
const ASSUMED_MS = 800;

/** What a seat is made of. */
export interface WorkerSeatOptions {
  readonly number: number;
  readonly port: WorkerPort;
  readonly namespaces: readonly NamespaceModel[];
  /** Who listens already. */
  readonly listeners: readonly ListenerEntry[];
  readonly elsewhere: Loads;
  readonly send: (message: ToPrimary) => void;
}

/** A seat. */
export class WorkerSeat implements Seat {
  readonly number: number;
  readonly port: WorkerPort;
  readonly namespaces: readonly NamespaceModel[];
  readonly #options: WorkerSeatOptions;
  readonly #places = new Asks<boolean>();
  readonly #offers = new Asks<OfferReply>();
  readonly #requests = new Asks<RequestOfferReply>();
  #elsewhere: Loads;
  #parts!: SeatParts;

  constructor(options: WorkerSeatOptions) {
    this.#options = options;
    this.number = options.number;
    this.port = options.port;
    this.namespaces = options.namespaces;
    this.#elsewhere = options.elsewhere;
  }

  attach(parts: SeatParts): void {
    this.#parts = parts;
    for (const entry of this.#options.listeners) parts.listeners.remotes?.add(entry);
  }

  take({ identity, ...listener }: PlaceRequest, limit: number): Promise<boolean> {
    const entry = { ...listener, worker: this.number };
    return this.#places.ask(0, undefined, (ask) =>
      this.#send({ type: 'place', ask, entry, identity, limit }),
    );
  }

  opened(id: string): void {
    this.#send({ type: 'opened', id });
  }

  left(id: string, recycled: boolean): void {
    this.#send({ type: 'left', id, recycled });
  }

  tellLapses(id: string, lapses: Lapses): void {
    this.#send({ type: 'lapses', id, lapses });
  }

  offer({ id, worker }: ListenerEntry, offer: Offer): Promise<OfferReply> {
    return this.#offers.ask(worker, { type: 'gone' }, (ask) =>
      this.#tell(worker, { type: 'offer', ask, listenerId: id, offer }),
    );
  }

  /**
   * One that goes out whole may be with the listener already when its worker dies or is slow, and it may be acted on
   * once only: so there is no answer then from a dead one, and a slow one has passed it on as far as anybody can tell.
   */
  async request({ id, worker, listenerKey }: ListenerEntry, offer: RequestOffer): Promise<RequestOfferReply> {
    const isPointer = offer.members.length === 0;
    const reply = this.#requests.ask(worker, isPointer ? { type: 'gone' } : undefined, (ask) =>
      this.#tell(worker, { type: 'request', ask, listenerId: id, offer }),
    );
    if (isPointer) return reply;
    let timer: NodeJS.Timeout | undefined;
    const assumed = new Promise<RequestOfferReply>((resolve) => {
      timer = setTimeout(() => {
        const isThere = this.#parts.listeners.remotes?.get(id) !== undefined;
        if (isThere) resolve({ type: 'sent', listenerId: id, listenerKey });
      }, ASSUMED_MS);
    });
    const first = await Promise.race([reply, assumed]);
    clearTimeout(timer);
    return first;
  }

  respond(worker: number, listenerKey: string, response: Response, body: Buffer | undefined): void {
    this.#tell(worker, { type: 'response', listenerKey, response, body });
  }

  tellCame({ id, worker }: ListenerEntry): void {
    this.#tell(worker, { type: 'came', listenerId: id });
  }

  tellLate({ id, worker }: ListenerEntry): void {
    this.#tell(worker, { type: 'late', listenerId: id });
  }

  elsewhere(namespace: string): Load {
    return this.#elsewhere[namespace] ?? NO_LOAD;
  }

  /** Takes what the primary says. What is not for a seat is passed over. */
  handle(message: ToWorker): void {
    const remotes = this.#parts.listeners.remotes!;
    switch (message.type) {
      case 'placed':
        this.#places.answer(message.ask, message.granted);
        break;
      case 'listener':
        remotes.add(message.entry);
        this.#send({ type: 'seen', ask: message.ask });
        break;
      case 'listener-gone':
        remotes.remove(message.id, message.recycled);
        break;
      case 'listener-lapses':
        remotes.setLapses(message.id, message.lapses);
        break;
      case 'superseded':
        this.#parts.listeners.supersede(message.id);
        break;
      case 'worker-gone':
        this.#offers.workerGone(message.worker);
        this.#requests.workerGone(message.worker);
        remotes.removeWorker(message.worker);
        break;
      case 'elsewhere':
        this.#elsewhere = message.loads;
        break;
      case 'from':
        void this.#handlePeer(message.worker, message.message);
        break;
      default:
        break;
    }
  }

  async #handlePeer(worker: number, message: PeerMessage): Promise<void> {
    const { listeners, exchanges } = this.#parts;
    switch (message.type) {
      case 'offer': {
        const reply = await listeners.call(message.listenerId, message.offer);
        this.#tell(worker, { type: 'offer-reply', ask: message.ask, reply });
        break;
      }
      case 'offer-reply':
        this.#offers.answer(message.ask, message.reply);
        break;
      case 'request': {
        const reply = await listeners.callForRequest(message.listenerId, message.offer);
        this.#tell(worker, { type: 'request-reply', ask: message.ask, reply });
        break;
      }
      case 'request-reply':
        this.#requests.answer(message.ask, message.reply);
        break;
      case 'response':
        // It may have come in one read with word of who has the request, which takes until the end of this turn to arrive.
        setImmediate(() => {
          exchanges.answer(message.listenerKey, message.response, message.body && bufferOf(message.body));
        });
        break;
      case 'came':
        listeners.answered(message.listenerId);
        break;
      case 'late':
        listeners.late(message.listenerId);
        break;
    }
  }

  #tell(worker: number, message: PeerMessage): void {
    this.#send({ type: 'to', worker, message });
  }

  #send(message: ToPrimary): void {
    this.#options.send(message);
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

const NO_LOAD: Load = { pending: 0, connections: 0, requests: 0 };
