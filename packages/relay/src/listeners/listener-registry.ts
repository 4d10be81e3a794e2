/**
 * The control channels that this relay holds, by hybrid connection.
 *
 * A place is taken before the handshake is answered, so that a listener which is told it is online can be reached, and
 * so that a hundred that come at once do not pass the limit together.
 *
 * Source: docs/protocol.md, sections 2.2 (26th listener) and 2.9 (reconnecting).
 * @module
 */

import type { Duplex } from 'node:stream';
import type { Refusal, Response } from '@hybridge/protocol';
import { CloseCode } from '@hybridge/protocol';
import { Heartbeat } from '@hybridge/socket';
import type { WebSocket } from 'ws';
import { granteeOf, isSameGrantee, keyOf, operationOf } from '../authorization/authorize.js';
import type { AuthorizationRule, HybridConnection, KeySlot } from '../directory/directory.js';
import type { RequestOffer, RequestOfferReply } from '../http/request-offer.js';
import type { Journal } from '../journal.js';
import type { Meter } from '../metrics/meter.js';
import { RemoteListeners } from '../workers/remote-listeners.js';
import type { PlaceRequest, Seat } from '../workers/seat.js';
import type { Announcement, Backplane } from './backplane.js';
import { ControlChannel, type ControlChannelOptions } from './control-channel.js';
import { ListenerCalls } from './listener-calls.js';
import type { Offer, OfferReply } from './offer.js';

/** What a registry works with. */
export interface ListenerRegistryOptions {
  readonly backplane: Backplane;
  readonly journal: Journal;
  readonly meter?: Meter;
  readonly pingIntervalMs: number;
  /** A channel ended; senders that were offered to it need another. Must not reject. */
  readonly onGone: (listenerId: string) => Promise<void>;
  /** A listener, by its key, answers an HTTP request. */
  readonly onResponse: (listenerKey: string, response: Response, body: Buffer | undefined) => void;
  /** Absent: there are no other workers. */
  readonly seat?: Seat | undefined;
  readonly now?: () => number;
}

/** A place for a listener, taken and not yet filled. */
export interface ListenerPlace {
  /** The handshake is answered: the listener is registered, and takes over from an earlier channel of its own. */
  fill(socket: WebSocket, connection: Duplex): void;
  /** The handshake failed. */
  giveUp(): void;
}

/** Who listens. */
export class ListenerRegistry {
  readonly #options: ListenerRegistryOptions;
  readonly #channels = new Map<HybridConnection, Set<ControlChannel>>();
  /** The same sets, by the paths of their hybrid connections. */
  readonly #byPath = new Map<string, ReadonlySet<ControlChannel>>();
  readonly #byId = new Map<string, ControlChannel>();
  /** Listeners of other workers. */
  readonly remotes: RemoteListeners | undefined;
  readonly #calls: ListenerCalls;
  readonly #heartbeat: Heartbeat;

