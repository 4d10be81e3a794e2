/**
 * What the relay suites play on: everything that a test opened is gone after it.
 * @module
 */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { within } from '../deadline.js';
import type {
  ConnectOptions,
  Incoming,
  ListenerEvents,
  ListenerSubject,
  Peer,
  Place,
  RunningListener,
  SenderSubject,
} from './subjects.js';
import { LocalRelay, type Venue } from './venues.js';

const MEET_TIMEOUT_MS = 30_000;

/** Both ends of one relayed connection. */
export interface Meeting {
  readonly place: Place;
  readonly atListener: Peer;
  readonly atSender: Peer;
  readonly incoming: Incoming;
}

/** Made once in a `describe`; see {@link Stage.set}. */
export class Stage {
  readonly #venue: Venue;
  readonly #peers = new Set<Peer>();
  readonly #listeners = new Set<RunningListener>();

  /**
   * Sets the stage for the tests of the current `describe`.
   * @param venue - a relay of its own, over TLS if it is `wss`, or another place
   */
  static set(venue: 'ws' | 'wss' | Venue = 'ws'): Stage {
    const stage = new Stage(typeof venue === 'string' ? new LocalRelay(venue) : venue);
    beforeAll(() => stage.#venue.open());
    afterEach(() => stage.#clear());
    afterAll(() => stage.#venue.close());
    return stage;
  }

  private constructor(venue: Venue) {
    this.#venue = venue;
  }

  /** A hybrid connection that no other test uses at the same time. */
  place(): Place {
    return this.#venue.place();
  }

  /** Puts a listener online. */
  async listen(subject: ListenerSubject, place: Place, events: ListenerEvents): Promise<RunningListener> {
    const running = await subject.listen(place, {
      ...events,
      onPeer: (peer, incoming) => {
        this.#peers.add(peer);
        events.onPeer(peer, incoming);
      },
    });
    this.#listeners.add(running);
    return {
      close: () => {
        this.#listeners.delete(running);
        return running.close();
      },
    };
  }

  /** Puts a listener online that sends back whatever it gets, text as text. */
  echo(subject: ListenerSubject, place: Place): Promise<RunningListener> {
    return this.listen(subject, place, { onPeer: echo });
  }

  /** Connects. */
  async connect(subject: SenderSubject, place: Place, options?: ConnectOptions): Promise<Peer> {
    const peer = await subject.connect(place, options);
    this.#peers.add(peer);
    return peer;
  }

  /** Brings a new listener and a new sender together. */
  async meet(
    listener: ListenerSubject,
    sender: SenderSubject,
    options?: ConnectOptions,
    events: Pick<ListenerEvents, 'protocolFor'> = {},
  ): Promise<Meeting> {
    const place = this.place();
    let arrive!: (arrived: [Peer, Incoming]) => void;
    const arrival = new Promise<[Peer, Incoming]>((resolve) => {
      arrive = resolve;
    });
    await this.listen(listener, place, { ...events, onPeer: (peer, incoming) => arrive([peer, incoming]) });
    const atSender = await this.connect(sender, place, options);
    const [atListener, incoming] = await within(arrival, MEET_TIMEOUT_MS, 'the connection at the listener');
    return { place, atListener, atSender, incoming };
  }

  async #clear(): Promise<void> {
    for (const peer of this.#peers) peer.abort();
    this.#peers.clear();
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
    this.#listeners.clear();
  }
}

function echo(peer: Peer): void {
  peer.inbox.tap((data) => peer.send(data));
}
