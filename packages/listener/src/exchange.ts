/**
 * One HTTP request and the answer to it.
 *
 * It came over the control channel, with its body, or over a rendezvous, where the body follows. The answer goes back
 * where the request came from, unless it is too large or too slow for the control channel, or that channel is gone:
 * then the rendezvous is dialled whose address came with the request.
 *
 * The exchange is over when the answer is out of the process, or when either side has given it up. Everybody is told by
 * the request's socket: destroying that is the one way to end it early.
 *
 * Source: docs/protocol.md, sections 4.1 to 4.4.
 * @module
 */
import type { Socket } from 'node:net';
import { formatFromListener, type RelayAddress, type Request, type Response } from '@hybridge/protocol';
import { type Dial, errorWords } from '@hybridge/socket';
import type { Clock } from './clock.js';
import type { ControlChannel } from './control-channel.js';
import { headOf, noAnswer } from './default-answers.js';
import { HttpRendezvous } from './http-rendezvous.js';
import { RelayedRequest } from './relayed-request.js';
import { RelayedResponse } from './relayed-response.js';
import { RequestSocket } from './request-socket.js';
import { ResponseBody, type ResponseHead, type ResponseWays } from './response-body.js';

/** What an exchange needs from its listener. */
export interface ExchangeContext {
  readonly relay: RelayAddress;
  /** Whether the path of the hybrid connection is taken off `request.url`. */
  readonly stripPath: boolean;
  readonly clock: Clock;
  readonly dial: (address: string) => Dial;
  /** Nothing of it is left to be done. */
  readonly onOver: () => void;
  readonly onProblem: (problem: Error) => void;
}

/** Where a request came from: with its body over the control channel, or on a rendezvous. */
export type Origin =
  | { readonly control: Pick<ControlChannel, 'respond'>; readonly body: Buffer | undefined }
  | { readonly rendezvous: HttpRendezvous };

/** An exchange; whoever made it emits {@link Exchange.request} and {@link Exchange.response}. */
export class Exchange implements ResponseWays {
  readonly request: RelayedRequest;
  readonly response: RelayedResponse;
  readonly #message: Request;
  readonly #context: ExchangeContext;
  readonly #socket: RequestSocket;
  readonly #body: ResponseBody;
  #control: Pick<ControlChannel, 'respond'> | undefined;
  #rendezvous: HttpRendezvous | undefined;
  #meeting: Promise<HttpRendezvous> | undefined;
  #dial: Dial | undefined;
  /** The start of an answer was sent. */
  #isAnswered = false;
  /** It went over the control channel. */
  #isWhole = false;
  #isOver = false;

