/**
 * A listener's connection for one HTTP request: the request goes out on it, if the listener has not got it yet, and the
 * response comes in.
 *
 * In: a text message, the head of the response; then a message of any length, the body, which is passed on as it comes
 * and never put together. The body ends with the last fragment, or with a Close in order, since one client never marks
 * its last fragment. While the sender does not take bytes, the connection is not read.
 * Out: the request as text, then its body in fragments of at most 64 KiB. While the kernel does not take them, the
 * sender is not read.
 *
 * Source: docs/protocol.md, sections 4.1, 4.3 and 4.4 (how listeners end a body).
 * @module
 */
import {
  CloseCode,
  encodeClosePayload,
  FrameParser,
  frameHeaderLength,
  isRelayError,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_FRAME_PAYLOAD_BYTES,
  Opcode,
  parseClosePayload,
  parseFromListener,
  RelayError,
  type Response,
  writeFrameHeader,
} from '@hybridge/protocol';
import type { Beating, Conduit } from '@hybridge/socket';
import { closeReason } from '../front/tracking.js';

/** How long a listener may take to close, after it was told to. */
const CLOSE_TIMEOUT_MS = 5_000;

/** What a rendezvous tells the exchange. Nothing here may throw. */
export interface HttpRendezvousEvents {
  /** The head of the response is here; a body follows if it says so. */
  onResponse(response: Response): void;
  /** A piece of the body, lent until {@link HttpRendezvous.resume}. @returns `false` when it is not taken yet. */
  onBody(piece: Buffer): boolean;
  onBodyEnd(): void;
  /** The kernel takes bytes again, after a `send` that answered `false`. */
  onDrain(): void;
  /** The listener went away, or said what it may not say, before the response was whole. */
  onFailed(error: Error): void;
}

type Phase = 'head' | 'body' | 'over';

