/**
 * The multiplexed sessions of one sender: which stream goes where, and when a tunnel has a rendezvous of its own instead.
 *
 * The first tunnel offers the listener to multiplex. One that knows nothing of it has then got an ordinary connection,
 * which that tunnel becomes; the others are dialled one by one, and for a while nobody asks again. A tunnel is also
 * opened on its own when all sessions are full, when a session breaks or does not take it, and when the listener cannot
 * reach its target: then the relay may know another listener that can.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0057.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { isRelayError, MULTIPLEX_PROTOCOL, RelayError } from '@hybridge/protocol';
import {
  type Channel,
  type OpeningChannel,
  SessionOpener,
  SharedBudget,
  StreamUntriedError,
} from '@hybridge/socket';
import type { ResolvedMultiplex } from './multiplex-options.js';
import type { OpeningTunnel } from './opening-tunnel.js';

/** How long nobody asks again after a listener did not multiplex. Ours: to ask costs nothing but that others wait. */
const REFUSED_REST_MS = 5 * 60_000;

/** How long sessions rest after one whose target failed. Ours: the relay chooses anew for each connection meanwhile. */
const TARGET_REST_MS = 5_000;

/** What the sessions need from their sender. */
export interface SessionsContext {
  readonly options: ResolvedMultiplex;
  readonly connectTimeoutMs: number;
  /** Dials a rendezvous: to multiplex, or for one tunnel alone. */
  readonly dial: (isOffer: boolean) => OpeningTunnel;
  /** Words an error for the application. */
  readonly translate: (cause: unknown) => Error;
  /** In milliseconds, from any point on. */
  readonly now?: () => number;
}

/** A rendezvous that may become a session, for which several tunnels may wait. */
interface Attempt {
  readonly tunnel: OpeningTunnel;
  readonly over: Promise<void>;
  waiting: number;
  /** What the rendezvous became when it did not become a session. */
  channel?: Channel | undefined;
}

/** All sessions of one sender. */
export class SenderSessions {
  readonly #context: SessionsContext;
  readonly #now: () => number;
  /** What all of them may hold for readers that do not read. */
  readonly #budget = new SharedBudget();
  readonly #sessions = new Set<SessionOpener>();
  #attempt: Attempt | undefined;
  /** Until when tunnels are opened on their own. */
  #restUntil = Number.NEGATIVE_INFINITY;

  constructor(context: SessionsContext) {
    this.#context = context;
    this.#now = context.now ?? (() => performance.now());
  }

  /** How many sessions are open. */
  get size(): number {
    return this.#sessions.size;
  }

  /** @internal A session that takes a stream now. */
  get present(): SessionOpener | undefined {
    if (this.#now() < this.#restUntil) return undefined;
    for (const session of this.#sessions) if (session.isOpen && !session.isFull) return session;
    return undefined;
  }

  /** Opens a tunnel. */
  open(): OpeningChannel {
    return new OpeningStream(this, this.#context);
  }

  /** Opens no more sessions; those that are open close after their last stream. */
  close(): void {
    this.#rest(Number.POSITIVE_INFINITY);
    for (const session of this.#sessions) session.leave();
  }

  /** @internal A session that takes a stream; or the tunnel itself; or nothing: then it is to be opened on its own. */
  async find(signal: AbortSignal): Promise<SessionOpener | Channel | undefined> {
    while (this.#now() >= this.#restUntil) {
      const session = this.present;
      if (session !== undefined) return session;
      if (this.#attempt === undefined && this.#sessions.size >= this.#context.options.maxSessions) break;
      this.#attempt ??= this.#begin();
      const attempt = this.#attempt;
      await this.#wait(attempt, signal);
      const { channel } = attempt;
      attempt.channel = undefined;
      if (channel !== undefined) return channel;
    }
    return undefined;
  }

  /** @internal The target behind a session failed. */
  targetFailed(): void {
    this.#rest(this.#now() + TARGET_REST_MS);
  }

  #rest(until: number): void {
    this.#restUntil = Math.max(this.#restUntil, until);
  }

  /** Whoever comes last to give up ends the attempt. */
  async #wait(attempt: Attempt, signal: AbortSignal): Promise<void> {
    let onAbort = () => {};
    attempt.waiting += 1;
    try {
      await new Promise<void>((resolve, reject) => {
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        if (signal.aborted) onAbort();
        attempt.over.then(resolve, reject);
      });
    } catch (error) {
      if (attempt.waiting === 1) attempt.tunnel.abort();
      throw error;
    } finally {
      attempt.waiting -= 1;
      signal.removeEventListener('abort', onAbort);
    }
  }

  #begin(): Attempt {
    const tunnel = this.#context.dial(true);
    const attempt: Attempt = { tunnel, waiting: 0, over: Promise.resolve() };
    const over = this.#negotiate(attempt).finally(() => {
      this.#attempt = undefined;
    });
    // Nobody may be left who waits for it.
    over.catch(() => undefined);
    return Object.assign(attempt, { over });
  }

