/**
 * The control channels that this relay holds, by hybrid connection.
 *
 * A place is taken before the handshake is answered, so that a listener which is told it is online can be reached, and
 * so that a hundred that come at once do not pass the limit together.
 *
 * Source: docs/protocol.md, sections 2.2 (26th listener) and 2.9 (reconnecting).
 * @module
 */

import type { Writable } from 'node:stream';
import type { Response } from '@hybridge/protocol';
import { CloseCode } from '@hybridge/protocol';
import { Heartbeat } from '@hybridge/socket';
import type { WebSocket } from 'ws';
import { granteeOf, isSameGrantee } from './authorize.js';
import type { Announcement, Backplane } from './backplane.js';
import { ControlChannel, type ControlChannelOptions } from './control-channel.js';
import type { AuthorizationRule, HybridConnection, KeySlot } from './directory.js';
import type { Journal } from './journal.js';
import { isChosen } from './listener-choice.js';
import { decodeOffer, encode, type Offer, type OfferReply } from './offer.js';
import {
  decodeRequestOffer,
  encodeRequestReply,
  isRequestOffer,
  type RequestOffer,
  type RequestOfferReply,
} from './request-offer.js';

/** What a registry works with. */
export interface ListenerRegistryOptions {
  readonly backplane: Backplane;
  readonly journal: Journal;
  readonly pingIntervalMs: number;
  /** A channel ended; senders that were offered to it need another. Must not reject. */
  readonly onGone: (listenerId: string) => Promise<void>;
  /** A listener, by its key, answers an HTTP request. */
  readonly onResponse: (listenerKey: string, response: Response, body: Buffer | undefined) => void;
}

/** A place for a listener, taken and not yet filled. */
export interface ListenerPlace {
  /** The handshake is answered: the listener is registered, and takes over from an earlier channel of its own. */
  fill(socket: WebSocket, connection: Writable): void;
  /** The handshake failed. */
  giveUp(): void;
}

/** Who listens. */
export class ListenerRegistry {
  readonly #options: ListenerRegistryOptions;
  readonly #channels = new Map<HybridConnection, Set<ControlChannel>>();
  readonly #byId = new Map<string, ControlChannel>();
  readonly #heartbeat: Heartbeat;

  constructor(options: ListenerRegistryOptions) {
    this.#options = options;
    this.#heartbeat = new Heartbeat(options.pingIntervalMs);
  }

  /** The channels of one hybrid connection, opening ones included. */
  of(hybridConnection: HybridConnection): ReadonlySet<ControlChannel> {
    return this.#channels.get(hybridConnection) ?? new Set();
  }

