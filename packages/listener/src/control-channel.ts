/**
 * One control channel: a WebSocket to the relay, from dialling to its end.
 *
 * Messages are small here, so the `ws` library carries them. It opens once and closes once, for one reason; keeping a
 * listener online with one channel after the other is `listener.ts`.
 *
 * Source: docs/protocol.md, section 2.
 * @module
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  CloseCode,
  type FromRelay,
  formatFromListener,
  MAX_CONTROL_MESSAGE_BYTES,
  parseFromRelay,
  RelayError,
  relayErrorFromResponse,
} from '@hybridge/protocol';
import type { DialOptions } from '@hybridge/socket';
import { WebSocket } from 'ws';
import { onAbort } from './abort.js';
import type { Clock } from './clock.js';
import { deferred } from './deferred.js';
import { Liveness } from './liveness.js';
import { closedBecause, unreachable } from './relay-failure.js';

/** What a control channel is made from. */
export interface ControlChannelOptions {
  readonly url: URL;
  readonly token: string;
  readonly pingIntervalMs: number;
  readonly livenessTimeoutMs: number;
  readonly tls: DialOptions['tls'];
  readonly lookup: DialOptions['lookup'];
  readonly clock: Clock;
  /** Ends the channel, also while it is being opened. */
  readonly signal: AbortSignal;
  readonly onMessage: (message: FromRelay) => void;
  /** A message could not be read. The channel stays open. */
  readonly onProblem: (problem: RelayError) => void;
}

/** The relay keeps to 64 KiB. A larger message is read and refused by itself; a huge one ends the channel. */
const MAX_PAYLOAD_BYTES = 4 * MAX_CONTROL_MESSAGE_BYTES;
/** How much of a refusal's body is looked at, in bytes. Its words are in the reason phrase as a rule. */
const MAX_REFUSAL_BYTES = 2_048;
/** How long the relay may take to answer a Close frame. It has nothing to finish. */
const CLOSE_TIMEOUT_MS = 2_000;

/** A control channel; construction dials. */
export class ControlChannel {
  readonly #options: ControlChannelOptions;
  readonly #webSocket: WebSocket;
  #socket: Socket | undefined;
  #isRef = true;
  #liveness: Liveness | undefined;
  #error: Error | undefined;
  /** What the relay answered instead of 101, while the rest of the answer is still awaited. */
  #refusal: RelayError | undefined;
  /** The next binary message is the body of a request that was passed on already. */
  #bodyComes = false;
  readonly #opening = deferred<void>();
  readonly #closing = deferred<RelayError>();

  constructor(options: ControlChannelOptions) {
    this.#options = options;
    this.#webSocket = this.#dial();
    const forget = onAbort(options.signal, () => {
      this.#cut(this.#refusal ?? unreachable(options.url.host, options.signal.reason));
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

  /** Closes in order. `closed` follows within two seconds, whatever the relay does. */
  close(): void {
    const timer = this.#options.clock.setTimer(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS);
    this.#webSocket.once('close', () => timer.cancel());
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
    const { url, token, tls, lookup } = this.#options;
    const webSocket = new WebSocket(url, {
      ...tls,
      ...(lookup === undefined ? {} : { lookup }),
      headers: { ServiceBusAuthorization: token },
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      finishRequest: (request) => {
        request.once('socket', (socket: Socket) => this.#adopt(socket));
        request.end();
      },
    });
    webSocket.on('open', () => this.#opened());
    webSocket.on('unexpected-response', (request, response) => this.#refused(request, response));
    webSocket.on('message', (data: Buffer, isBinary) => this.#received(data, isBinary));
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

  #adopt(socket: Socket): void {
    this.#socket = socket;
    if (!this.#isRef) socket.unref();
  }

  #opened(): void {
    const { clock, pingIntervalMs, livenessTimeoutMs } = this.#options;
    this.#liveness = new Liveness({
      clock,
      pingIntervalMs,
      livenessTimeoutMs,
      ping: (payload) => this.#webSocket.ping(payload),
      dead: (silentForMs) => {
        const seconds = Math.round(silentForMs / 1000);
        this.#cut(new RelayError('ERR_RELAY_CUT', `Nothing was heard from the relay for ${seconds} s`));
      },
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

  #received(data: Buffer, isBinary: boolean): void {
    this.#liveness?.heard();
    if (isBinary) {
      if (!this.#bodyComes) {
        this.#options.onProblem(
          new RelayError('ERR_RELAY_PROTOCOL', 'The relay sent a binary message where none was due'),
        );
      }
      this.#bodyComes = false;
      return;
    }
    let message: FromRelay;
    try {
      message = parseFromRelay(data.toString('utf8'));
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      this.#options.onProblem(error);
      return;
    }
    this.#bodyComes = message.type === 'request' && message.body;
    this.#options.onMessage(message);
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
