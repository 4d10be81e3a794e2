/**
 * The listener's end of a multiplexed session: it is asked for streams, and somebody decides about each.
 *
 * A stream counts from the sender's asking until it is over *and* decided about: a sender that takes back what it
 * asked for does not get to ask for more while the listener is still at work on it.
 *
 * Source: docs/protocol.md, "Extensions".
 * @module
 */
import {
  acceptFrame,
  bareFrame,
  helloFrame,
  MultiplexFrame,
  type MultiplexRefusal,
  RelayError,
  rejectFrame,
} from '@hybridge/protocol';
import type { Channel } from '../channel.js';
import { MultiplexSession, type SessionRole } from './session.js';
import type { SharedBudget } from './window-budget.js';

/** Ours: a sender that leaves so many frames unread has stopped reading, and only asks. */
const MAX_BACKLOG_FRAMES = 4_096;

/** Ours: senders of ours leave an idle session long before, so only one that wants to keep a place is still there. */
const IDLE_TIMEOUT_MS = 120_000;

/** A stream that the sender asks for. */
export interface StreamOffer {
  /** The sender's name for it, perhaps empty. */
  readonly trackingId: string;
  /** Whether the sender still wants it. */
  readonly isWanted: boolean;
  /** Called once if the sender takes it back before it is decided about. */
  onWithdrawn: () => void;
  /** Takes it. @returns a channel that is not started yet, or nothing when the sender is gone. */
  accept(): Channel | undefined;
  /** Does not take it. */
  reject(refusal: MultiplexRefusal): void;
  /** Whoever was asked needs no longer to decide; call it after a withdrawal. */
  settle(): void;
}

/** What a session tells its listener. */
export interface SessionTakerOptions {
  /** Streams at once. */
  readonly maxStreams: number;
  readonly onOffer: (offer: StreamOffer) => void;
  /** The session is over. `cause` says why when that was not in order. */
  readonly onClose: (cause: RelayError | undefined) => void;
  /** For the windows of all sessions together. @defaultValue one of its own */
  readonly budget?: SharedBudget | undefined;
}

/** A session that takes streams. */
export class SessionTaker implements SessionRole {
  readonly #session: MultiplexSession;
  readonly #options: SessionTakerOptions;
  readonly #offers = new Map<number, Offer>();
  /** Withdrawn, and not settled. */
  #unsettled = 0;
  #lastId = 0;
  readonly #helloAt: number;
  #leaving = false;
  readonly #idle: NodeJS.Timeout;

  /** @param channel - open and not started, with `MULTIPLEX_PROTOCOL` agreed on. */
  constructor(channel: Channel, options: SessionTakerOptions) {
    this.#options = options;
    this.#idle = setTimeout(() => this.#onIdle(), IDLE_TIMEOUT_MS).unref();
    this.#session = new MultiplexSession(channel, this, options.budget);
    this.#session.output.frame(helloFrame(options.maxStreams));
    this.#helloAt = this.#session.roundTrip.now();
    this.#session.start();
  }

  /** @internal For tests. */
  get session(): MultiplexSession {
    return this.#session;
  }

  /** How many streams are open, or asked for. */
  get size(): number {
    return this.#session.size + this.#offers.size + this.#unsettled;
  }

  /** Takes no further stream; once the last is over, so is the session. */
  leave(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#session.output.frame(bareFrame(MultiplexFrame.leave, 0));
    this.#checkLeft();
  }

  /** Cuts everything. */
  abort(): void {
    this.#session.fail(new RelayError('ERR_RELAY_CUT', 'The listener cut the multiplexed session'));
  }

