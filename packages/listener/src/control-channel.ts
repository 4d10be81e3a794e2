/**
 * One control channel: a WebSocket to the relay, from dialling to its end.
 *
 * The `ws` library carries it; only HTTP requests and answers, of which there may be thousands a second, are framed side by
 * side in a {@link MessageBatch}, and taken out of what was read by `takeWholeMessages`. It opens once and closes once, for one reason;
 * keeping a listener online with one channel after the other is `kept-control-channel.ts`.
 *
 * Source: docs/protocol.md, section 2.
 * @module
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type net from 'node:net';
import {
  CloseCode,
  type FromRelay,
  formatFromListener,
  MAX_CONTROL_MESSAGE_BYTES,
  parseFromRelay,
  RelayError,
  type Request,
  relayErrorFromResponse,
} from '@hybridge/protocol';
import {
  MessageBatch,
  type MessageSent,
  type OpeningSocket,
  openSocket,
  proxyTimedOut,
  type TransportOptions,
  takeWholeMessages,
} from '@hybridge/socket';
import { WebSocket } from 'ws';
import { onAbort } from './abort.js';
import type { Clock } from './clock.js';
import { deferred } from './deferred.js';
import { Liveness } from './liveness.js';
import { PING_INTERVAL_MS } from './options.js';
import { closedBecause, unreachable } from './relay-failure.js';

/** What a control channel is made from. */
export interface ControlChannelOptions {
  readonly url: URL;
  readonly token: string;
  readonly livenessTimeoutMs: number;
  /** For the message, when `signal` ends it because the time is over. */
  readonly openTimeoutMs: number;
  readonly transport: TransportOptions;
  readonly clock: Clock;
  /** Ends the channel, also while it is being opened. */
  readonly signal: AbortSignal;
  /** A message came; with a request, the body that belongs to it. */
  readonly onMessage: (message: FromRelay, body?: Buffer) => void;
  /** A message could not be read. The channel stays open. */
  readonly onProblem: (problem: RelayError) => void;
}

/** The relay keeps to 64 KiB. A larger message is read and refused by itself; a huge one ends the channel. */
const MAX_PAYLOAD_BYTES = 4 * MAX_CONTROL_MESSAGE_BYTES;
/** How much of a refusal's body is looked at, in bytes. Its words are in the reason phrase as a rule. */
const MAX_REFUSAL_BYTES = 2_048;
/** How long the relay may take to answer a Close frame, or to end the connection after its own. It has nothing to finish. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Takes the socket that was opened, or why none was. */
type Connected = (error: Error | null, socket?: net.Socket) => void;

/** A control channel; construction dials. */
export class ControlChannel {
  readonly #options: ControlChannelOptions;
  readonly #webSocket: WebSocket;
  #socket: OpeningSocket | undefined;
  /** What the WebSocket reads and writes. */
  #connection: net.Socket | undefined;
  /** Answers, written to that connection once for each turn of the event loop. */
  #answers: MessageBatch | undefined;
  #isRef = true;
  #liveness: Liveness | undefined;
  #error: Error | undefined;
  /** What the relay answered instead of 101, while the rest of the answer is still awaited. */
  #refusal: RelayError | undefined;
  /** Its body is the next message. */
  #withoutBody: Request | undefined;
  readonly #opening = deferred<void>();
  readonly #closing = deferred<RelayError>();

  constructor(options: ControlChannelOptions) {
    this.#options = options;
    this.#webSocket = this.#dial();
    const forget = onAbort(options.signal, () => {
      this.#cut(this.#refusal ?? this.#interrupted(options.signal.reason));
    });
    this.#webSocket.once('close', forget);
  }

  /** Resolves when the relay has taken the listener on. Rejects with a RelayError. */
  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  /** Resolves once the channel has ended, with the reason. Does not settle for a channel that never opened. */
  get closed(): Promise<RelayError> {
    return this.#closing.promise;
  }

