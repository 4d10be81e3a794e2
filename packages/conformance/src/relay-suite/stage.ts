/**
 * Where the relay suites play: one in-process relay for a suite, a hybrid connection of its own for each test, and
 * everything that a test opened is gone after it.
 * @module
 */
import { type RelayServer, startRelay } from '@hybridge/relay';
import { parseConnectionString } from '@hybridge/sas';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { serverCertificate } from '../certificates.js';
import { within } from '../deadline.js';
import type {
  ConnectOptions,
  Credential,
  Incoming,
  ListenerEvents,
  ListenerSubject,
  Peer,
  Place,
  RunningListener,
  SenderSubject,
} from './subjects.js';

const PLACES = 60;
const MEET_TIMEOUT_MS = 10_000;

/** Both ends of one relayed connection. */
export interface Meeting {
  readonly place: Place;
  readonly atListener: Peer;
  readonly atSender: Peer;
  readonly incoming: Incoming;
}

/** Made once in a `describe`; see {@link Stage.set}. */
export class Stage {
  readonly #scheme: 'ws' | 'wss';
  #relay: RelayServer | undefined;
  #ca: string | undefined;
  #origin = '';
  #used = 0;
  readonly #peers = new Set<Peer>();
  readonly #listeners = new Set<RunningListener>();

  /**
   * Sets the stage for the tests of the current `describe`.
   * @param scheme - `wss` gives the relay a certificate.
   */
  static set(scheme: 'ws' | 'wss' = 'ws'): Stage {
    const stage = new Stage(scheme);
    beforeAll(() => stage.#open());
    afterEach(() => stage.#clear());
    afterAll(() => stage.#relay?.close({ graceMs: 0 }));
    return stage;
  }

  private constructor(scheme: 'ws' | 'wss') {
    this.#scheme = scheme;
  }

  /** A hybrid connection that no other test uses. */
  place(): Place {
    this.#used += 1;
    if (this.#used > PLACES) throw new Error(`This stage has ${PLACES} places`);
    const entity = `place-${this.#used}`;
    return {
      origin: this.#origin,
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      entity,
      listener: this.#credential(entity, 'defaultListener'),
      sender: this.#credential(entity, 'defaultSender'),
    };
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
  async meet(listener: ListenerSubject, sender: SenderSubject, options?: ConnectOptions): Promise<Meeting> {
    const place = this.place();
    let arrive!: (arrived: [Peer, Incoming]) => void;
    const arrival = new Promise<[Peer, Incoming]>((resolve) => {
      arrive = resolve;
    });
    await this.listen(listener, place, { onPeer: (peer, incoming) => arrive([peer, incoming]) });
    const atSender = await this.connect(sender, place, options);
    const [atListener, incoming] = await within(arrival, MEET_TIMEOUT_MS, 'the connection at the listener');
    return { place, atListener, atSender, incoming };
  }

  async #open(): Promise<void> {
    const hybridConnections = Array.from({ length: PLACES }, (_, index) => `place-${index + 1}`);
    this.#relay = await startRelay({ hybridConnections, ...(await this.#secured()) });
    this.#origin = this.#relay.url.replace(/\/$/, '');
  }

  async #secured() {
    if (this.#scheme === 'ws') return {};
    const { ca, cert, key } = await serverCertificate(['localhost']);
    this.#ca = ca;
    return { listen: { tls: { cert, key } } };
  }

  async #clear(): Promise<void> {
    for (const peer of this.#peers) peer.abort();
    this.#peers.clear();
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
    this.#listeners.clear();
  }

  #credential(entity: string, rule: string): Credential {
    const { sharedAccessKeyName, sharedAccessKey } = parseConnectionString(
      this.#relay!.connectionString(entity, rule),
    );
    return { keyName: sharedAccessKeyName!, key: sharedAccessKey! };
  }
}

function echo(peer: Peer): void {
  peer.inbox.tap((data) => peer.send(data));
}
