/**
 * The joined connections of a relay: made here, listed here, closed from here.
 *
 * The bytes themselves pass through `bridge.ts`.
 * @module
 */

import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import { Conduit } from '@hybridge/socket';
import { type Grant, rightOf } from '../authorization/authorize.js';
import type { HybridConnection, Namespace } from '../directory/directory.js';
import { closeReason } from '../front/tracking.js';
import type { Journal } from '../journal.js';
import type { Counters, Flow } from '../metrics/counters.js';
import { type Bridge, type BridgeEnd, type BridgeOptions, bridge } from './bridge.js';
import { flat } from './flat-string.js';

/** How long two legs that were told to close may take, before they are cut. */
const CLOSE_GRACE_MS = 1_000;

/** An upgraded connection: its 101 is written, what follows are frames. */
export interface Leg {
  readonly socket: Socket;
  /** Bytes that were read together with the handshake. */
  readonly head: Buffer;
}

/** Who is joined, and by what right. */
export interface Meeting {
  readonly hybridConnection: HybridConnection;
  readonly trackingId: string;
  /** The sender's; `undefined`: it needed none. */
  readonly grant: Grant | undefined;
  /** The listener's control channel, where it is known. */
  readonly listenerId: string | undefined;
}

/** A joined pair, for those who look. */
export interface Tunnel extends Flow {
  readonly id: string;
  readonly trackingId: string;
  readonly hybridConnection: HybridConnection;
  readonly openedAt: Date;
  readonly senderAddress: string;
  readonly listenerAddress: string;
}

/** All joined pairs. */
export class TunnelTable {
  readonly #journal: Journal;
  readonly #pingIntervalMs: number;
  readonly #now: () => number;
  readonly #counters: Counters | undefined;
  readonly #tunnels = new Set<OpenTunnel>();
  readonly #counts = new Map<Namespace, number>();
  #onEmpty: (() => void) | undefined;

  constructor(journal: Journal, pingIntervalMs: number, now: () => number, counters?: Counters) {
    this.#journal = journal;
    this.#pingIntervalMs = pingIntervalMs;
    this.#now = now;
    this.#counters = counters;
  }

  /** All there are, for whoever adds up their bytes. */
  [Symbol.iterator](): Iterator<Tunnel> {
    return this.#tunnels.values();
  }

  /** How many there are in a namespace. */
  countIn(namespace: Namespace): number {
    return this.#counts.get(namespace) ?? 0;
  }

  /** All, by hybrid connection: with ten thousand of each, 2 ms, where looking for those of one after another takes 0.9 s. */
  grouped(): ReadonlyMap<HybridConnection, readonly Tunnel[]> {
    const groups = new Map<HybridConnection, Tunnel[]>();
    for (const tunnel of this.#tunnels) {
      const group = groups.get(tunnel.hybridConnection);
      if (group === undefined) groups.set(tunnel.hybridConnection, [tunnel]);
      else group.push(tunnel);
    }
    return groups;
  }