/** The connection, from its 101 on. */
export class HttpRendezvous implements Beating {
  readonly #conduit: Conduit;
  readonly #events: HttpRendezvousEvents;
  readonly #trackingId: string;
  readonly #parser: FrameParser;
  #phase: Phase = 'head';
  #head: Buffer[] = [];
  #headBytes = 0;
  /** Of the frame that is arriving. */
  #frameRemaining = 0;
  #frameFin = true;
  /** The body's message has begun in the frames that go out. */
  #sending = false;
  /** Nobody uses the bytes of the last read any more. */
  #taken = true;
  #closeSent = false;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(conduit: Conduit, trackingId: string, events: HttpRendezvousEvents) {
    this.#conduit = conduit;
    this.#events = events;
    this.#trackingId = trackingId;
    this.#parser = new FrameParser(
      {
        onFrame: (fin, opcode, length) => this.#onFrame(fin, opcode, length),
        onPayload: (bytes, start, end) => this.#onPayload(bytes, start, end),
        onControl: (opcode, payload) => this.#onControl(opcode, payload),
      },
      true,
    );
    conduit.sink = {
      onBytes: (bytes, start, end) => this.#receive(bytes, start, end),
      onDrain: () => {
        if (this.#phase !== 'over') events.onDrain();
      },
      onEnd: () => this.#onGone(undefined),
      onClose: (error) => {
        clearTimeout(this.#closeTimer);
        this.#onGone(error);
      },
    };
  }

  /** Begins to read. */
  start(): void {
    this.#conduit.start();
  }

  /** All pieces of the body were taken. */
  resume(): void {
    this.#taken = true;
    this.#conduit.resume();
  }

  /** Sends the request. */
  sendText(text: Uint8Array): void {
    this.#write(true, Opcode.text, text);
  }

  /**
   * Sends a piece of the request's body.
   * @param last - no other follows; only then may it be empty, since to one client an empty fragment is the end
   * @returns `false` when `onDrain` will say that there is room again.
   */
  sendBody(piece: Uint8Array, last: boolean): boolean {
    let free = true;
    let at = 0;
    do {
      const end = Math.min(piece.length, at + MAX_FRAME_PAYLOAD_BYTES);
      const opcode = this.#sending ? Opcode.continuation : Opcode.binary;
      this.#sending = true;
      free = this.#write(last && end === piece.length, opcode, piece.subarray(at, end));
      at = end;
    } while (at < piece.length);
    return free;
  }

  /** The listener does not read, so that the request's body cannot go on. */
  get blocked(): boolean {
    return this.#conduit.blocked;
  }

  beat(): void {
    if (!this.#closeSent) this.#write(true, Opcode.ping, NOTHING);
  }

  /** Ends the conversation in order. What still comes is dropped; what came stays lent until it is taken. */
  close(code: number, sentence = ''): void {
    this.#phase = 'over';
    if (this.#closeSent) return;
    const reason = sentence === '' ? '' : closeReason(sentence, this.#trackingId);
    this.#write(true, Opcode.close, encodeClosePayload(code, reason));
    this.#closeSent = true;
    this.#conduit.end();
    this.#closeTimer = setTimeout(() => this.#conduit.reset(), CLOSE_TIMEOUT_MS).unref();
  }

  /** Ends it, because nobody wants the response any more. */
  abandon(code: number, sentence: string): void {
    this.close(code, sentence);
    this.resume();
  }

  #write(fin: boolean, opcode: number, payload: Uint8Array): boolean {
    if (this.#closeSent) return true;
    const header = Buffer.allocUnsafe(frameHeaderLength(payload.length, false));
    writeFrameHeader(header, 0, fin, opcode, payload.length, undefined);
    return payload.length === 0 ? this.#conduit.write(header) : this.#conduit.writeAll([header, payload]);
  }

  #receive(bytes: Buffer, start: number, end: number): boolean {
    if (this.#closeSent) return true;
    try {
      this.#parser.parse(bytes, start, end);
    } catch (error) {
      if (!isRelayError(error)) throw error;
      this.#violation(error);
    }
    return this.#taken;
  }

  #onFrame(fin: boolean, opcode: number, length: number): void {
    this.#frameFin = fin;
    this.#frameRemaining = length;
    if (this.#phase === 'head' && opcode === Opcode.binary) {
      throw new RelayError('ERR_RELAY_PROTOCOL', 'A body came without a response before it', {
        closeCode: CloseCode.protocolError,
      });
    }
    if (length === 0 && fin) this.#onMessageEnd();
  }

  #onPayload(bytes: Buffer, start: number, end: number): void {
    this.#frameRemaining -= end - start;
    if (this.#phase === 'head') {
      this.#headBytes += end - start;
      if (this.#headBytes > MAX_CONTROL_MESSAGE_BYTES) {
        throw new RelayError('ERR_RELAY_PROTOCOL', 'The head of a response is longer than 64 KiB', {
          closeCode: CloseCode.messageTooBig,
        });
      }
      this.#head.push(Buffer.from(bytes.subarray(start, end)));
    } else if (this.#phase === 'body' && !this.#events.onBody(bytes.subarray(start, end))) {
      this.#taken = false;
    }
    if (this.#frameRemaining === 0 && this.#frameFin) this.#onMessageEnd();
  }

  #onMessageEnd(): void {
    if (this.#phase === 'head') this.#onHead();
    else if (this.#phase === 'body') this.#onBodyEnd();
  }

  #onHead(): void {
    const message = parseFromListener(Buffer.concat(this.#head).toString());
    this.#head = [];
    this.#headBytes = 0;
    // A newer listener may say more than this relay knows.
    if (message.type !== 'response') return;
    this.#phase = message.body ? 'body' : 'over';
    this.#events.onResponse(message);
  }

  #onBodyEnd(): void {
    this.#phase = 'over';
    this.#events.onBodyEnd();
  }

  #onControl(opcode: number, payload: Uint8Array): void {
    if (opcode === Opcode.ping) this.#write(true, Opcode.pong, Uint8Array.from(payload));
    if (opcode !== Opcode.close) return;
    const { code = CloseCode.normal } = parseClosePayload(payload);
    if (this.#phase === 'body' && code === CloseCode.normal) this.#onBodyEnd();
    else this.#fail(new Error(`The listener closed the connection with ${code}`));
    this.close(code);
  }

  #violation(error: RelayError): void {
    this.#fail(error);
    this.close(error.closeCode ?? CloseCode.protocolError, error.message);
  }

  #onGone(error: Error | undefined): void {
    this.#fail(error ?? new Error('The listener cut the connection'));
    if (!this.#closeSent) this.#conduit.destroy();
    this.#closeSent = true;
  }

  #fail(error: Error): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#events.onFailed(error);
  }
}

const NOTHING = new Uint8Array(0);
