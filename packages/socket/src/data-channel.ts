/**
 * One relayed connection below the streams: WebSocket frames over a conduit, as the client that both ends are.
 *
 * In: payload is lent to `onData` where it lies; `false` stops reading until `resume()`. Small frames that arrive
 * together are joined first, so that the number of calls does not grow with the number of frames.
 * Out: `send` copies and masks, and is done once the kernel has the frame; `sendInPlace` masks where the bytes lie.
 * A Close frame ends one direction only; the other stays open until its own (docs/protocol.md, section 3.7). A TCP
 * connection that ends without one was cut, and is never reported as an end.
 * @module
 */
import type net from 'node:net';
import {
  type Close,
  CloseCode,
  encodeClosePayload,
  FrameParser,
  isFailure,
  Opcode,
  PING_INTERVAL_MS,
  parseClosePayload,
  RelayError,
} from '@hybridge/protocol';
import type { Channel, WriteCallback } from './channel.js';
import { ChannelWiring, type Wired } from './channel-wiring.js';
import type { Conduit } from './conduit.js';
import { Heartbeat } from './heartbeat.js';
import { controlFrame, FrameBuffer, type MessagePart, maskInPlace, maskOneInPlace } from './masked-frames.js';
import { PayloadRun } from './payload-run.js';
import { addressesOf, type SocketAddresses } from './socket-addresses.js';

export type { WriteCallback } from './channel.js';

/** After this many intervals of silence the relay counts as gone; it pings once an interval itself. */
const SILENT_INTERVALS = 3;

/** The relay closes TCP once both directions are closed; if it does not, this end does. */
const CLOSE_TIMEOUT_MS = 5_000;

/** How a data channel behaves. */
export interface DataChannelOptions {
  /**
   * How often a ping is sent when nothing arrives, in milliseconds; after three of them unanswered the connection
   * counts as cut.
   * @defaultValue 60_000, below the four minutes after which load balancers forget a silent connection
   */
  readonly keepAliveIntervalMs?: number;
}

/** A data channel; `start()` begins to deliver. Nothing that a channel calls may throw. */
export class DataChannel implements Channel, Wired {
  /** Payload arrived, valid only during the call. Answer `false` to get no more until `resume()`. */
  onData: (payload: Buffer) => boolean = YES;
  /**
   * A frame of a message begins, and `length` bytes of payload follow it. For those who tell messages apart: while it is
   * set, no call of `onData` holds the payload of two frames.
   */
  onFrame: ((fin: boolean, opcode: number, length: number) => void) | undefined = undefined;
  /** All payload of one read has been delivered. Answer `false` as to `onData`. */
  onReadEnd: () => boolean = YES;
  /** The peer closed its direction: no more data comes. */
  onEnd: (close: Close) => void = NOTHING;
  /** The connection broke before both directions were closed: `ERR_RELAY_CUT`, or `ERR_RELAY_PROTOCOL`. */
  onCut: (cause: RelayError) => void = NOTHING;
  /** What `sendInPlace` could not send at once is sent. */
  onDrain: () => void = NOTHING;
  /** The TCP connection is gone. Called once, after everything else. */
  onClose: () => void = NOTHING;

  readonly #conduit: Conduit;
  readonly #parser: FrameParser;
  readonly #run = new PayloadRun();
  readonly #heartbeat: Heartbeat;
  readonly #slot: number;
  #head: Uint8Array | undefined;
  #wanted = true;
  /** `onReadEnd` keeps the bytes of the last read. */
  #lent = false;
  #heard = true;
  #silence = 0;
  #closeSent = false;
  #closeReceived = false;
  #tcpEnded = false;
  #cut = false;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Payload bytes received and sent. */
  bytesRead = 0;
  bytesWritten = 0;

  /**
   * @param conduit - an upgraded connection whose reading is held; from here on it belongs to this channel.
   * @param head - bytes that came with the answer to the upgrade; the channel's own from here on.
   */
  constructor(conduit: Conduit, head?: Uint8Array, options: DataChannelOptions = {}) {
    this.#conduit = conduit;
    this.#head = head;
    const wiring = new ChannelWiring(this);
    this.#parser = new FrameParser(wiring, false);
    conduit.sink = wiring;
    this.#heartbeat = Heartbeat.every(options.keepAliveIntervalMs ?? PING_INTERVAL_MS);
    this.#slot = this.#heartbeat.join(this);
  }

