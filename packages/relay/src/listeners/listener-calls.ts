/**
 * Calls a listener for a sender or a request: the one that the backplane picked, or else another of the same hybrid connection.
 *
 * Those that do not come when called are asked last of all. Who listens is its owner's to know.
 *
 * Source: docs/protocol.md, section 2.10 (which listener).
 * @module
 */
import {
  decodeRequestOffer,
  encodeRequestReply,
  isRequestOffer,
  type RequestOffer,
  type RequestOfferReply,
} from '../http/request-offer.js';
import type { RemoteListener } from '../workers/remote-listener.js';
import { ControlChannel } from './control-channel.js';
import { isChosen } from './listener-choice.js';
import { decodeOffer, encode, type Offer, type OfferReply } from './offer.js';

/** A listener that can be called, whoever has its control channel. */
type Callable = ControlChannel | RemoteListener;

/** Who there is to be called, by the path of a hybrid connection, and whom it tells. */
export interface ListenerCallsOptions {
  readonly here: (path: string) => Iterable<ControlChannel>;
  /** Those of other workers. */
  readonly elsewhere: (path: string) => Iterable<RemoteListener>;
  /** A listener that had missed calls was called again: it may be on trial now. */
  readonly onLapses: (channel: ControlChannel) => void;
}

/** Passes offers on. */
export class ListenerCalls {
  readonly #options: ListenerCallsOptions;

  constructor(options: ListenerCallsOptions) {
    this.#options = options;
  }

  /** An offer as the backplane carries it, of a sender or of a request. */
  onOffer(picked: Callable, path: string, offer: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (!isRequestOffer(offer)) {
      const sender = decodeOffer(offer);
      return this.#pass(this.#candidates(picked, path, sender), sender).then(encode);
    }
    const passed = this.onRequest(picked, path, decodeRequestOffer(offer));
    return passed instanceof Promise ? passed.then(encodeRequestReply) : encodeRequestReply(passed);
  }

  /** A request. At once, where that is possible: there may be thousands a second. */
  onRequest(
    picked: Callable,
    path: string,
    request: RequestOffer,
  ): RequestOfferReply | Promise<RequestOfferReply> {
    if (!picked.online) {
      return (picked as ControlChannel).settled.then(() =>
        this.#passRequest(this.#candidates(picked, path, request), request),
      );
    }
    // As the candidates would have it, without looking at those that are not needed.
    if (
      request.choice === undefined &&
      picked instanceof ControlChannel &&
      !picked.punctuality.isPassedOver
    ) {
      const reply = picked.request(request);
      if (reply.type !== 'gone' && reply.type !== 'busy') return reply;
      const [, ...others] = this.#candidates(picked, path, request);
      return this.#passRequest(others, request, reply);
    }
    return this.#passRequest(this.#candidates(picked, path, request), request);
  }

  /** A sender. At once, as {@link ListenerCalls.onRequest}. */
  onSender(picked: ControlChannel, path: string, offer: Offer): OfferReply | Promise<OfferReply> {
    const { online, punctuality } = picked;
    if (!online || offer.choice !== undefined || punctuality.isPassedOver) {
      return this.#pass(this.#candidates(picked, path, offer), offer);
    }
    const reply = this.offerTo(picked, offer);
    if (reply instanceof Promise || reply.type !== 'gone') return reply;
    const [, ...others] = this.#candidates(picked, path, offer);
    return this.#pass(others, offer, reply);
  }

  /** Passes an offer on to this listener and to no other. */
  offerTo(channel: ControlChannel, offer: Offer): OfferReply | Promise<OfferReply> {
    const reply = channel.offer(offer);
    const told = (reply: OfferReply) => {
      // It may be on trial now, and then nobody else is to call it.
      if (channel.punctuality.misses > 0) this.#options.onLapses(channel);
      return reply;
    };
    return reply instanceof Promise ? reply.then(told) : told(reply);
  }

  #passRequest(
    [next, ...others]: readonly Callable[],
    request: RequestOffer,
    before: RequestOfferReply = { type: 'not-chosen' },
  ): RequestOfferReply | Promise<RequestOfferReply> {
    if (next === undefined) return before;
    const goOn = (reply: RequestOfferReply) =>
      reply.type === 'gone' || reply.type === 'busy' ? this.#passRequest(others, request, reply) : reply;
    const reply = next.request(request);
    return reply instanceof Promise ? reply.then(goOn) : goOn(reply);
  }

  /** Passes an offer on to the first listener that takes it. */
  async #pass(
    candidates: readonly Callable[],
    offer: Offer,
    before: OfferReply = { type: 'not-chosen' },
  ): Promise<OfferReply> {
    let reply = before;
    for (const listener of candidates) {
      reply =
        listener instanceof ControlChannel
          ? await this.offerTo(listener, offer)
          : await listener.offer(offer);
      if (reply.type !== 'gone') return reply;
    }
    return reply;
  }

  /** First the one that was picked, then the others by chance; those that do not come when called last of all. */
  #candidates(picked: Callable, path: string, { choice }: Pick<RequestOffer, 'choice'>): Callable[] {
    const { here, elsewhere } = this.#options;
    const others = [...here(path), ...elsewhere(path)].filter(
      (listener) => listener !== picked && listener.online,
    );
    const all = [picked, ...shuffled(others)].filter((listener) =>
      isChosen(choice, listener.id, listener.options.clientId),
    );
    const late = all.filter((listener) => listener.punctuality.isPassedOver);
    return late.length === 0 ? all : [...all.filter((listener) => !late.includes(listener)), ...late];
  }
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const deck = [...items];
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(Math.random() * (last + 1));
    [deck[last], deck[chosen]] = [deck[chosen]!, deck[last]!];
  }
  return deck;
}
