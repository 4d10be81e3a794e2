/**
 * One HTTP request on its way through the relay, from a sender to a listener and back.
 *
 * The request goes out in one of two ways: whole, on the listener's control channel, or as a pointer, after which the
 * listener comes for it. The response comes back in one of two ways: on the control channel or on a rendezvous, and the
 * sender cannot tell. Until its head is passed on, whatever goes wrong is an HTTP status; after that, all that is left
 * is to cut the connection, so that a sender never takes half a body for a whole one.
 *
 * One clock runs at a time, and says what is waited for. All bytes that arrive wind it again.
 *
 * Back-pressure: while the sender does not take bytes the rendezvous is not read; while the listener does not, the sender
 * is not. At most one read's worth of bytes is held in each direction.
 *
 * Source: docs/protocol.md, sections 4.1 to 4.5.
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  CloseCode,
  httpRefusals,
  isRelayError,
  MAX_REQUEST_HEADER_BYTES,
  parseStatusCode,
  type Refusal,
  type Request,
  type Response,
} from '@hybridge/protocol';
import type { Conduit } from '@hybridge/socket';
import type { HybridConnection } from '../directory/directory.js';
import { HttpRendezvous } from './http-rendezvous.js';
import type { InlineBody } from './inline-body.js';
import { cutSender } from './refuse-http.js';
import { isLongerThan, requestMembers, requestMessage } from './request-offer.js';
import { RequestPump } from './request-pump.js';
import { endWith, writeHead } from './write-response.js';

/** How long a request may take, in each of its stages. All in milliseconds. */
export interface HttpTimeouts {
  /** For a listener to come for a request that was announced to it. */
  readonly acceptMs: number;
  /** For the head of the response. */
  readonly responseMs: number;
  /** For the next bytes of a body, in either direction. */
  readonly bodyIdleMs: number;
}

/** What an exchange is made of. */
export interface HttpExchangeOptions {
  readonly message: Omit<Request, 'type' | 'address'>;
  /** Of its rendezvous address: the only credential there. */
  readonly secret: string;
  readonly addressPath: string;
  readonly hybridConnection: HybridConnection;
  readonly trackingId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly timeouts: HttpTimeouts;
  /** The sender is to be told this; its head is not out. Called at most once, and then nothing else. */
  readonly onRefused: (refusal: Refusal, exchange: HttpExchange) => void;
  /** The head of a response is here, and is being passed on. */
  readonly onAnswering: (status: number, exchange: HttpExchange) => void;
  /** It is over, in whatever way. Called once. */
  readonly onEnd: (end: HttpExchangeEnd, exchange: HttpExchange) => void;
}

/** What of a body was read; the rest, if there is one, the listener has to come for. */
export type ReadBody = Extract<InlineBody, { readonly type: 'whole' | 'part' }>;

/** How an exchange ended. */
export interface HttpExchangeEnd {
  /** The status that the sender got from the listener; `undefined` when it got none. */
  readonly status: number | undefined;
  /** In words; `undefined` when the response was passed on whole. */
  readonly failure: string | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** Who has the request. */
interface Addressee {
  /** Its control channel. */
  readonly listenerId: string;
  /** Itself. */
  readonly listenerKey: string;
}

type State =
  /** No listener has it, or none that has it may be the last. */
  | { readonly name: 'asking' }
  /** A listener was told; it has not begun to answer. */
  | ({ readonly name: 'waiting' } & Addressee)
  | { readonly name: 'answering'; readonly status: number }
  | { readonly name: 'ended' };

/** A request on its way. */
export class HttpExchange {
  readonly options: HttpExchangeOptions;
  /** All of the request but its address, as text. */
  readonly members: string;
  #state: State = { name: 'asking' };
  #isPointer: boolean;
  /** Kept until it is on its way: a thousand that wait for answers hold no bodies. */
  #body: ReadBody | undefined;
  #rendezvous: HttpRendezvous | undefined;
  #pump: RequestPump | undefined;
  #clock: NodeJS.Timeout | undefined;
  #onTime: () => void = nothing;
  #requestBytes = 0;
  #responseBytes = 0;
  /** Pieces of the response that Node has and the kernel has not. */
  #unwritten = 0;

