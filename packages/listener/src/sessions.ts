/**
 * The multiplexed sessions of one listener: rendezvous that senders of ours share among many streams.
 *
 * A session is no connection of the application's: nobody is asked about it, and what comes of it are streams, about
 * each of which somebody decides. A session too many is not refused; the listener just does not multiplex it.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0057.
 * @module
 */
import { MULTIPLEX_PROTOCOL, RelayError } from '@hybridge/protocol';
import { SessionTaker, SharedBudget, type StreamOffer } from '@hybridge/socket';
import type { PendingConnection } from './incoming-connection.js';

/** How many streams a listener takes. */
export interface MultiplexOptions {
  /**
   * Streams in one session, at once. 1 to 1,000.
   * @defaultValue 256
   */
  readonly maxStreams?: number | undefined;
  /**
   * Sessions at once; further senders get ordinary connections. 1 to 1,000.
   * @defaultValue 64
   */
  readonly maxSessions?: number | undefined;
}

/** The same with nothing left open. */
export type ResolvedMultiplex = { readonly [Name in keyof MultiplexOptions]-?: number };

const DEFAULTS: ResolvedMultiplex = { maxStreams: 256, maxSessions: 64 };

const MOST = 1_000;

/**
 * Checks the options and fills in what was left out. @returns nothing when there is to be no multiplexing.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function resolveMultiplex(
  given: boolean | MultiplexOptions | undefined,
): ResolvedMultiplex | undefined {
  if (given === false) return undefined;
  const options = given === true || given === undefined ? {} : given;
  const of = (name: keyof MultiplexOptions) => {
    const value = options[name] ?? DEFAULTS[name];
    if (Number.isInteger(value) && value >= 1 && value <= MOST) return value;
    throw new RelayError('ERR_RELAY_ARGUMENT', `multiplex.${name} must be a whole number from 1 to ${MOST}`);
  };
  return { maxStreams: of('maxStreams'), maxSessions: of('maxSessions') };
}

/** What the sessions need from their listener. */
export interface SessionsContext {
  readonly options: ResolvedMultiplex | undefined;
  /** A sender asks for a stream. @param rendezvous - of its session */
  readonly onOffer: (offer: StreamOffer, rendezvous: PendingConnection) => void;
  /** A session is over. */
  readonly onClosed: () => void;
  readonly warn: (problem: Error) => void;
}

/** All sessions of one listener. */
export class ListenerSessions {
  readonly #context: SessionsContext;
  /** What all of them may hold for readers that do not read. */
  readonly #budget = new SharedBudget();
  /** By rendezvous, with the session once it is open. */
  readonly #sessions = new Map<PendingConnection, SessionTaker | undefined>();
  #leaving = false;

  constructor(context: SessionsContext) {
    this.#context = context;
  }

  /** How many are open or opening. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Whether a sender's rendezvous becomes a session. */
  takes(rendezvous: PendingConnection): boolean {
    const { options } = this.#context;
    return rendezvous.offersMultiplex && options !== undefined && this.#sessions.size < options.maxSessions;
  }

  /** Opens a session, as one that {@link takes} has agreed to. */
  async open(rendezvous: PendingConnection): Promise<void> {
    const { options, onOffer, onClosed, warn } = this.#context;
    this.#sessions.set(rendezvous, undefined);
    const over = (cause: unknown) => {
      if (cause instanceof Error && (cause as Partial<RelayError>).code !== 'ERR_RELAY_CUT') warn(cause);
      this.#sessions.delete(rendezvous);
      onClosed();
    };
    try {
      const channel = await rendezvous.acceptSession(MULTIPLEX_PROTOCOL);
      const session = new SessionTaker(channel, {
        maxStreams: options!.maxStreams,
        onOffer: (offer) => onOffer(offer, rendezvous),
        onClose: over,
        budget: this.#budget,
      });
      this.#sessions.set(rendezvous, session);
      if (this.#leaving) session.leave();
    } catch (error) {
      over(error);
    }
  }

  /** Takes no further stream in any of them. */
  leave(): void {
    this.#leaving = true;
    for (const session of this.#sessions.values()) session?.leave();
  }

  /** Cuts all. */
  abort(): void {
    for (const [rendezvous, session] of this.#sessions) {
      if (session === undefined) rendezvous.abort();
      else session.abort();
    }
  }
}