  /** Hands the relay the next token. */
  renewToken(token: string): void {
    this.#webSocket.send(formatFromListener({ type: 'renewToken', token }), () => {
      // A channel that breaks meanwhile says so by itself, and the next one opens with a new token.
    });
  }

  /**
   * Sends the answer to a request, the body right behind its text, as the protocol wants it.
   * @param done - called when the kernel has it, or with what prevented that
   * @returns `false` when the channel is not open any more, and nothing is sent
   */
  respond(text: string, body: Uint8Array | undefined, done: MessageSent): boolean {
    if (this.#answers === undefined || this.#webSocket.readyState !== WebSocket.OPEN) return false;
    if (body === undefined) this.#answers.text(text, done);
    else {
      this.#answers.text(text);
      this.#answers.binary(body, done);
    }
    return true;
  }

  /** Asks whether the relay is still there. Nothing happens while the channel is being opened: that has its own limit. */
  probe(): void {
    this.#liveness?.probe();
  }

  /** Closes in order. `closed` follows within two seconds, whatever the relay does. */
  close(): void {
    const timer = this.#options.clock.setTimer(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS);
    this.#webSocket.once('close', () => timer.cancel());
    this.#answers?.flush();
    this.#webSocket.close(CloseCode.normal, 'Normal Closure');
  }

  /** Lets the process live as long as the channel does. */
  ref(): void {
    this.#isRef = true;
    this.#socket?.ref();
  }

  /** Lets the process end although the channel is open. */
  unref(): void {
    this.#isRef = false;
    this.#socket?.unref();
  }

  #dial(): WebSocket {
    const { url, token } = this.#options;
    const connect = (_: unknown, connected: Connected) => this.#connect(connected);
    const webSocket = new WebSocket(url, {
      // Answers by its callback, as Node allows and the types do not say.
      createConnection: connect as unknown as typeof net.createConnection,
      headers: { ServiceBusAuthorization: token },
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      // With a relay that says Close and keeps the connection nothing goes on; the types do not know it yet.
      ...{ closeTimeout: CLOSE_TIMEOUT_MS },
    });
    webSocket.on('open', () => this.#opened());
    webSocket.on('unexpected-response', (request, response) => this.#refused(request, response));
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#onBinary(data);
      else this.#onText(data.toString('utf8'));
    });
    webSocket.on('ping', () => this.#liveness?.heard());
    webSocket.on('pong', (payload) => this.#liveness?.heard(payload.toString('latin1')));
    webSocket.on('error', (error) => {
      this.#error ??= error;
    });
    webSocket.on('close', (code, reason) => {
      const because =
        this.#liveness === undefined
          ? unreachable(url.host, this.#error)
          : closedBecause(code, reason.toString('utf8'), this.#error);
      this.#ended(because);
    });
    return webSocket;
  }

  #connect(connected: Connected): void {
    const { url, transport, signal } = this.#options;
    try {
      this.#socket = openSocket(url, { ...transport, signal });
    } catch (error) {
      connected(error as Error);
      return;
    }
    if (!this.#isRef) this.#socket.unref();
    this.#socket.opened.then((socket) => {
      this.#connection = socket;
      connected(null, socket);
    }, connected);
  }

  #opened(): void {
    const { clock, transport, livenessTimeoutMs } = this.#options;
    this.#liveness = new Liveness({
      clock,
      pingIntervalMs: transport.keepAliveIntervalMs ?? PING_INTERVAL_MS,
      livenessTimeoutMs,
      ping: (payload) => this.#webSocket.ping(payload),
      dead: (silentForMs) => {
        const seconds = Math.round(silentForMs / 1000);
        this.#cut(new RelayError('ERR_RELAY_CUT', `Nothing was heard from the relay for ${seconds} s`));
      },
    });
    const connection = this.#connection!;
    this.#answers = new MessageBatch(connection, true);
    takeWholeMessages(connection, {
      isMasked: false,
      maxBytes: MAX_PAYLOAD_BYTES,
      isOpen: () => this.#webSocket.readyState === WebSocket.OPEN,
      onText: (text) => this.#onText(text),
      onBinary: (bytes) => this.#onBinary(bytes),
    });
    this.#opening.resolve();
  }

  #refused(request: ClientRequest, response: IncomingMessage): void {
    let body = '';
    const read = () => {
      this.#refusal = relayErrorFromResponse(response.statusCode ?? 0, response.statusMessage ?? '', body);
      return this.#refusal;
    };
    const done = () => {
      this.#cut(read());
      request.destroy();
    };
    read();
    response.setEncoding('latin1');
    response.on('data', (text: string) => {
      body += text;
      if (body.length >= MAX_REFUSAL_BYTES) done();
    });
    response.once('close', done);
  }

  #onBinary(data: Buffer): void {
    this.#liveness?.heard();
    const withoutBody = this.#withoutBody;
    this.#withoutBody = undefined;
    if (withoutBody === undefined) this.#problem('The relay sent a binary message where none was due');
    else this.#options.onMessage(withoutBody, data);
  }

  #onText(text: string): void {
    this.#liveness?.heard();
    if (this.#withoutBody !== undefined) this.#problem('The relay sent a request without its body');
    this.#withoutBody = undefined;
    let message: FromRelay;
    try {
      message = parseFromRelay(text);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      this.#options.onProblem(error);
      return;
    }
    if (message.type === 'request' && message.body) this.#withoutBody = message;
    else this.#options.onMessage(message);
  }

  #problem(what: string): void {
    this.#options.onProblem(new RelayError('ERR_RELAY_PROTOCOL', what));
  }

  /** The time is over, or the listener is to stop, before the channel is open. */
  #interrupted(reason: unknown): RelayError {
    const { url, openTimeoutMs } = this.#options;
    const because = unreachable(url.host, reason);
    const { proxy, isWithProxy } = this.#socket ?? {};
    if (proxy === undefined || !isWithProxy || because.code !== 'ERR_RELAY_TIMEOUT') return because;
    return proxyTimedOut(proxy, openTimeoutMs);
  }

  #cut(because: RelayError): void {
    this.#ended(because);
    this.#webSocket.terminate();
  }

  /** Whichever reason comes first is the one: a promise settles once. */
  #ended(because: RelayError): void {
    if (this.#liveness === undefined) {
      this.#opening.reject(because);
      return;
    }
    this.#liveness.stop();
    this.#closing.resolve(because);
  }
}