  constructor(options: ListenerRegistryOptions) {
    this.#options = options;
    const { seat, backplane, now = Date.now, onGone } = options;
    this.#calls = new ListenerCalls({
      here: (path) => this.#byPath.get(path) ?? [],
      elsewhere: (path) => this.remotes?.of(path) ?? [],
      onLapses: (channel) => this.#tellLapses(channel),
    });
    this.remotes =
      seat &&
      new RemoteListeners({
        backplane,
        seat,
        now,
        onOffer: (listener, offer) => this.#calls.onOffer(listener, listener.entry.path, offer),
        onRequest: (listener, offer) => this.#calls.onRequest(listener, listener.entry.path, offer),
        onGone,
      });
    this.#heartbeat = new Heartbeat(options.pingIntervalMs);
  }

  /** The channels of one hybrid connection that are held here, opening ones included. */
  of(hybridConnection: HybridConnection): ReadonlySet<ControlChannel> {
    return this.#channels.get(hybridConnection) ?? new Set();
  }

  /** How many listeners a hybrid connection has that can be called, those of other workers included. */
  countOf(hybridConnection: HybridConnection): number {
    const here = [...this.of(hybridConnection)].filter((channel) => channel.online).length;
    return here + (this.remotes?.of(hybridConnection.backplanePath).size ?? 0);
  }

  /** Takes a place and announces it; `undefined` when there is none left. */
  async take(
    options: Omit<ControlChannelOptions, 'onEnd' | 'onResponse'>,
  ): Promise<ListenerPlace | undefined> {
    const { seat } = this.#options;
    const { hybridConnection, now } = options;
    const path = hybridConnection.backplanePath;
    const channels = this.#channels.get(hybridConnection) ?? new Set();
    const { listenersPerHybridConnection } = hybridConnection.namespace.limits;
    let earlier: ControlChannel | undefined;
    // With other workers it is not decided here.
    if (seat === undefined) {
      earlier = [...channels].find((channel) => isSameListener(channel, options));
      if (channels.size - (earlier === undefined ? 0 : 1) >= listenersPerHybridConnection) return undefined;
    }

    let announcement: Announcement | undefined;
    let slot: number | undefined;
    const channel = new ControlChannel({
      ...options,
      onResponse: (response, body) => this.#options.onResponse(channel.listenerKey, response, body),
      onEnd: ({ code, reason, expired, recycled, refusal }) => {
        announcement?.withdraw();
        if (slot !== undefined) this.#heartbeat.leave(channel, slot);
        channels.delete(channel);
        this.#byId.delete(channel.id);
        if (channels.size === 0) {
          this.#channels.delete(hybridConnection);
          if (this.#byPath.get(path) === channels) this.#byPath.delete(path);
        }
        seat?.left(channel.id, recycled === true);
        // It never was a listener: its handshake failed.
        if (slot === undefined) return;
        this.#options.meter?.counters.listenerClosed(hybridConnection);
        // In the place of a key that was revoked is another one, by which nobody was here.
        if (!channel.isRevoked) this.#options.meter?.keyUse.used(hybridConnection, channel.grant);
        if (refusal !== undefined) this.#tellRefusal(channel, refusal);
        this.#options.journal.record('listener-unregistered', {
          ...describeWhole(channel),
          durationMs: now() - channel.openedAt.getTime(),
          operationName: expired ? 'ListenerClosingFromExpiredToken' : 'ListenerUnregistered',
          closeCode: code,
          reason,
        });
        if (!recycled) void this.#options.onGone(channel.id);
      },
    });
    this.#channels.set(hybridConnection, channels.add(channel));
    this.#byPath.set(path, channels);
    this.#byId.set(channel.id, channel);
    try {
      announcement = await this.#options.backplane.announce(
        path,
        (offer) => this.#calls.onOffer(channel, path, offer),
        (offer) => this.#calls.onRequest(channel, path, offer),
        (offer) => this.#calls.onSender(channel, path, offer),
      );
      const place = seat && placeRequest(channel);
      if (place !== undefined && !(await seat!.take(place, listenersPerHybridConnection))) {
        channel.cut('There is no place left');
        return undefined;
      }
    } catch (error) {
      channel.cut('The backplane failed');
      throw error;
    }

    // It may have been closed, with its hybrid connection, while the backplane was asked.
    if (channel.ended) announcement.withdraw();

    return {
      fill: (socket, connection) => {
        if (channel.ended) return socket.close(CloseCode.goingAway);
        slot = this.#heartbeat.join(channel);
        channel.open(socket, connection);
        this.#options.meter?.counters.listenerOpened(hybridConnection);
        this.#options.journal.record('listener-registered', {
          ...describeWhole(channel),
          operationName: 'NewListenerRegistered',
        });
        seat?.opened(channel.id);
        earlier?.close(CloseCode.goingAway, SUPERSEDED);
      },
      giveUp: () => channel.cut('The handshake failed'),
    };
  }

  /** A listener that is here sent a token that it cannot be here by. */
  #tellRefusal(channel: ControlChannel, refusal: Refusal): void {
    const { hybridConnection, remoteAddress } = channel.options;
    this.#options.meter?.counters.refused(hybridConnection, undefined, 'renewToken', refusal);
    this.#options.journal.record('refused', {
      ...describe(channel),
      operationName: operationOf(refusal),
      action: 'renewToken',
      status: refusal.status,
      code: refusal.code,
      reason: refusal.reason,
      remoteAddress,
    });
  }

  /** A listener dialled, for whatever answer. Ids of channels that are gone are passed over. */
  answered(listenerId: string): void {
    this.remotes?.get(listenerId)?.came();
    const channel = this.#byId.get(listenerId);
    if (channel === undefined) return;
    const missed = channel.punctuality.misses > 0;
    channel.punctuality.came();
    if (missed) this.#tellLapses(channel);
  }

  /** A listener did not dial in time. */
  late(listenerId: string): void {
    this.remotes?.get(listenerId)?.late();
    const channel = this.#byId.get(listenerId);
    if (channel === undefined) return;
    const isPassedOverNow = channel.punctuality.missed();
    this.#tellLapses(channel);
    if (!isPassedOverNow) return;
    this.#options.journal.record('listener-slow', {
      ...describe(channel),
      operationName: 'ListenerUnresponsive',
      misses: channel.punctuality.misses,
      passedOverUntil: channel.punctuality.passedOverUntil!,
    });
  }

  /**
   * Keys of a policy were rolled. Closes the channels of those who came by a key that is gone.
   * @param slotOf - where a key now is that was in this place before; `undefined`: nowhere
   */
  keysRolled(rule: AuthorizationRule, slotOf: (before: KeySlot) => KeySlot | undefined): void {
    for (const channel of [...this.#byId.values()]) {
      const { grant } = channel;
      if (grant.type === 'policy' && grant.rule === rule) channel.rekey(slotOf(grant.key));
    }
  }

  /** A policy does not give the right to listen any more. Closes the channels of those who came by it. */
  rightLost(rule: AuthorizationRule): void {
    for (const channel of [...this.#byId.values()]) {
      const { grant } = channel;
      if (grant.type !== 'policy' || grant.rule !== rule) continue;
      channel.close(
        CloseCode.policyViolation,
        'Unauthorized: The policy no longer gives the right to listen.',
      );
    }
  }

  /** Closes the channels of one hybrid connection, or of all. */
  close(code: number, sentence: string, hybridConnection?: HybridConnection): void {
    for (const [owner, channels] of [...this.#channels]) {
      if (hybridConnection !== undefined && owner !== hybridConnection) continue;
      for (const channel of [...channels]) channel.close(code, sentence);
    }
  }

  /** Whether a listener, by its key, has a control channel, here or at another worker. */
  has(hybridConnection: HybridConnection, listenerKey: string): boolean {
    const elsewhere = this.remotes?.of(hybridConnection.backplanePath) ?? [];
    return [...this.of(hybridConnection), ...elsewhere].some(
      (listener) => listener.online && listener.listenerKey === listenerKey,
    );
  }

  /** Another worker has a sender for a listener that is here. */
  async call(listenerId: string, offer: Offer): Promise<OfferReply> {
    const channel = this.#byId.get(listenerId);
    return channel === undefined ? { type: 'gone' } : this.#calls.offerTo(channel, offer);
  }

  /** Another worker has an HTTP request for a listener that is here. */
  async callForRequest(listenerId: string, offer: RequestOffer): Promise<RequestOfferReply> {
    const channel = this.#byId.get(listenerId);
    if (channel === undefined) return { type: 'gone' };
    if (!channel.online) await channel.settled;
    return channel.request(offer);
  }

  /** A listener that is here has opened another control channel, at another worker. */
  supersede(listenerId: string): void {
    this.#byId.get(listenerId)?.close(CloseCode.goingAway, SUPERSEDED);
  }

  #tellLapses({ id, punctuality }: ControlChannel): void {
    const { misses, passedOverUntil } = punctuality;
    this.#options.seat?.tellLapses(id, { misses, passedOverUntil });
  }
}

/** Sent to a listener's earlier control channel. */
const SUPERSEDED = 'The listener has opened another control channel.';

/** What the other workers are told of a listener that wants a place. */
function placeRequest({ id, options, grant, listenerKey }: ControlChannel): PlaceRequest {
  const { clientId, hybridConnection } = options;
  const path = hybridConnection.backplanePath;
  const isOwnRule =
    grant.type === 'policy' && hybridConnection.authorizationRules.get(grant.rule.name) === grant.rule;
  const issuer = grant.type === 'policy' ? undefined : grant.issuer;
  // The same for those whom `isSameListener` takes for the same.
  const identity =
    clientId && JSON.stringify([clientId, grant.type, isOwnRule, issuer ?? null, granteeOf(grant)]);
  return { id, path, clientId, listenerKey, identity };
}

/** A listener that comes back has the id it had, and a token of the same policy. */
function isSameListener(
  { options }: ControlChannel,
  next: Pick<ControlChannelOptions, 'clientId' | 'grant'>,
): boolean {
  return (
    next.clientId !== undefined &&
    options.clientId === next.clientId &&
    isSameGrantee(options.grant, next.grant)
  );
}

function describe({ id, options }: ControlChannel) {
  return {
    namespace: options.hybridConnection.namespace.name,
    hybridConnection: options.hybridConnection.name,
    trackingId: options.trackingId,
    listenerId: id,
  };
}

function describeWhole(channel: ControlChannel) {
  return {
    ...describe(channel),
    remoteAddress: channel.options.remoteAddress,
    policy: granteeOf(channel.grant),
    key: keyOf(channel.grant),
  };
}
