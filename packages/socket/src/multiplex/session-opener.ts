/**
 * The sender's end of a multiplexed session: it opens streams.
 *
 * Nothing is sent before the listener's hello, so that bytes of ours never reach a service behind a listener that
 * agreed to the subprotocol without knowing what it means.
 *
 * Source: docs/protocol.md, "Extensions".
 * @module
 */
import {
  bareFrame,
  MultiplexFrame,
  type MultiplexRefusal,
  openFrame,
  RelayError,
  relayErrorFromResponse,
} from '@hybridge/protocol';
import type { Channel } from '../channel.js';
import type { OpeningChannel } from '../opening-channel.js';
import { MultiplexSession, type SessionRole } from './session.js';
import type { SharedBudget } from './window-budget.js';

/** Ours: the hello is on its way when the rendezvous opens, so this is many round trips. */
const HELLO_TIMEOUT_MS = 5_000;

/** Ours: a peer that leaves so many frames unread does not need more of them. */
const MAX_BACKLOG_FRAMES = 1_000;

/** How a session is used. */
export interface SessionOpenerOptions {
  /** Streams at once, if the listener takes as many. */
  readonly maxStreams: number;
  /** Its state is another one: closed, leaving, empty or no longer so. */
  readonly onChange: () => void;
  /** For the windows of all sessions together. @defaultValue one of its own */
  readonly budget?: SharedBudget | undefined;
}

/** A stream was not taken, and nobody was asked: it can be tried elsewhere. */
export class StreamUntriedError extends Error {
  override readonly name = 'StreamUntriedError';
}

/** A stream that the listener has not decided about. */
interface Opening {
  readonly window: number;
  readonly askedAt: number;
  resolve(channel: Channel): void;
  reject(error: unknown): void;
}

/** A session that opens streams. */
export class SessionOpener implements SessionRole {
  /** Resolves when the listener has said hello; rejects when the connection is not, or no longer, a session. */
  readonly ready: Promise<void>;
  readonly #session: MultiplexSession;
  readonly #options: SessionOpenerOptions;
  readonly #opening = new Map<number, Opening>();
  #resolveReady!: () => void;
  #rejectReady!: (error: unknown) => void;
  readonly #helloTimer: NodeJS.Timeout;
  #maxStreams = 0;
  #nextId = 1;
  #leaving = false;