  onOpen(id: number, windowBytes: number, trackingId: string): void {
    if (this.#session.isClosed) return;
    if (id <= this.#lastId) throw broken('it opens a stream again');
    // A sender waits for the hello with its first stream.
    if (this.#lastId === 0) this.#session.roundTrip.seen(this.#helloAt);
    this.#lastId = id;
    this.#idle.refresh();
    const refusal = this.#refusal();
    if (refusal === undefined) {
      const offer = new Offer(this, id, windowBytes, trackingId);
      this.#offers.set(id, offer);
      this.#options.onOffer(offer);
      return;
    }
    if (this.#session.output.backlog >= MAX_BACKLOG_FRAMES) throw broken('it does not read what it is told');
    this.#session.output.frame(rejectFrame(id, { untried: true, status: 503, reason: refusal }));
  }

  /** @internal */
  accept(id: number, credit: number): Channel {
    this.#offers.delete(id);
    const { output, budget, roundTrip } = this.#session;
    const window = budget.take(roundTrip.ms);
    output.frame(acceptFrame(id, window));
    return this.#session.add(id, credit, window, roundTrip.now());
  }

  /** @internal */
  reject(id: number, refusal: MultiplexRefusal): void {
    this.#offers.delete(id);
    this.#session.output.frame(rejectFrame(id, refusal));
    this.onStreamOver();
  }

  /** @internal */
  settled(): void {
    this.#unsettled -= 1;
    this.#checkLeft();
  }

  onHello(): void {
    throw broken('only listeners say hello');
  }

  onAccept(): void {
    throw broken('only listeners accept');
  }

  onReject(): void {
    throw broken('only listeners reject');
  }

  onLeave(): void {
    throw broken('only listeners leave');
  }

  onUnknown(id: number, isReset: boolean): boolean {
    const offer = this.#offers.get(id);
    if (offer === undefined) return id <= this.#lastId;
    // Before a stream is accepted there is nothing else that can be said about it.
    if (isReset) this.#withdraw(id, offer);
    return isReset;
  }

  onStreamOver(): void {
    this.#idle.refresh();
    this.#checkLeft();
  }

  onSessionEnd(): void {
    if (this.#session.size + this.#offers.size === 0) this.#session.end();
    else this.#session.fail(new RelayError('ERR_RELAY_CUT', 'The sender closed the multiplexed session'));
  }

  onSessionClose(cause: RelayError | undefined): void {
    clearTimeout(this.#idle);
    for (const [id, offer] of [...this.#offers]) this.#withdraw(id, offer);
    this.#options.onClose(cause);
  }

  #refusal(): string | undefined {
    if (this.#leaving) return 'The listener is closing';
    return this.size >= this.#options.maxStreams ? 'The session has as many streams as it may' : undefined;
  }

  #withdraw(id: number, offer: Offer): void {
    this.#offers.delete(id);
    this.#unsettled += 1;
    offer.withdraw();
  }

  #checkLeft(): void {
    if (this.#leaving && this.size === 0) this.#session.end();
  }

  #onIdle(): void {
    if (this.size > 0) this.#idle.refresh();
    else this.leave();
  }
}

class Offer implements StreamOffer {
  onWithdrawn: () => void = () => undefined;
  readonly trackingId: string;
  readonly #taker: SessionTaker;
  readonly #id: number;
  readonly #credit: number;
  #state: 'waiting' | 'withdrawn' | 'settled' = 'waiting';

  constructor(taker: SessionTaker, id: number, credit: number, trackingId: string) {
    this.#taker = taker;
    this.#id = id;
    this.#credit = credit;
    this.trackingId = trackingId;
  }

  get isWanted(): boolean {
    return this.#state === 'waiting';
  }

  accept(): Channel | undefined {
    if (!this.isWanted) {
      this.settle();
      return undefined;
    }
    this.#state = 'settled';
    return this.#taker.accept(this.#id, this.#credit);
  }

  reject(refusal: MultiplexRefusal): void {
    if (!this.isWanted) {
      this.settle();
      return;
    }
    this.#state = 'settled';
    this.#taker.reject(this.#id, refusal);
  }

  settle(): void {
    if (this.#state !== 'withdrawn') return;
    this.#state = 'settled';
    this.#taker.settled();
  }

  withdraw(): void {
    this.#state = 'withdrawn';
    this.onWithdrawn();
  }
}

function broken(what: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', `The peer does not keep to the multiplex protocol: ${what}`);
}