  /** Joins two legs; from here on their sockets belong to the bridge. */
  join(meeting: Meeting, sender: Leg, listener: Leg): void {
    const tunnel = new OpenTunnel(meeting, this.#now(), sender, listener);
    const { namespace } = meeting.hybridConnection;
    this.#counts.set(namespace, this.countIn(namespace) + 1);
    this.#counters?.tunnelOpened(meeting.hybridConnection);
    if (this.#journal.hears('tunnel-opened')) {
      this.#journal.record('tunnel-opened', {
        ...about(tunnel),
        operationName: 'SenderListenerConnectionEstablished',
      });
    }
    this.#tunnels.add(tunnel);
    tunnel.open({ pingIntervalMs: this.#pingIntervalMs, onClose: (end) => this.#onClosed(tunnel, end) });
  }

  /** Closes all, or those of one hybrid connection, with a Close frame, and cuts what is still open a second later. */
  close(code: number, sentence: string, hybridConnection?: HybridConnection): void {
    for (const tunnel of [...this.#tunnels]) {
      if (hybridConnection === undefined || tunnel.hybridConnection === hybridConnection) {
        tunnel.close(code, sentence);
      }
    }
  }

  /** Cuts all at once: their peers see a reset. */
  cut(): void {
    for (const tunnel of [...this.#tunnels]) tunnel.cut();
  }

  /** Cuts one at once. @returns whether there was one of this id */
  cutOne(id: string): boolean {
    for (const tunnel of this.#tunnels) {
      if (tunnel.id !== id) continue;
      tunnel.cut();
      return true;
    }
    return false;
  }

  /** Resolves `true` when there are none, `false` when there still are some after `ms`, if that is given. */
  async drained(ms?: number): Promise<boolean> {
    if (this.#tunnels.size === 0) return true;
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => resolve(false), ms);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #onClosed(tunnel: OpenTunnel, end: BridgeEnd): void {
    this.#remove(tunnel);
    this.#counters?.tunnelClosed(tunnel);
    if (!this.#journal.hears('tunnel-closed')) return;
    this.#journal.record('tunnel-closed', {
      ...about(tunnel),
      operationName: 'SenderConnectionClosed',
      bytesFromSender: end.bytesFromSender,
      bytesFromListener: end.bytesFromListener,
      durationMs: this.#now() - tunnel.openedAtMs,
      reason: end.reason,
    });
  }

  #remove(tunnel: OpenTunnel): void {
    tunnel.ended();
    this.#tunnels.delete(tunnel);
    const { namespace } = tunnel.hybridConnection;
    const left = this.countIn(namespace) - 1;
    if (left === 0) this.#counts.delete(namespace);
    else this.#counts.set(namespace, left);
    if (this.#tunnels.size === 0) this.#onEmpty?.();
  }
}

/** What an event says about a tunnel. */
function about(tunnel: OpenTunnel) {
  const { id, trackingId, hybridConnection, senderAddress, listenerAddress, listenerId } = tunnel;
  const { policy, key } = rightOf(tunnel.grant);
  return {
    namespace: hybridConnection.namespace.name,
    hybridConnection: hybridConnection.name,
    trackingId,
    tunnelId: id,
    senderAddress,
    listenerAddress,
    listenerId,
    policy,
    key,
  };
}

/** A tunnel that is in the table. There may be ten thousand of them, so it keeps no more than it must. */
class OpenTunnel implements Tunnel {
  readonly id = flat(randomUUID());
  readonly hybridConnection: HybridConnection;
  readonly trackingId: string;
  readonly grant: Grant | undefined;
  readonly listenerId: string | undefined;
  readonly senderAddress: string;
  readonly listenerAddress: string;
  #bridge!: Bridge;
  readonly #sender: Conduit;
  readonly #listener: Conduit;
  #cutTimer: NodeJS.Timeout | undefined;

  constructor(
    { hybridConnection, trackingId, grant, listenerId }: Meeting,
    readonly openedAtMs: number,
    sender: Leg,
    listener: Leg,
  ) {
    this.hybridConnection = hybridConnection;
    this.trackingId = flat(trackingId);
    this.grant = grant;
    this.listenerId = listenerId;
    this.senderAddress = flat(formatEndpoint(remoteEndpoint(sender.socket)));
    this.listenerAddress = flat(formatEndpoint(remoteEndpoint(listener.socket)));
    this.#sender = Conduit.adopt(sender.socket, sender.head);
    this.#listener = Conduit.adopt(listener.socket, listener.head);
  }

  open(options: BridgeOptions): void {
    this.#bridge = bridge(this.#sender, this.#listener, options);
  }

  get openedAt(): Date {
    return new Date(this.openedAtMs);
  }

  get bytesFromSender(): number {
    return this.#bridge.bytesFromSender;
  }

  get bytesFromListener(): number {
    return this.#bridge.bytesFromListener;
  }

  close(code: number, sentence: string): void {
    this.#bridge.close(code, closeReason(sentence, this.trackingId));
    this.#cutTimer ??= setTimeout(() => this.cut(), CLOSE_GRACE_MS);
  }

  cut(): void {
    this.#sender.reset();
    this.#listener.reset();
  }

  ended(): void {
    clearTimeout(this.#cutTimer);
  }
}