  /** @param channel - open and not started, with `MULTIPLEX_PROTOCOL` agreed on. */
  constructor(channel: Channel, options: SessionOpenerOptions) {
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.#helloTimer = setTimeout(
      () => this.#session.fail(broken('it does not say hello')),
      HELLO_TIMEOUT_MS,
    ).unref();
    this.#session = new MultiplexSession(channel, this, options.budget);
    this.#session.hold();
    this.#session.start();
  }

  /** @internal For tests. */
  get session(): MultiplexSession {
    return this.#session;
  }

  /** How many streams are open or opening. */
  get size(): number {
    return this.#session.size + this.#opening.size;
  }

  /** Whether a stream can be opened. */
  get isOpen(): boolean {
    return !this.#leaving && !this.#session.isClosed;
  }

  /** Whether it takes no stream at this moment. */
  get isFull(): boolean {
    return this.size >= this.#maxStreams || this.#session.output.backlog >= MAX_BACKLOG_FRAMES;
  }

  /**
   * Opens a stream. `opened` rejects with a RelayError as a refused upgrade does, or `ERR_RELAY_CUT`; with
   * {@link StreamUntriedError}; with the reason for which it was given up.
   * @param trackingId - names it in the logs of both ends; at most 128 characters of ASCII.
   */
  open(trackingId: string): OpeningChannel {
    if (!this.isOpen || this.isFull) {
      return {
        opened: Promise.reject(new StreamUntriedError('The session takes no stream')),
        abort: () => {},
      };
    }
    const id = this.#nextId;
    this.#nextId += 1;
    // The last number has been used: the next stream needs another session.
    if (this.#nextId > 0xffff_ffff) this.#leaving = true;
    const window = this.#session.budget.take(this.#session.roundTrip.ms);
    this.#session.hold();
    const askedAt = this.#session.roundTrip.now();
    const opened = new Promise<Channel>((resolve, reject) => {
      this.#opening.set(id, { window, askedAt, resolve, reject });
    });
    this.#session.output.frame(openFrame(id, window, trackingId));
    return { opened, abort: (reason) => this.#giveUp(id, reason) };
  }

  /** Takes no further stream, and closes once the last is over. */
  leave(): void {
    this.#leaving = true;
    if (this.size === 0) this.#session.end();
  }

  /** Cuts everything. */
  abort(): void {
    this.#session.fail(new RelayError('ERR_RELAY_CUT', 'The multiplexed session was closed'));
  }

  onHello(maxStreams: number): void {
    if (this.#maxStreams > 0) throw broken('it says hello twice');
    this.#maxStreams = Math.min(maxStreams, this.#options.maxStreams);
    this.#settleReady();
    this.#resolveReady();
  }

  onOpen(): void {
    throw broken('only senders open streams');
  }

  onAccept(id: number, windowBytes: number): void {
    const opening = this.#opening.get(id);
    if (opening !== undefined) {
      // The stream holds the process from here on; the two must overlap.
      this.#session.roundTrip.seen(opening.askedAt);
      const stream = this.#session.add(id, windowBytes, opening.window, opening.askedAt);
      stream.widen();
      this.#settle(id);
      opening.resolve(stream);
    } else if (this.#session.has(id) || !this.onUnknown(id)) {
      throw broken('it accepts what nobody opens');
    }
  }

  onReject(id: number, { untried, status, reason }: MultiplexRefusal): void {
    const opening = this.#opening.get(id);
    if (opening === undefined) {
      if (this.#session.has(id) || !this.onUnknown(id)) throw broken('it rejects what nobody opens');
      return;
    }
    this.#fail(
      id,
      opening,
      untried ? new StreamUntriedError(reason) : relayErrorFromResponse(status, reason),
    );
    this.onStreamOver();
  }

  onLeave(): void {
    this.leave();
    this.#options.onChange();
  }

  /** What a listener sent before it heard of a reset may still come; what was never opened may not. */
  onUnknown(id: number): boolean {
    return id < this.#nextId && !this.#opening.has(id);
  }

  onStreamOver(): void {
    if (this.#leaving && this.size === 0) this.#session.end();
    this.#options.onChange();
  }

  onSessionEnd(): void {
    this.#leaving = true;
    if (this.size === 0) this.#session.end();
    else this.#session.fail(new RelayError('ERR_RELAY_CUT', 'The listener closed the multiplexed session'));
  }

  onSessionClose(cause: RelayError | undefined): void {
    if (this.#maxStreams === 0) this.#settleReady();
    const reason = cause ?? new RelayError('ERR_RELAY_CUT', 'The multiplexed session was closed');
    for (const [id, opening] of [...this.#opening]) this.#fail(id, opening, reason);
    this.#rejectReady(reason);
    this.#options.onChange();
  }

  #settleReady(): void {
    clearTimeout(this.#helloTimer);
    this.#session.release();
  }

  #giveUp(id: number, reason: Error = new DOMException('The stream was given up', 'AbortError')): void {
    const opening = this.#opening.get(id);
    if (opening === undefined) return;
    this.#session.output.frame(bareFrame(MultiplexFrame.reset, id));
    this.#fail(id, opening, reason);
    this.onStreamOver();
  }

  #fail(id: number, opening: Opening, error: unknown): void {
    this.#settle(id);
    this.#session.budget.giveBack(opening.window);
    opening.reject(error);
  }

  #settle(id: number): void {
    this.#opening.delete(id);
    this.#session.release();
  }
}

function broken(what: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', `The peer does not keep to the multiplex protocol: ${what}`);
}
