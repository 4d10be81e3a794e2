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
import { RelayedRequest, type RequestHome } from './relayed-request.js';
import { RelayedResponse, type ResponseHome } from './relayed-response.js';
import { RequestSocket } from './request-socket.js';
import type { ResponseHead } from './response-body.js';

/** What an exchange needs from its listener. */
export interface ExchangeContext {
  readonly relay: RelayAddress;
  /** Whether the path of the hybrid connection is taken off `request.url`. */
  readonly stripPath: boolean;
  readonly clock: Clock;
  readonly dial: (address: string) => Dial;
  /** Nothing of it is left to be done. */
  readonly onOver: (exchange: Exchange) => void;
  readonly onProblem: (problem: Error) => void;
}

/** Where a request came from: with its body over the control channel, or on a rendezvous. */
export type Origin =
  | { readonly control: Pick<ControlChannel, 'respond'>; readonly body: Buffer | undefined }
  | { readonly rendezvous: HttpRendezvous };

/** An exchange; whoever made it emits {@link Exchange.request} and {@link Exchange.response}. */
export class Exchange implements RequestHome, ResponseHome {
  readonly request: RelayedRequest;
  readonly response: RelayedResponse;
  readonly #message: Request;
  readonly #context: ExchangeContext;
  /** Most applications never ask for it. */
  #socket: RequestSocket | undefined;
  #control: Pick<ControlChannel, 'respond'> | undefined;
  #rendezvous: HttpRendezvous | undefined;
  #meeting: Promise<HttpRendezvous> | undefined;
  #dial: Dial | undefined;
  /** The start of an answer was sent. */
  #isAnswered = false;
  /** It went over the control channel. */
  #isWhole = false;
  #isOver = false;
  /** Bytes of the two bodies. */
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(message: Request, origin: Origin, context: ExchangeContext) {
    this.#message = message;
    this.#context = context;
    const { relay, stripPath } = context;
    this.request = new RelayedRequest(message, this, {
      host: relay.host,
      stripPath: stripPath ? relay.path : undefined,
      contentLength: 'body' in origin ? origin.body?.length : undefined,
    });
    this.response = new RelayedResponse(this.request, this);
    if ('control' in origin) {
      this.#control = origin.control;
      if (origin.body !== undefined) this.addBody(origin.body);
      this.endBody();
    } else {
      this.#rendezvous = origin.rendezvous;
      this.#meeting = Promise.resolve(origin.rendezvous);
      if (!message.body) this.endBody();
    }
  }

  /** What request and response have for a connection. Once it is there, its end is the exchange's. */
  get socket(): Socket {
    this.#socket ??= this.#connect();
    return this.#socket as unknown as Socket;
  }

  get clock(): Clock {
    return this.#context.clock;
  }

  get isInline(): boolean {
    return this.#control !== undefined;
  }

  /** A piece of the request's body, which is the request's from here on. @returns whether it has room for more. */
  addBody(bytes: Buffer): boolean {
    this.#bytesRead += bytes.length;
    this.#socket?.moved(bytes.length, 0);
    return this.request.destroyed || this.request.push(bytes);
  }

  /** The request's body is complete. */
  endBody(): void {
    this.request.complete = true;
    this.request.push(null);
  }

  /** The application has room for more of the request's body. */
  wanted(): void {
    this.#rendezvous?.resume();
  }

  /** The sender went away, or the rendezvous was cut. */
  gone(): void {
    this.#rendezvous = undefined;
    this.socket.destroy();
  }

  /** Gives it up. */
  abort(): void {
    this.socket.destroy();
  }

  /** The answer cannot be sent to its end. */
  failed(): void {
    this.socket.destroy();
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
    this.#bytesWritten += bytes;
    this.#socket?.moved(0, bytes);
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

  #connect(): RequestSocket {
    const { remoteEndpoint } = this.#message;
    const socket = new RequestSocket(remoteEndpoint, this.#context.relay.secure, () => this.#end());
    this.#socket = socket;
    socket.moved(this.#bytesRead, this.#bytesWritten);
    socket.on('timeout', () => this.#timedOut());
    this.response.assignSocket(socket as unknown as Socket);
    if (this.#isOver) socket.destroy();
    return socket;
  }

  /** As `http.Server` does: whoever asked for a time limit and does not mind it gets the request ended. */
  #timedOut(): void {
    const isMinded = [this.request, this.response].map((each) => each.emit('timeout', this.socket));
    if (!isMinded.includes(true)) this.socket.destroy();
  }

  /** The answer is with the kernel. */
  answered(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { request, response } = this;
    if (!request.complete) request.destroy();
    // What nobody reads is thrown away.
    else if (request.readableFlowing === null) request.resume();
    // Dialled, and not needed in the end.
    if (this.#isWhole) this.#rendezvous?.finish(false, () => undefined);
    if (this.#socket !== undefined) this.#socket.destroy();
    else process.nextTick(close, response);
    this.#context.onOver(this);
  }

  /** The socket was destroyed. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isAnswered) this.#rendezvous?.abort();
    else this.#sayNoAnswer();
    this.#dial?.abort();
    RelayedResponse.giveUp(this.response);
    this.request.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    this.#context.onOver(this);
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

/** As Node does once the connection is closed. */
function close(response: RelayedResponse): void {
  const state = response as unknown as { _closed: boolean };
  if (state._closed) return;
  state._closed = true;
  response.destroyed = true;
  response.emit('close');
}
