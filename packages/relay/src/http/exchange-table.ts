/**
 * The HTTP requests that are under way, by their ids.
 *
 * What a listener sends names a request by its id, and counts only if that listener has the request; so does a dial to
 * its rendezvous address, by the secret in it. What belongs to no request, because the sender has left or the id was
 * made up, is dropped without a word.
 *
 * Source: docs/protocol.md, section 4.4, rules (e) and (f).
 * @module
 */
import type { Refusal, Response } from '@hybridge/protocol';
import type { HybridConnection, Namespace } from '../directory/directory.js';
import type { HttpExchange } from './http-exchange.js';

/** All requests under way. */
export class ExchangeTable {
  readonly #exchanges = new Map<string, HttpExchange>();
  readonly #counts = new Map<Namespace, number>();
  #onEmpty: (() => void) | undefined;

  get size(): number {
    return this.#exchanges.size;
  }

  /** How many there are in a namespace. */
  countIn(namespace: Namespace): number {
    return this.#counts.get(namespace) ?? 0;
  }

  /** Whether an id is taken. */
  has(id: string): boolean {
    return this.#exchanges.has(id);
  }

  add(exchange: HttpExchange): void {
    this.#exchanges.set(exchange.id, exchange);
    const { namespace } = exchange.options.hybridConnection;
    this.#counts.set(namespace, this.countIn(namespace) + 1);
  }

  remove(exchange: HttpExchange): void {
    if (!this.#exchanges.delete(exchange.id)) return;
    const { namespace } = exchange.options.hybridConnection;
    const left = this.countIn(namespace) - 1;
    if (left === 0) this.#counts.delete(namespace);
    else this.#counts.set(namespace, left);
    if (this.#exchanges.size === 0) this.#onEmpty?.();
  }

  /** A response came on a control channel. */
  answer(listenerKey: string, response: Response, body: Buffer | undefined): void {
    const exchange = this.#exchanges.get(response.requestId);
    if (exchange?.addressee?.listenerKey === listenerKey) exchange.answer(response, body);
  }

  /** The request whose rendezvous address was dialled, unless somebody was there before. */
  find(id: string | undefined, secret: string): HttpExchange | undefined {
    const exchange = id === undefined ? undefined : this.#exchanges.get(id);
    return exchange?.knows(secret) && !exchange.met ? exchange : undefined;
  }

  /** The requests that a control channel was told of, and that are not answered on a connection of their own. */
  toldTo(listenerId: string): HttpExchange[] {
    return [...this.#exchanges.values()].filter(
      (exchange) => exchange.addressee?.listenerId === listenerId && !exchange.met,
    );
  }

  /** Ends all, or those of one hybrid connection: with a refusal, or by a cut where an answer has begun. */
  refuseAll(refusal: Refusal, hybridConnection?: HybridConnection): void {
    for (const exchange of [...this.#exchanges.values()]) {
      if (hybridConnection === undefined || exchange.options.hybridConnection === hybridConnection) {
        exchange.refuse(refusal);
      }
    }
  }

  /** Resolves when there are none, or after `ms`. */
  async drained(ms: number): Promise<void> {
    if (this.#exchanges.size === 0 || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
