/**
 * The HTTP requests of one listener: from the relay's message to whoever answers them, and until the last answer is out.
 *
 * What goes wrong with one touches no other. Requests for which nobody listens are answered with 501, and those whose
 * listener throws with 500.
 *
 * Source: docs/protocol.md, section 4.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ACCEPT_TIMEOUT_MS,
  parseFromRelay,
  RelayError,
  type Request,
  type RequestPointer,
} from '@hybridge/protocol';
import { type Dial, errorWords } from '@hybridge/socket';
import type { ControlChannel } from './control-channel.js';
import { type Circumstances, closing, give, handlerThrew, noHandler } from './default-answers.js';
import { deferred } from './deferred.js';
import { dialRendezvous } from './dial-rendezvous.js';
import { Exchange, type ExchangeContext, type Origin } from './exchange.js';
import { HttpRendezvous } from './http-rendezvous.js';
import type { ResolvedOptions } from './options.js';
import type { RelayedRequest } from './relayed-request.js';

/** What the requests need from their listener. */
export interface RequestsContext {
  readonly options: ResolvedOptions;
  /** Hands a request to event listeners. @returns whether there was one. @throws what one of them threw. */
  readonly emit: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly warn: (problem: Error) => void;
}

/** All requests of one listener. */
export class Requests {
  readonly #context: RequestsContext;
  readonly #open = new Set<Exchange>();
  /** Rendezvous that are being dialled, or on which the request has not come yet. */
  readonly #fetching = new Set<Fetching>();
  readonly #moving = new Set<Promise<void>>();
  readonly #drained = deferred<void>();
  readonly #exchangeContext: ExchangeContext;
  #state: 'open' | 'leaving' | 'stopped' = 'open';

  constructor(context: RequestsContext) {
    this.#context = context;
    const { options, warn } = context;
    this.#exchangeContext = {
      relay: options.address,
      stripPath: options.stripPath,
      clock: options.clock,
      dial: (address) => dialRendezvous(address, options),
      onOver: (exchange) => {
        this.#open.delete(exchange);
        this.#checkDrained();
      },
      onProblem: warn,
    };
  }

  /** A request came over the control channel, whole. */
  receive(message: Request, body: Buffer | undefined, control: Pick<ControlChannel, 'respond'>): void {
    const exchange = this.#exchange(message, { control, body });
    if (this.#state !== 'open') this.#move(exchange);
    this.#deliver(exchange);
  }

  /** A request waits at its address. */
  fetch({ address }: RequestPointer): void {
    let dial: Dial;
    try {
      dial = dialRendezvous(address, this.#context.options);
    } catch (error) {
      this.#context.warn(error as Error);
      return;
    }
    const fetching = { dial, rendezvous: undefined };
    this.#fetching.add(fetching);
    void this.#meet(fetching);
  }

  /** What an async event listener rejected with. */
  failed(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
    const trackingId = idOf(request);
    this.#context.warn(new Error(`The handler of request ${trackingId} threw`, { cause }));
    // An answer that is complete is one, whatever happened after it.
    if (response.writableEnded) return;
    if (response.headersSent) response.destroy();
    else give(handlerThrew(this.#circumstances(trackingId)), response);
  }

  /** Answers a request that nobody took. */
  notTaken(request: IncomingMessage, response: ServerResponse): void {
    give(noHandler(this.#circumstances(idOf(request))), response);
  }

  /** Whether answers are due on the control channel. */
  get needControl(): boolean {
    return Array.from(this.#open).some(({ isInline }) => isInline);
  }

  /**
   * Prepares for the end of the control channel: answers that would have gone over it go by their rendezvous.
   * @returns a promise for the moment when none needs it any more, as far as the relay lets them.
   */
  async leaveControl(): Promise<void> {
    this.#state = 'leaving';
    for (const exchange of this.#open) this.#move(exchange);
    while (this.#moving.size > 0) await Promise.all(this.#moving);
  }

  /** Takes no more. @returns a promise for the end of the last one. */
  stop(): Promise<void> {
    this.#state = 'stopped';
    this.#checkDrained();
    return this.#drained.promise;
  }

  /** Ends everything that is still open. */
  abort(): void {
    for (const { dial, rendezvous } of this.#fetching) {
      dial.abort();
      rendezvous?.abort();
    }
    this.#fetching.clear();
    for (const exchange of this.#open) exchange.abort();
    this.#checkDrained();
  }

  #exchange(message: Request, origin: Origin): Exchange {
    const exchange = new Exchange(message, origin, this.#exchangeContext);
    this.#open.add(exchange);
    return exchange;
  }

  #deliver({ request, response }: Exchange): void {
    if (this.#state === 'stopped') {
      give(closing(this.#circumstances(request.trackingId)), response);
      return;
    }
    try {
      if (!this.#context.emit(request, response)) this.notTaken(request, response);
    } catch (error) {
      this.failed(request, response, error);
    }
  }

  async #meet(fetching: Fetching): Promise<void> {
    const { clock } = this.#context.options;
    let exchange: Exchange | undefined;
    const over = () => {
      timer.cancel();
      this.#fetching.delete(fetching);
      this.#checkDrained();
    };
    const timer = clock.setTimer(() => {
      fetching.rendezvous?.abort();
      over();
    }, ACCEPT_TIMEOUT_MS);
    timer.unref();
    try {
      const { channel } = await fetching.dial.upgrade();
      if (!this.#fetching.has(fetching)) {
        channel.abort();
        return;
      }
      const rendezvous = new HttpRendezvous(channel, {
        onText: (text) => {
          if (exchange !== undefined) return;
          exchange = this.#read(text, rendezvous);
          over();
          if (exchange === undefined) rendezvous.abort();
          else this.#deliver(exchange);
        },
        onBody: (bytes) => exchange?.addBody(Buffer.from(bytes)) ?? true,
        onBodyEnd: () => exchange?.endBody(),
        onGone: () => {
          over();
          exchange?.gone();
        },
      });
      fetching.rendezvous = rendezvous;
      rendezvous.start();
    } catch (cause) {
      const isWanted = this.#fetching.has(fetching);
      over();
      const words = errorWords(cause);
      if (isWanted) this.#context.warn(new Error(`A request could not be fetched: ${words}`, { cause }));
    }
  }

  #read(text: string, rendezvous: HttpRendezvous): Exchange | undefined {
    try {
      const message = parseFromRelay(text);
      if (message.type === 'request') return this.#exchange(message, { rendezvous });
      throw new RelayError('ERR_RELAY_PROTOCOL', `There is no request at its address, but: ${message.type}`);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      this.#context.warn(error);
      return undefined;
    }
  }

  #move(exchange: Exchange): void {
    const moving = exchange.leaveControl();
    this.#moving.add(moving);
    void moving.then(() => this.#moving.delete(moving));
  }

  #circumstances(trackingId: string): Circumstances {
    const { address: relay, clock } = this.#context.options;
    return { trackingId, relay, now: clock.now() };
  }

  #checkDrained(): void {
    if (this.#state === 'stopped' && this.#open.size + this.#fetching.size === 0) this.#drained.resolve();
  }
}

/** What came from here has one. */
function idOf(request: IncomingMessage): string {
  return (request as RelayedRequest).trackingId;
}

interface Fetching {
  readonly dial: Dial;
  rendezvous: HttpRendezvous | undefined;
}