  async #negotiate(attempt: Attempt): Promise<void> {
    let channel: Channel;
    try {
      channel = await attempt.tunnel.opened;
    } catch (error) {
      const { cause } = error as Error;
      // A listener may reject what it does not know; on its own the tunnel may open.
      if (!isRelayError(cause) || cause.code !== 'ERR_RELAY_REJECTED') throw cause;
      this.#rest(this.#now() + REFUSED_REST_MS);
      return;
    }
    if (attempt.tunnel.protocol === MULTIPLEX_PROTOCOL) {
      await this.#start(channel);
      return;
    }
    this.#rest(this.#now() + REFUSED_REST_MS);
    if (attempt.waiting > 0) attempt.channel = channel;
    else channel.abort();
  }

  async #start(channel: Channel): Promise<void> {
    const { maxStreams, idleTimeoutMs } = this.#context.options;
    const onIdle = () => {
      if (session.size === 0) session.leave();
    };
    const idle = setTimeout(onIdle, idleTimeoutMs).unref();
    const onChange = () => {
      if (session.isOpen) {
        if (session.size === 0) idle.refresh();
        return;
      }
      clearTimeout(idle);
      this.#sessions.delete(session);
    };
    const session: SessionOpener = new SessionOpener(channel, {
      ...{ maxStreams, onChange },
      budget: this.#budget,
    });
    try {
      await session.ready;
      this.#sessions.add(session);
      if (this.#restUntil === Number.POSITIVE_INFINITY) session.leave();
    } catch {
      // It agreed without knowing what it means, or broke at once.
      this.#rest(this.#now() + REFUSED_REST_MS);
    }
  }
}

/** One tunnel on its way, in a session or on its own. */
class OpeningStream implements OpeningChannel {
  readonly opened: Promise<Channel>;
  readonly #sessions: SenderSessions;
  readonly #context: SessionsContext;
  readonly #timer: NodeJS.Timeout;
  /** What it waits for now. */
  #waiting: Pick<OpeningChannel, 'abort'> | undefined;
  #abortedFor: Error | undefined;

  constructor(sessions: SenderSessions, context: SessionsContext) {
    this.#sessions = sessions;
    this.#context = context;
    this.#timer = setTimeout(() => this.#onTimeout(), context.connectTimeoutMs);
    const session = sessions.present;
    const inSession = session === undefined ? this.#find() : this.#openIn(session);
    this.opened = inSession.then(
      (channel) => {
        clearTimeout(this.#timer);
        return channel ?? this.#openAlone();
      },
      (error) => {
        clearTimeout(this.#timer);
        if (this.#abortedFor !== undefined || !this.#mayOpenAlone(error)) throw context.translate(error);
        return this.#openAlone();
      },
    );
  }

  abort(reason: Error = new DOMException('The connection was given up', 'AbortError')): void {
    this.#abortedFor ??= reason;
    this.#waiting?.abort(reason);
  }

  async #find(): Promise<Channel | undefined> {
    const giveUp = new AbortController();
    this.#waiting = giveUp;
    const found = await this.#sessions.find(giveUp.signal);
    return found instanceof SessionOpener ? this.#openIn(found) : found;
  }

  #openIn(session: SessionOpener): Promise<Channel> {
    const stream = session.open(randomUUID());
    this.#waiting = stream;
    if (this.#abortedFor !== undefined) stream.abort(this.#abortedFor);
    return stream.opened;
  }

  #openAlone(): Promise<Channel> {
    if (this.#abortedFor !== undefined) throw this.#context.translate(this.#abortedFor);
    const tunnel = this.#context.dial(false);
    this.#waiting = tunnel;
    return tunnel.opened;
  }

  #onTimeout(): void {
    const why = `No listener took the connection within ${this.#context.connectTimeoutMs} ms`;
    this.abort(new RelayError('ERR_RELAY_TIMEOUT', why));
  }

  /** Nothing has been sent yet, so that a second attempt is as good as the first. */
  #mayOpenAlone(error: unknown): boolean {
    if (error instanceof StreamUntriedError) return true;
    if (!isRelayError(error)) return false;
    if (error.code === 'ERR_RELAY_TARGET') this.#sessions.targetFailed();
    return ['ERR_RELAY_TARGET', 'ERR_RELAY_CUT', 'ERR_RELAY_PROTOCOL'].includes(error.code);
  }
}