  constructor(message: Request, origin: Origin, context: ExchangeContext) {
    this.#message = message;
    this.#context = context;
    const { relay, stripPath, clock } = context;
    this.#socket = new RequestSocket(message.remoteEndpoint, relay.secure, () => this.#end());
    this.request = new RelayedRequest(message, this.#socket, {
      host: relay.host,
      stripPath: stripPath ? relay.path : undefined,
      contentLength: 'body' in origin ? origin.body?.length : undefined,
      onWanted: () => this.#rendezvous?.resume(),
    });
    this.#body = new ResponseBody(this, clock);
    this.response = new RelayedResponse(this.request, this.#body);
    this.response.assignSocket(this.#socket as unknown as Socket);
    this.#socket.on('timeout', () => this.#timedOut());
    this.response.once('finish', () => this.#finished());
    this.#body.once('error', () => this.#socket.destroy());
    if ('control' in origin) {
      this.#control = origin.control;
      if (origin.body !== undefined) this.addBody(origin.body);
      this.request.endBody();
    } else {
      this.#rendezvous = origin.rendezvous;
      this.#meeting = Promise.resolve(origin.rendezvous);
      if (!message.body) this.request.endBody();
    }
  }

  get isInline(): boolean {
    return this.#control !== undefined;
  }

  /** A piece of the request's body, which is the request's from here on. @returns whether it has room for more. */
  addBody(bytes: Buffer): boolean {
    this.#socket.moved(bytes.length, 0);
    return this.request.addBody(bytes);
  }

  /** The request's body is complete. */
  endBody(): void {
    this.request.endBody();
  }

  /** The sender went away, or the rendezvous was cut. */
  gone(): void {
    this.#rendezvous = undefined;
    this.#socket.destroy();
  }

  /** Gives it up. */
  abort(): void {
    this.#socket.destroy();
  }

  /** The control channel is about to close: whatever the answer will be, it goes by the rendezvous, which is dialled now. */
  async leaveControl(): Promise<void> {
    if (this.#control === undefined || this.#isOver) return;
    try {
      await this.#meet();
      this.#control = undefined;
    } catch {
      // The relay does not want it, so there is only the control channel, for as long as it lasts.
    }
  }

  moved(bytes: number): void {
    this.#socket.moved(0, bytes);
  }

  sendWhole(head: ResponseHead, body: Uint8Array | undefined, done: (error?: Error | null) => void): boolean {
    if (this.#control === undefined) return false;
    const isSent = this.#control.respond(this.#textOf(head, body !== undefined), body, done);
    this.#isAnswered ||= isSent;
    this.#isWhole = isSent;
    return isSent;
  }

  async begin(head: ResponseHead, hasBody: boolean): Promise<HttpRendezvous> {
    const rendezvous = await this.#meet();
    this.#isAnswered = true;
    rendezvous.sendText(this.#textOf(head, hasBody));
    return rendezvous;
  }

  #textOf({ hasBody: _, ...head }: ResponseHead, body: boolean): string {
    const response: Response = { type: 'response', requestId: this.#message.id, ...head, body };
    try {
      return formatFromListener(response);
    } catch (cause) {
      this.#context.onProblem(
        new Error(`The answer to request ${response.requestId} has too many headers`, { cause }),
      );
      return formatFromListener({ ...response, statusCode: 500, statusDescription: '', responseHeaders: {} });
    }
  }

  #meet(): Promise<HttpRendezvous> {
    this.#meeting ??= this.#open();
    return this.#meeting;
  }

  async #open(): Promise<HttpRendezvous> {
    try {
      this.#dial = this.#context.dial(this.#message.address);
      const { channel } = await this.#dial.upgrade();
      if (this.#isOver) {
        channel.abort();
        throw new Error('It is not needed any more');
      }
      const rendezvous = new HttpRendezvous(channel, { ...DEAF, onGone: () => this.gone() });
      this.#rendezvous = rendezvous;
      rendezvous.start();
      return rendezvous;
    } catch (cause) {
      const words = errorWords(cause);
      const problem = new Error(`The rendezvous for request ${this.#message.id} failed: ${words}`, { cause });
      if (!this.#isOver) this.#context.onProblem(problem);
      throw problem;
    }
  }

  /** As `http.Server` does: whoever asked for a time limit and does not mind it gets the request ended. */
  #timedOut(): void {
    const isMinded = [this.request, this.response].map((each) => each.emit('timeout', this.#socket));
    if (!isMinded.includes(true)) this.#socket.destroy();
  }

  #finished(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.request.complete) this.request.discard();
    else this.request.destroy();
    // Dialled, and not needed in the end.
    if (this.#isWhole) this.#rendezvous?.finish(false, () => undefined);
    this.#socket.destroy();
    this.#context.onOver();
  }

  /** The socket was destroyed. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isAnswered) this.#rendezvous?.abort();
    else this.#sayNoAnswer();
    this.#dial?.abort();
    this.#body.destroy();
    this.request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    this.#context.onOver();
  }

  /** Otherwise the sender would wait for the relay's patience to end. */
  #sayNoAnswer(): void {
    const { relay, clock } = this.#context;
    const head = headOf(noAnswer({ trackingId: this.#message.id, relay, now: clock.now() }));
    const text = this.#textOf(head, false);
    if (this.#control?.respond(text, undefined, () => undefined)) this.#rendezvous?.abort();
    else {
      this.#rendezvous?.sendText(text);
      this.#rendezvous?.finish(false, () => undefined);
    }
  }
}

/** Nothing but an answer is due on a rendezvous that the listener dialled for one. */
const DEAF = { onText: () => undefined, onBody: () => true, onBodyEnd: () => undefined };
