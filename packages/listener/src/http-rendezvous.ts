/**
 * The WebSocket on which one HTTP request, the answer to it, or both travel.
 *
 * Bodies are streamed, however large their message: payload is handed on as it arrives, and what is sent goes out as
 * fragments, ended by an empty one and a Close, as the .NET listener does. What the relay sends after the answer
 * is complete is thrown away, for the few seconds that it has to close as well.
 *
 * Wire to application: when the sink answers `false` reading stops, until `resume()`. Application to wire: a send is done
 * when the kernel has taken it.
 *
 * Source: docs/protocol.md, sections 4.1 and 4.4.
 * @module
 */
import { MAX_CONTROL_MESSAGE_BYTES, Opcode, RelayError } from '@hybridge/protocol';
import { type DataChannel, sendBounded, type WriteCallback } from '@hybridge/socket';

/** How long the relay may take to close after the answer. Ours, as for any relayed connection. */
const LINGER_MS = 5_000;

/** Who hears what comes on a rendezvous. */
export interface HttpRendezvousSink {
  /** A text message. */
  onText(text: string): void;
  /** A piece of the body, valid only during the call. Answer `false` to get no more until `resume()`. */
  onBody(bytes: Buffer): boolean;
  /** The body is complete. */
  onBodyEnd(): void;
  /** The relay closed it before the answer was complete, because the sender went away; or the connection was cut. */
  onGone(because: RelayError): void;
}

/** An open rendezvous; {@link HttpRendezvous.start} begins to deliver. */
export class HttpRendezvous {
  readonly #channel: DataChannel;
  readonly #sink: HttpRendezvousSink;
  /** The message that is being received. */
  #opcode: number = Opcode.binary;
  #fin = false;
  #remaining = 0;
  #text: Buffer[] = [];
  #textBytes = 0;
  /** Nothing is to be said to the sink any more. */
  #isOver = false;
  #hasSentBody = false;
  #linger: NodeJS.Timeout | undefined;

  constructor(channel: DataChannel, sink: HttpRendezvousSink) {
    this.#channel = channel;
    this.#sink = sink;
    channel.onFrame = (fin, opcode, length) => this.#onFrame(fin, opcode, length);
    channel.onData = (payload) => this.#onData(payload);
    channel.onEnd = ({ code }) => {
      channel.end();
      this.#gone(new RelayError('ERR_RELAY_CLOSED', 'The sender went away', { closeCode: code }));
    };
    channel.onCut = (cause) => this.#gone(cause);
    channel.onClose = () => clearTimeout(this.#linger);
  }

  /** Begins to deliver what arrives. */
  start(): void {
    this.#channel.start();
  }

  /** Delivers again after the sink answered `false`. */
  resume(): void {
    this.#channel.resume();
  }

  /** Sends a text message. */
  sendText(text: string): void {
    this.#channel.sendPart({ opcode: Opcode.text, fin: true }, [Buffer.from(text)], () => {
      // What prevents it ends the rendezvous, and is told by `onGone`.
    });
  }

  /** Sends a part of the body. */
  send(pieces: readonly Uint8Array[], done: WriteCallback): void {
    sendBounded(
      pieces.filter(({ length }) => length > 0),
      (batch, sent) => {
        this.#channel.sendPart({ opcode: this.#bodyOpcode(), fin: false }, batch, sent);
      },
      done,
    );
  }

  /** Ends the answer. @param hasBody - whether a body was announced; it ends then, even if nothing was sent of it. */
  finish(hasBody: boolean, done: WriteCallback): void {
    if (hasBody) {
      this.#channel.sendPart({ opcode: this.#bodyOpcode(), fin: true }, [], () => undefined);
    }
    this.#channel.end((error) => {
      this.#isOver = true;
      done(error);
      this.#linger = setTimeout(() => this.#channel.abort(), LINGER_MS).unref();
      this.#channel.socket.unref();
      this.#channel.resume();
    });
  }

  /** Cuts it, so that the relay knows that the answer is not complete. */
  abort(): void {
    this.#isOver = true;
    this.#channel.abort();
  }

  #bodyOpcode(): number {
    const opcode = this.#hasSentBody ? Opcode.continuation : Opcode.binary;
    this.#hasSentBody = true;
    return opcode;
  }

  #onFrame(fin: boolean, opcode: number, length: number): void {
    if (opcode !== Opcode.continuation) this.#opcode = opcode;
    this.#fin = fin;
    this.#remaining = length;
    if (length === 0) this.#onFrameEnd();
  }

  #onData(payload: Buffer): boolean {
    this.#remaining -= payload.length;
    let wanted = true;
    if (this.#isOver) wanted = true;
    else if (this.#opcode === Opcode.text) this.#collect(payload);
    else wanted = this.#sink.onBody(payload);
    if (this.#remaining === 0) this.#onFrameEnd();
    return wanted;
  }

  #collect(payload: Buffer): void {
    this.#textBytes += payload.length;
    if (this.#textBytes <= MAX_CONTROL_MESSAGE_BYTES) {
      this.#text.push(Buffer.from(payload));
      return;
    }
    this.#text = [];
    this.#channel.abort();
    this.#gone(new RelayError('ERR_RELAY_PROTOCOL', 'The relay sent a text message longer than 64 KiB'));
  }

  #onFrameEnd(): void {
    if (!this.#fin || this.#isOver) return;
    if (this.#opcode !== Opcode.text) {
      this.#sink.onBodyEnd();
      return;
    }
    const text = Buffer.concat(this.#text).toString('utf8');
    this.#text = [];
    this.#textBytes = 0;
    this.#sink.onText(text);
  }

  #gone(because: RelayError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.onGone(because);
  }
}
