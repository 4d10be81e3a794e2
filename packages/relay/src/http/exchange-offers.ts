/**
 * Finds a listener for an HTTP request.
 *
 * A request that goes out whole goes to one listener and no other, since that one may have acted on it. A request that a
 * listener has to come for may be announced to several, one after the other: the first to come gets it.
 *
 * Source: docs/protocol.md, sections 2.10 (listener choice) and 4.1.
 * @module
 */
import { httpRefusals, refusals } from '@hybridge/protocol';
import type { HybridConnection } from '../directory/directory.js';
import type { Backplane, DirectReply as Reply } from '../listeners/backplane.js';
import { listenerChoice } from '../listeners/listener-choice.js';
import type { Logger } from '../logger.js';
import type { ExchangeTable } from './exchange-table.js';
import type { HttpExchange } from './http-exchange.js';
import { decodeRequestReply, encodeRequestOffer, type RequestOffer } from './request-offer.js';

/** More than the listeners that one hybrid connection can have; a request that met as many gone ones meets no other. */
const MAX_ATTEMPTS = 30;

/** How long another relay may take to pass a request on. It answers in milliseconds, or it is frozen. */
const BACKPLANE_TIMEOUT_MS = 1_000;

/** How long a listener that has a request may be without a control channel: long enough to open another one. */
const AWAY_MS = 2_000;

/** What is needed to find listeners. */
export interface ExchangeOffersOptions {
  readonly backplane: Backplane;
  readonly exchanges: ExchangeTable;
  readonly publicUrl: string | undefined;
  /** How long listeners may take to come for a request, in milliseconds. */
  readonly acceptMs: number;
  /** After how long the next one is told, in milliseconds. */
  readonly nextListenerAfterMs: number;
  /** Whether a listener, by its key, has a control channel. */
  isListening(hybridConnection: HybridConnection, listenerKey: string): boolean;
  readonly logger: Logger;
  /** A listener is about to be told of a request. */
  readonly onAsking?: (exchange: HttpExchange) => void;
  /** It was. */
  readonly onAsked?: (exchange: HttpExchange, listenerId: string) => void;
}

/** How far the search for a listener has come. */
interface Search {
  readonly exchange: HttpExchange;
  /** Who was told already, by their control channels. */
  readonly tried: readonly string[];
  /** When it is given up, on the clock of `performance.now()`. */
  readonly until: number;
}

/** Offers exchanges to listeners. */
export class ExchangeOffers {
  readonly #options: ExchangeOffersOptions;

  constructor(options: ExchangeOffersOptions) {
    this.#options = options;
  }

  /**
   * Offers a request: at once, where that is possible. A promise resolves once a listener was told, or the sender was refused.
   * Never throws, never rejects.
   */
  ask(exchange: HttpExchange): Promise<void> | undefined {
    return this.#ask({ exchange, tried: [], until: performance.now() + this.#options.acceptMs });
  }

  /** A control channel ended. What it was told of may still be answered on the listener's next one, or on a rendezvous. */
  async listenerGone(listenerId: string): Promise<void> {
    const { exchanges } = this.#options;
    const told = exchanges.toldTo(listenerId);
    for (const exchange of told) if (!exchange.isPointer) this.#awaitReturn(exchange);
    // Nobody has these yet: the next listener can have them.
    await Promise.all(told.map((exchange) => exchange.isPointer && this.ask(exchange)));
  }

  #awaitReturn(exchange: HttpExchange): void {
    const { hybridConnection } = exchange.options;
    const { listenerKey } = exchange.addressee!;
    exchange.expect(AWAY_MS, () => {
      if (this.#options.isListening(hybridConnection, listenerKey)) exchange.expectResponse();
      else exchange.refuse(httpRefusals.listenerGone());
    });
  }

  /** A backplane that fails is the relay's own failure. */
  #ask(search: Search): Promise<void> | undefined {
    const { exchange } = search;
    if (exchange.ended || exchange.met) return undefined;
    try {
      const reply = this.#offer(search);
      if (!(reply instanceof Promise) && reply.type === 'sent' && !exchange.isPointer) {
        exchange.sent(reply);
        this.#options.onAsked?.(exchange, reply.listenerId);
        return undefined;
      }
      return this.#askInTurn(search, reply).catch((error: unknown) => this.#failed(exchange, error));
    } catch (error) {
      this.#failed(exchange, error);
      return undefined;
    }
  }

  #failed(exchange: HttpExchange, error: unknown): void {
    this.#options.logger.error('The backplane failed', { error });
    exchange.refuse(refusals.internal());
  }

  async #askInTurn(search: Search, first: Reply | Promise<Reply>): Promise<void> {
    const { exchange, tried } = search;
    const { name } = exchange.options.hybridConnection;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (attempt > 0 && (exchange.ended || exchange.met)) return;
      const reply = await (attempt === 0 ? first : this.#offer(search));
      switch (reply.type) {
        case 'sent':
          exchange.sent(reply);
          this.#options.onAsked?.(exchange, reply.listenerId);
          if (exchange.isPointer) this.#awaitVisit({ ...search, tried: [...tried, reply.listenerId] });
          return;
        case 'too-large':
          exchange.refuse(httpRefusals.headersTooLarge());
          return;
        case 'not-chosen':
          // As long as one that was told may come, so may a new one.
          if (tried.length > 0) this.#awaitVisit(search);
          else exchange.refuse(refusals.noChosenListener(name));
          return;
        case 'no-responders':
          if (tried.length > 0) this.#awaitVisit(search);
          else exchange.refuse(httpRefusals.noListeners(name));
          return;
        case 'busy':
          // For a body to be fetched there is room where there is none for the body itself.
          if (exchange.announce()) break;
          exchange.refuse(refusals.busy('the listener does not keep up with its requests'));
          return;
        case 'timeout':
          // The other relay may have passed the request on nevertheless, and it may be acted on once only.
          if (!exchange.isPointer) return exchange.refuse(httpRefusals.gatewayTimeout());
          break;
        case 'gone':
          break;
      }
    }
    exchange.refuse(httpRefusals.noListeners(name));
  }

  /** Waits for a listener to come for the request, and tells the next one when that takes long. */
  #awaitVisit(search: Search): void {
    const { exchange, until } = search;
    if (exchange.ended || exchange.met) return;
    const leftMs = until - performance.now();
    if (leftMs <= 0) {
      exchange.refuse(httpRefusals.gatewayTimeout());
      return;
    }
    exchange.expect(Math.min(leftMs, this.#options.nextListenerAfterMs), () => void this.#ask(search));
  }

  #offer({ exchange, tried }: Search): Reply | Promise<Reply> {
    const { options, isPointer, members } = exchange;
    const { backplane, publicUrl } = this.#options;
    this.#options.onAsking?.(exchange);
    const asked = listenerChoice(options.request.headers);
    const choice = tried.length === 0 ? asked : { ...asked, tried };
    const offer: RequestOffer = {
      base: publicUrl,
      addressPath: options.addressPath,
      choice,
      members: isPointer ? '' : members,
      body: exchange.inlineBody,
    };
    const path = options.hybridConnection.backplanePath;
    return backplane.pass?.(path, offer, BACKPLANE_TIMEOUT_MS) ?? this.#request(path, offer);
  }

  async #request(path: string, offer: RequestOffer): Promise<Reply> {
    const reply = await this.#options.backplane.request(
      path,
      encodeRequestOffer(offer),
      BACKPLANE_TIMEOUT_MS,
    );
    return reply.type === 'reply' ? decodeRequestReply(reply.bytes) : reply;
  }
}
