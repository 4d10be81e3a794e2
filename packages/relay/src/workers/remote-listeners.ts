/**
 * The listeners whose control channels other workers hold.
 *
 * Each is announced on this worker's own backplane, beside those that are here; so who is asked next is decided in one
 * place and by one rule, whoever has the channel.
 * @module
 */

import type { RequestOffer } from '../http/request-offer.js';
import type { Announcement, Backplane, BackplaneHandler, DirectHandler } from '../listeners/backplane.js';
import type { Lapses, ListenerEntry } from './messages.js';
import { RemoteListener } from './remote-listener.js';
import type { Seat } from './seat.js';

/** What the table works with. */
export interface RemoteListenersOptions {
  readonly backplane: Backplane;
  readonly seat: Seat;
  readonly now: () => number;
  /** Takes offers that the backplane has picked this listener for. */
  readonly onOffer: (listener: RemoteListener, offer: Uint8Array) => ReturnType<BackplaneHandler>;
  /** The same for HTTP requests, without bytes in between. */
  readonly onRequest: (listener: RemoteListener, offer: RequestOffer) => ReturnType<DirectHandler>;
  /** It is gone; senders that were offered to it need another. Must not reject. */
  readonly onGone: (listenerId: string) => Promise<void>;
}

interface Remote {
  readonly listener: RemoteListener;
  readonly announced: Promise<Announcement>;
}

/** Who listens elsewhere. */
export class RemoteListeners {
  readonly #options: RemoteListenersOptions;
  readonly #byId = new Map<string, Remote>();
  readonly #byPath = new Map<string, Set<RemoteListener>>();

  constructor(options: RemoteListenersOptions) {
    this.#options = options;
  }

  /** Those of one hybrid connection. */
  of(path: string): ReadonlySet<RemoteListener> {
    return this.#byPath.get(path) ?? NONE;
  }

  get(listenerId: string): RemoteListener | undefined {
    return this.#byId.get(listenerId)?.listener;
  }

  /** It can be called from now on. */
  add(entry: ListenerEntry): void {
    const { backplane, seat, now, onOffer, onRequest } = this.#options;
    const listener = new RemoteListener(entry, seat, now);
    const announced = backplane.announce(
      entry.path,
      (offer) => onOffer(listener, offer),
      (offer) => onRequest(listener, offer),
    );
    this.#byId.set(entry.id, { listener, announced });
    this.#byPath.set(entry.path, (this.#byPath.get(entry.path) ?? new Set()).add(listener));
  }

  /** Its control channel is gone. @param recycled - the listener is well, and comes to those it was told of */
  remove(listenerId: string, recycled: boolean): void {
    const remote = this.#byId.get(listenerId);
    if (remote === undefined) return;
    const { path } = remote.listener.entry;
    this.#byId.delete(listenerId);
    const others = this.#byPath.get(path);
    if (others?.delete(remote.listener) && others.size === 0) this.#byPath.delete(path);
    void remote.announced.then((announcement) => announcement.withdraw());
    // It may have come in one read with word of what the listener was told, which takes until the end of this turn to arrive.
    if (!recycled) setImmediate(() => void this.#options.onGone(listenerId));
  }

  /** A worker is gone, and all of its listeners. */
  removeWorker(worker: number): void {
    for (const { listener } of [...this.#byId.values()]) {
      if (listener.entry.worker === worker) this.remove(listener.id, false);
    }
  }

  setLapses(listenerId: string, lapses: Lapses): void {
    const listener = this.get(listenerId);
    if (listener !== undefined) listener.lapses = lapses;
  }
}

const NONE: ReadonlySet<RemoteListener> = new Set();
