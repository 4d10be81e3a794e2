/**
 * How a relay finds the listener for a sender, wherever its control channel is held.
 *
 * Interest is the registry: who has announced a path gets requests for it, one of several at random, and when nobody
 * has, the answer says so at once. In one process that is a map; between processes it is what a message broker's queue
 * groups do. So there are no leases and no stale entries.
 *
 * Source: docs/protocol.md, section 2.10 (listener choice).
 * @module
 */

import {
  decodeRequestReply,
  encodeRequestOffer,
  type RequestOffer,
  type RequestOfferReply,
} from '../http/request-offer.js';
import { decodeReply, encode, type Offer, type OfferReply } from './offer.js';

/** Answers a request; says so in its answer when it cannot do what was asked, and does not reject. */
export type BackplaneHandler = (request: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Answers an HTTP request on offer, without bytes in between: in one process there is no need for them. */
export type DirectHandler = (offer: RequestOffer) => RequestOfferReply | Promise<RequestOfferReply>;

/** The same for a sender that waits. */
export type DirectSenderHandler = (offer: Offer) => OfferReply | Promise<OfferReply>;

/** An announced interest, until it is withdrawn. */
export interface Announcement {
  /** Ends the interest. Requests that are under way may still come. */
  withdraw(): void;
}

/** What became of a request. */
export type BackplaneReply =
  | { readonly type: 'reply'; readonly bytes: Uint8Array }
  | { readonly type: 'no-responders' }
  | { readonly type: 'timeout' };

/** What became of an HTTP request that was passed on directly. */
export type DirectReply = RequestOfferReply | Failure;

/** What became of a sender that was passed on directly. */
export type DirectSenderReply = OfferReply | Failure;

type Failure = Exclude<BackplaneReply, { readonly type: 'reply' }>;

/** Carries requests from the relay that has a sender to one that has a listener for the same path. */
export interface Backplane {
  /**
   * Declares that `handler` answers for `path`. Resolves when requests can reach it.
   * @param direct - the same for {@link Backplane.pass}, where there is one
   * @param directSender - the same for {@link Backplane.passSender}
   */
  announce(
    path: string,
    handler: BackplaneHandler,
    direct?: DirectHandler,
    directSender?: DirectSenderHandler,
  ): Promise<Announcement>;
  /** Asks one of those who announced `path`, picked at random. */
  request(path: string, request: Uint8Array, timeoutMs: number): Promise<BackplaneReply>;
  /**
   * The same for an HTTP request, at once where that is possible: there may be thousands a second. For a backplane whose
   * two ends are one process; without it `request` is used.
   */
  pass?(path: string, offer: RequestOffer, timeoutMs: number): DirectReply | Promise<DirectReply>;
  /** The same for a sender that waits. */
  passSender?(path: string, offer: Offer, timeoutMs: number): DirectSenderReply | Promise<DirectSenderReply>;
}

interface Entry {
  readonly handler: BackplaneHandler;
  readonly direct: DirectHandler | undefined;
  readonly directSender: DirectSenderHandler | undefined;
}

/** The backplane of a single process. */
export class MemoryBackplane implements Backplane {
  readonly #entries = new Map<string, readonly Entry[]>();
  readonly #random: () => number;

  /** @param random - gives numbers from 0 up to, not including, 1; `Math.random` unless a test wants to know. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  announce(
    path: string,
    handler: BackplaneHandler,
    direct?: DirectHandler,
    directSender?: DirectSenderHandler,
  ): Promise<Announcement> {
    // One function may be announced twice; each announcement is its own entry.
    const entry: Entry = { handler, direct, directSender };
    this.#entries.set(path, [...(this.#entries.get(path) ?? []), entry]);
    const withdraw = (): void => {
      const left = this.#entries.get(path)?.filter((each) => each !== entry) ?? [];
      if (left.length === 0) this.#entries.delete(path);
      else this.#entries.set(path, left);
    };
    return Promise.resolve({ withdraw });
  }

  async request(path: string, request: Uint8Array, timeoutMs: number): Promise<BackplaneReply> {
    const entry = this.#pick(path);
    if (entry === undefined) return { type: 'no-responders' };
    const answer = entry.handler(request);
    if (!(answer instanceof Promise)) return { type: 'reply', bytes: answer };
    return inTime(reply(answer), timeoutMs);
  }

  pass(path: string, offer: RequestOffer, timeoutMs: number): DirectReply | Promise<DirectReply> {
    const entry = this.#pick(path);
    if (entry === undefined) return { type: 'no-responders' };
    const answer = entry.direct?.(offer) ?? passAsBytes(entry, offer);
    return answer instanceof Promise ? inTime(answer, timeoutMs) : answer;
  }

  passSender(path: string, offer: Offer, timeoutMs: number): DirectSenderReply | Promise<DirectSenderReply> {
    const entry = this.#pick(path);
    if (entry === undefined) return { type: 'no-responders' };
    const answer = entry.directSender?.(offer) ?? passSenderAsBytes(entry, offer);
    return answer instanceof Promise ? inTime(answer, timeoutMs) : answer;
  }

  #pick(path: string): Entry | undefined {
    const entries = this.#entries.get(path);
    return entries?.[Math.floor(this.#random() * entries.length)];
  }
}

/** To one that was announced for bytes alone. */
async function passAsBytes({ handler }: Entry, offer: RequestOffer): Promise<RequestOfferReply> {
  return decodeRequestReply(await handler(encodeRequestOffer(offer)));
}

async function passSenderAsBytes({ handler }: Entry, offer: Offer): Promise<OfferReply> {
  return decodeReply(await handler(encode(offer)));
}

async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T | { readonly type: 'timeout' }> {
  const { promise, cancel } = timeout(timeoutMs);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    cancel();
  }
}

async function reply(answer: Promise<Uint8Array>): Promise<BackplaneReply> {
  return { type: 'reply', bytes: await answer };
}

function timeout(ms: number): { readonly promise: Promise<{ readonly type: 'timeout' }>; cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<{ readonly type: 'timeout' }>((resolve) => {
    timer = setTimeout(() => resolve({ type: 'timeout' }), ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