  constructor(options: HttpExchangeOptions, body: ReadBody) {
    const { message } = options;
    this.options = options;
    this.#body = body;
    this.members = requestMembers(message);
    // Documented: headers of more than 32 kB do not travel together with a body.
    this.#isPointer =
      body.type === 'part' || (message.body && isLongerThan(this.members, MAX_REQUEST_HEADER_BYTES));
  }

  /** What the listener repeats in its response. */
  get id(): string {
    return this.options.message.id;
  }

  /** The listener has to come for the request. */
  get isPointer(): boolean {
    return this.#isPointer;
  }

  /** The body that goes out with the request; `undefined`: none does. */
  get inlineBody(): Buffer | undefined {
    return this.#isPointer || this.#body?.type !== 'whole' ? undefined : this.#body.bytes;
  }

  /** Lets the listener come for the request, though it could go out whole. @returns whether it had not to before. */
  announce(): boolean {
    // Without a body it cannot: one client breaks over a request that it has come for and that has none.
    if (this.#isPointer || !this.options.message.body) return false;
    this.#isPointer = true;
    return true;
  }

  /** Who was told last. */
  get addressee(): Addressee | undefined {
    return this.#state.name === 'waiting' ? this.#state : undefined;
  }

  /** It is over. */
  get ended(): boolean {
    return this.#state.name === 'ended';
  }

  /** A listener has dialled the address. */
  get met(): boolean {
    return this.#rendezvous !== undefined;
  }

  /** A listener was told. */
  sent(addressee: Addressee): void {
    // With another relay between, the response may have been faster.
    if (this.#state.name !== 'asking' && this.#state.name !== 'waiting') return;
    const { listenerId, listenerKey } = addressee;
    this.#state = { name: 'waiting', listenerId, listenerKey };
    if (this.#rendezvous !== undefined || this.isPointer) return;
    this.#requestBytes = this.inlineBody?.length ?? 0;
    this.#body = undefined;
    this.expectResponse();
  }

  /** Waits for the head of a response, from now on. */
  expectResponse(): void {
    this.expect(this.options.timeouts.responseMs, () => this.refuse(httpRefusals.gatewayTimeout()));
  }

  /** Winds the clock: calls back after this time, unless something else is waited for by then, or nothing any more. */
  expect(ms: number, otherwise: () => void): void {
    if (this.#state.name === 'ended') return;
    clearTimeout(this.#clock);
    this.#onTime = otherwise;
    this.#clock = setTimeout(onTime, ms, this);
  }

  /** Whether this is the secret of its address. */
  knows(secret: string): boolean {
    const given = Buffer.from(secret);
    const own = Buffer.from(this.options.secret);
    return given.length === own.length && timingSafeEqual(given, own);
  }

  /**
   * The listener dialled: from here on the connection belongs to the exchange.
   * @param base - by what scheme and host it dialled
   */
  meet(conduit: Conduit, base: string): HttpRendezvous {
    const rendezvous = new HttpRendezvous(conduit, this.options.trackingId, {
      onResponse: (response) => this.#onHead(response, undefined),
      onBody: (piece) => this.#onBody(piece),
      onBodyEnd: () => this.#finish(),
      onDrain: () => this.#pump?.resume(),
      onFailed: (error) => this.#onFailed(error),
    });
    this.#rendezvous = rendezvous;
    this.expectResponse();
    if (this.isPointer) this.#sendRequest(rendezvous, base);
    rendezvous.start();
    return rendezvous;
  }

  /** A response came on a control channel, whole. */
  answer(response: Response, body: Buffer | undefined): void {
    if (this.#state.name === 'waiting' || this.#state.name === 'asking')
      this.#onHead(response, body ?? EMPTY);
  }

  /** Ends it with a refusal; if it is too late for one, by cutting the sender. */
  refuse(refusal: Refusal): void {
    if (this.#state.name === 'answering') {
      this.#abort(refusal.reason);
      return;
    }
    if (this.ended) return;
    this.#end(refusal.reason);
    this.options.onRefused(refusal, this);
  }

  /** The sender went away. */
  senderGone(): void {
    this.#end('the sender went away');
  }

  #sendRequest(rendezvous: HttpRendezvous, base: string): void {
    const { request, timeouts } = this.options;
    const body = this.#body;
    this.#body = undefined;
    const text = requestMessage(base + this.options.addressPath, this.members);
    if (text === undefined) {
      this.refuse(httpRefusals.headersTooLarge());
      return;
    }
    rendezvous.sendText(Buffer.from(text));
    if (body?.type === 'whole' && body.bytes !== undefined) {
      this.#requestBytes = body.bytes.length;
      rendezvous.sendBody(body.bytes, true);
    }
    if (body?.type !== 'part') return;
    this.expect(timeouts.bodyIdleMs, () =>
      this.refuse(rendezvous.blocked ? httpRefusals.gatewayTimeout() : httpRefusals.requestTimeout()),
    );
    this.#pump = new RequestPump(request, body.chunks, (piece, last) => {
      this.#requestBytes += piece.length;
      this.#wind();
      const free = rendezvous.sendBody(piece, last);
      if (last && this.#state.name !== 'answering') this.expectResponse();
      return free;
    });
  }

  /** @param whole - the body, if it is all there. */
  #onHead(response: Response, whole: Buffer | undefined): void {
    if (response.requestId !== this.id) {
      this.refuse(httpRefusals.badResponse('it is for another request'));
      return;
    }
    let status: number;
    try {
      status = parseStatusCode(response.statusCode);
    } catch (error) {
      if (!isRelayError(error)) throw error;
      this.refuse(httpRefusals.badResponse(error.message));
      return;
    }
    const mayHaveBody = this.options.request.method !== 'HEAD' && status !== 204 && status !== 304;
    const body = response.body ? whole : EMPTY;
    this.#state = { name: 'answering', status };
    this.options.onAnswering(status, this);
    const { hybridConnection, response: sender } = this.options;
    writeHead(sender, {
      status,
      response,
      length: mayHaveBody ? body?.length : undefined,
      namespaceHost: hybridConnection.namespace.name,
    });
    if (mayHaveBody && body === undefined) {
      this.expect(this.options.timeouts.bodyIdleMs, () =>
        this.#abort('the body of the response stood still'),
      );
      // Node sends a head with the first bytes of the body; these may be long in coming.
      setImmediate(() => this.#flushHead());
      return;
    }
    if (mayHaveBody && body !== undefined) {
      this.#responseBytes = body.length;
      endWith(this.options.response, body);
    }
    this.#finish();
  }

  #flushHead(): void {
    if (this.#state.name === 'answering' && this.#responseBytes === 0) this.options.response.flushHeaders();
  }

  /** @returns `false`: the piece is lent until {@link #onWritten}. */
  #onBody(piece: Buffer): boolean {
    if (this.#state.name !== 'answering') return true;
    this.#wind();
    this.#responseBytes += piece.length;
    this.#unwritten += 1;
    this.options.response.write(piece, this.#onWritten);
    return false;
  }

  /** One function for all writes, so that a piece allocates no closure. */
  readonly #onWritten = (): void => {
    this.#unwritten -= 1;
    if (this.#unwritten > 0) return;
    this.#wind();
    this.#rendezvous?.resume();
  };

  #onFailed(error: Error): void {
    if (this.#state.name === 'answering') {
      this.#abort(error.message);
    } else {
      this.refuse(
        isRelayError(error) ? httpRefusals.badResponse(error.message) : httpRefusals.listenerGone(),
      );
    }
  }

  /** The response is whole. */
  #finish(): void {
    const { response } = this.options;
    if (!response.writableEnded) response.end();
    this.#end(undefined);
  }

  /** Half of the response is with the sender, and the rest will not come. */
  #abort(why: string): void {
    this.#end(why);
    cutSender(this.options.request, this.options.response);
  }

  #end(failure: string | undefined): void {
    const state = this.#state;
    if (state.name === 'ended') return;
    this.#state = { name: 'ended' };
    clearTimeout(this.#clock);
    this.#pump?.stop();
    if (failure === undefined) this.#rendezvous?.close(CloseCode.normal);
    else this.#rendezvous?.abandon(CloseCode.goingAway, `The request is over: ${failure}`);
    this.options.onEnd(
      {
        status: state.name === 'answering' ? state.status : undefined,
        failure,
        requestBytes: this.#requestBytes,
        responseBytes: this.#responseBytes,
      },
      this,
    );
  }

  /** Something has moved. */
  #wind(): void {
    if (this.#state.name !== 'ended') this.#clock?.refresh();
  }

  /** The clock has run down. */
  onTime(): void {
    this.#onTime();
  }
}

const EMPTY = Buffer.alloc(0);

function nothing(): void {}

function onTime(exchange: HttpExchange): void {
  exchange.onTime();
}