  /** The live socket underneath: for addresses, `setNoDelay`, `ref` and the like; never for its data. */
  get socket(): net.Socket {
    return this.#conduit.socket;
  }

  get addresses(): SocketAddresses {
    return addressesOf(this.#conduit.socket);
  }

  /** Begins to deliver what arrives. */
  start(): void {
    const head = this.#head;
    this.#head = undefined;
    if (head !== undefined && !this.receive(Buffer.from(head), 0, head.length)) return;
    this.#conduit.start();
  }

  /** Delivers again after `onData` answered `false`. */
  resume(): void {
    this.#wanted = true;
    this.#lent = false;
    this.#conduit.resume();
  }

  /** Sends one message. `done` is called once the kernel has taken it, or with the error that prevented that. */
  send(bytes: Uint8Array, done: WriteCallback): void {
    this.sendAll([bytes], done);
  }

  /** Sends the bytes of several pieces as one stream, with one system call. */
  sendAll(pieces: readonly Uint8Array[], done: WriteCallback): void {
    if (!this.#mayWrite(done)) return;
    const length = lengthOf(pieces);
    if (length === 0) {
      done();
      return;
    }
    this.#sendFrames(undefined, pieces, length, done);
  }

  /**
   * Sends the bytes of several pieces as a part of one message, with one system call; without bytes, an empty frame.
   * Between the parts of a message no other may be sent.
   */
  sendPart(part: MessagePart, pieces: readonly Uint8Array[], done: WriteCallback): void {
    if (this.#mayWrite(done)) this.#sendFrames(part, pieces, lengthOf(pieces), done);
  }

  /**
   * Sends `bytes[start..end)`, masking them where they lie; what stands before `start` is overwritten.
   * @returns `true` when the bytes are free again; `false` when they are lent until `onDrain`.
   */
  sendInPlace(bytes: Buffer, start: number, end: number): boolean {
    if (this.#closeSent || this.#cut) return true;
    this.bytesWritten += end - start;
    const frame = maskOneInPlace(bytes, start, end);
    if (frame !== undefined) return this.#conduit.write(frame);
    return this.#conduit.writeAll(maskInPlace(bytes, start, end));
  }

  /** Closes this end's direction: the peer reads an end. `done` is called once the Close frame is sent. */
  end(done: WriteCallback = () => undefined): void {
    if (!this.#mayWrite(done)) return;
    this.#closeSent = true;
    this.#conduit.send(
      controlFrame(Opcode.close, encodeClosePayload(CloseCode.normal, 'Shutdown')),
      (error) => {
        done(error);
        if (this.#closeReceived) this.#finish();
      },
    );
  }

  /** Cuts the connection, so that the peer sees a failure and not an end. `onCut` is not called. */
  abort(): void {
    this.#cut = true;
    this.#heartbeat.leave(this, this.#slot);
    this.#conduit.reset();
  }

  ref(): void {
    this.#conduit.socket.ref();
  }

  unref(): void {
    this.#conduit.socket.unref();
  }

  setKeepAlive(enable?: boolean, initialDelayMs?: number): void {
    this.#conduit.socket.setKeepAlive(enable, initialDelayMs);
  }

  /** What is written but not yet taken by the kernel, in bytes. */
  get queuedBytes(): number {
    return this.#conduit.queuedBytes;
  }

  #sendFrames(
    part: MessagePart | undefined,
    pieces: readonly Uint8Array[],
    length: number,
    done: WriteCallback,
  ): void {
    const frames = new FrameBuffer(length, part);
    for (const piece of pieces) frames.append(piece);
    this.bytesWritten += length;
    this.#conduit.send(frames.bytes, done);
  }

  #mayWrite(done: WriteCallback): boolean {
    if (!this.#closeSent && !this.#cut) return true;
    const error = new RelayError('ERR_RELAY_CLOSED', 'This direction of the relayed connection is closed');
    process.nextTick(done, error);
    return false;
  }

  /** @internal */
  drained(): void {
    this.onDrain();
  }

  /** @internal */
  receiveFrame(fin: boolean, opcode: number, length: number): void {
    if (this.onFrame === undefined || this.#closeReceived) return;
    this.#run.flush(this);
    this.onFrame(fin, opcode, length);
  }

  /** @internal */
  receivePayload(bytes: Buffer, start: number, end: number): void {
    if (!this.#closeReceived) this.#run.add(bytes, start, end, this);
  }

  /** @internal */
  onJoined(payload: Buffer): void {
    this.bytesRead += payload.length;
    if (!this.onData(payload)) this.#wanted = false;
  }

  /** @internal */
  receive(bytes: Buffer, start: number, end: number): boolean {
    this.#heard = true;
    if (this.#cut) return true;
    try {
      this.#parser.parse(bytes, start, end);
      this.#run.flush(this);
      this.#lent = !this.onReadEnd();
      if (this.#lent) this.#wanted = false;
      return this.#mayReadOn();
    } catch (error) {
      this.#fail(error instanceof RelayError ? error : cutBy(error));
      return true;
    }
  }

  /** What follows two Close frames is the relay's FIN, which is read though nobody wants data. */
  #mayReadOn(): boolean {
    return this.#wanted || (this.#closeSent && this.#closeReceived && !this.#lent);
  }

  /** @internal */
  receiveControl(opcode: number, payload: Uint8Array): void {
    // While earlier frames wait for the kernel a pong would only join the queue; a flood of pings must not fill it.
    if (opcode === Opcode.ping && !this.#closeSent && !this.#cut && this.queuedBytes === 0) {
      this.#conduit.write(controlFrame(Opcode.pong, payload));
    }
    if (opcode !== Opcode.close || this.#closeReceived) return;
    const close = parseClosePayload(payload);
    this.#run.flush(this);
    if (isFailure(close)) throw closedBy(close);
    this.onReadEnd();
    this.#closeReceived = true;
    this.onEnd(close);
    if (this.#closeSent) this.#finish();
  }

  /** Both directions are closed: the relay, being the server, closes TCP first (RFC 6455, section 7.1.1). */
  #finish(): void {
    this.#heartbeat.leave(this, this.#slot);
    if (this.#tcpEnded) this.#conduit.end();
    else if (this.#mayReadOn()) this.#conduit.resume();
    this.#closeTimer ??= setTimeout(() => this.#conduit.destroy(), CLOSE_TIMEOUT_MS).unref();
  }

  /** @internal */
  tcpEnded(): void {
    this.#tcpEnded = true;
    if (!this.#closeReceived) this.#fail(cutBy(undefined));
    // The relay reads on after its FIN only if this direction is still open.
    else if (this.#closeSent) this.#conduit.end();
  }

  /** @internal */
  tcpClosed(error: Error | undefined): void {
    if (!(this.#closeSent && this.#closeReceived)) this.#fail(cutBy(error));
    this.#heartbeat.leave(this, this.#slot);
    clearTimeout(this.#closeTimer);
    this.onClose();
  }

  #fail(cause: RelayError): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#heartbeat.leave(this, this.#slot);
    this.onCut(cause);
    this.#conduit.reset();
  }

  /** @internal Once an interval. */
  beat(): void {
    if (this.#heard || !this.#wanted) {
      this.#heard = false;
      this.#silence = 0;
    } else {
      this.#silence += 1;
    }
    if (this.#silence > SILENT_INTERVALS) {
      this.#fail(new RelayError('ERR_RELAY_CUT', 'The relay has been silent for too long'));
    } else if (!this.#closeSent && this.queuedBytes === 0) {
      this.#conduit.write(controlFrame(Opcode.ping, NO_BYTES));
    }
  }
}

const NO_BYTES = new Uint8Array(0);

/** Shared by all channels: a function for each of them would be half of what an idle one weighs. */
const YES = (): boolean => true;
const NOTHING = (): void => undefined;

function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}

/** An end would let half of something pass for the whole of it. */
function closedBy({ code, reason }: Close): RelayError {
  const words = reason.replace(/[^\x20-\x7e]+/g, ' ').trim();
  const said = words === '' ? `${code}` : `${code} ${words}`;
  return new RelayError('ERR_RELAY_CUT', `The other side gave the relayed connection up (${said})`, {
    closeCode: code,
  });
}

function cutBy(cause: unknown): RelayError {
  return new RelayError(
    'ERR_RELAY_CUT',
    'The relayed connection was cut',
    cause === undefined ? {} : { cause },
  );
}