  /** Takes a place and announces it; `undefined` when there is none left. */
  async take(
    options: Omit<ControlChannelOptions, 'onEnd' | 'onResponse'>,
  ): Promise<ListenerPlace | undefined> {
    const { hybridConnection } = options;
    const channels = this.#channels.get(hybridConnection) ?? new Set();
    const earlier = [...channels].find((channel) => isSameListener(channel, options));
    const { listenersPerHybridConnection } = hybridConnection.namespace.limits;
    if (channels.size - (earlier === undefined ? 0 : 1) >= listenersPerHybridConnection) return undefined;

    let announcement: Announcement | undefined;
    let leaveHeartbeat: (() => void) | undefined;
    const channel = new ControlChannel({
      ...options,
      onResponse: (response, body) => this.#options.onResponse(channel.listenerKey, response, body),
      onEnd: ({ code, reason, expired, recycled }) => {
        announcement?.withdraw();
        leaveHeartbeat?.();
        channels.delete(channel);
        this.#byId.delete(channel.id);
        if (channels.size === 0) this.#channels.delete(hybridConnection);
        // It never was a listener: its handshake failed.
        if (leaveHeartbeat === undefined) return;
        this.#options.journal.record('listener-unregistered', {
          ...describe(channel),
          operationName: expired ? 'ListenerClosingFromExpiredToken' : 'ListenerUnregistered',
          closeCode: code,
          reason,
        });
        if (!recycled) void this.#options.onGone(channel.id);
      },
    });
    this.#channels.set(hybridConnection, channels.add(channel));
    this.#byId.set(channel.id, channel);
    try {
      announcement = await this.#options.backplane.announce(hybridConnection.backplanePath, (offer) =>
        this.#onOffer(channel, offer),
      );
    } catch (error) {
      channel.cut('The backplane failed');
      throw error;
    }

    // It may have been closed, with its hybrid connection, while the backplane was asked.
    if (channel.ended) announcement.withdraw();

    return {
      fill: (socket, connection) => {
        if (channel.ended) return socket.close(CloseCode.goingAway);
        leaveHeartbeat = this.#heartbeat.join(channel);
        channel.open(socket, connection);
        this.#options.journal.record('listener-registered', {
          ...describe(channel),
          operationName: 'NewListenerRegistered',
          remoteAddress: options.remoteAddress,
          policy: granteeOf(channel.grant),
        });
        earlier?.close(CloseCode.goingAway, 'The listener has opened another control channel.');
      },
      giveUp: () => channel.cut('The handshake failed'),
    };
  }

  /** A listener dialled, for whatever answer. Ids of channels that are not here are passed over. */
  answered(listenerId: string): void {
    this.#byId.get(listenerId)?.punctuality.came();
  }

  /** A listener did not dial in time. */
  late(listenerId: string): void {
    const channel = this.#byId.get(listenerId);
    if (channel === undefined || !channel.punctuality.missed()) return;
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

  /** Closes the channels of one hybrid connection, or of all. */
  close(code: number, sentence: string, hybridConnection?: HybridConnection): void {
    for (const [owner, channels] of [...this.#channels]) {
      if (hybridConnection !== undefined && owner !== hybridConnection) continue;
      for (const channel of [...channels]) channel.close(code, sentence);
    }
  }

  /** Whether a listener, by its key, has a control channel. */
  has(hybridConnection: HybridConnection, listenerKey: string): boolean {
    return [...this.of(hybridConnection)].some(
      (channel) => channel.online && channel.listenerKey === listenerKey,
    );
  }

  #onOffer(picked: ControlChannel, offer: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (!isRequestOffer(offer)) return this.#pass(picked, decodeOffer(offer)).then(encode);
    const request = decodeRequestOffer(offer);
    // At once, where that is possible: there may be thousands of requests a second.
    if (picked.online) return encodeRequestReply(this.#passRequest(picked, request));
    return picked.settled.then(() => encodeRequestReply(this.#passRequest(picked, request)));
  }

  #passRequest(picked: ControlChannel, request: RequestOffer): RequestOfferReply {
    let reply: RequestOfferReply = { type: 'not-chosen' };
    for (const channel of this.#candidates(picked, request)) {
      reply = channel.request(request);
      if (reply.type !== 'gone' && reply.type !== 'busy') return reply;
    }
    return reply;
  }

  /** Passes an offer on to the channel that was picked or, if that may not be, to another one here. */
  async #pass(picked: ControlChannel, offer: Offer): Promise<OfferReply> {
    let reply: OfferReply = { type: 'not-chosen' };
    for (const channel of this.#candidates(picked, offer)) {
      reply = await channel.offer(offer);
      if (reply.type !== 'gone') return reply;
    }
    return reply;
  }

  /** First the one that was picked, then the others by chance; those that do not come when called last of all. */
  #candidates(picked: ControlChannel, { choice }: Pick<Offer, 'choice'>): ControlChannel[] {
    const others = [...this.of(picked.options.hybridConnection)].filter(
      (channel) => channel !== picked && channel.online,
    );
    const all = [picked, ...shuffled(others)].filter((channel) =>
      isChosen(choice, channel.id, channel.options.clientId),
    );
    const late = all.filter((channel) => channel.punctuality.isPassedOver);
    return late.length === 0 ? all : [...all.filter((channel) => !late.includes(channel)), ...late];
  }
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

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[]): Item[] {
  const deck = [...items];
  for (let last = deck.length - 1; last > 0; last -= 1) {
    const chosen = Math.floor(Math.random() * (last + 1));
    [deck[last], deck[chosen]] = [deck[chosen]!, deck[last]!];
  }
  return deck;
}

function describe({ id, options }: ControlChannel) {
  return {
    namespace: options.hybridConnection.namespace.name,
    hybridConnection: options.hybridConnection.name,
    trackingId: options.trackingId,
    listenerId: id,
  };
}
