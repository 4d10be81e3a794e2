/**
 * The control channels that this relay holds, by hybrid connection.
 *
 * A place is taken before the handshake is answered, so that a listener which is told it is online can be reached, and
 * so that a hundred that come at once do not pass the limit together.
 *
 * Source: docs/protocol.md, sections 2.2 (26th listener) and 2.9 (reconnecting).
 * @module
 */
import { CloseCode } from '@hybridge/protocol';
import { Heartbeat } from '@hybridge/socket';
import type { WebSocket } from 'ws';
import type { Announcement, Backplane } from './backplane.js';
import { ControlChannel, type ControlChannelOptions } from './control-channel.js';
import type { HybridConnection } from './directory.js';
import type { Journal } from './journal.js';
import { decodeOffer, encode } from './offer.js';

/** What a registry works with. */
export interface ListenerRegistryOptions {
  readonly backplane: Backplane;
  readonly journal: Journal;
  /** Listeners of one hybrid connection. */
  readonly maxListeners: number;
  readonly pingIntervalMs: number;
  /** A channel ended; senders that were offered to it need another. Must not reject. */
  readonly onGone: (listenerId: string) => Promise<void>;
}

/** A place for a listener, taken and not yet filled. */
export interface ListenerPlace {
  /** The handshake is answered: the listener is registered, and takes over from an earlier channel of its own. */
  fill(socket: WebSocket): void;
  /** The handshake failed. */
  giveUp(): void;
}

/** Who listens. */
export class ListenerRegistry {
  readonly #options: ListenerRegistryOptions;
  readonly #channels = new Map<HybridConnection, Set<ControlChannel>>();
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
  async take(options: Omit<ControlChannelOptions, 'onEnd'>): Promise<ListenerPlace | undefined> {
    const { hybridConnection } = options;
    const channels = this.#channels.get(hybridConnection) ?? new Set();
    const earlier = [...channels].find((channel) => isSameListener(channel, options));
    if (channels.size - (earlier === undefined ? 0 : 1) >= this.#options.maxListeners) return undefined;

    let announcement: Announcement | undefined;
    let leaveHeartbeat: (() => void) | undefined;
    const channel = new ControlChannel({
      ...options,
      onEnd: ({ code, reason, expired }) => {
        announcement?.withdraw();
        leaveHeartbeat?.();
        channels.delete(channel);
        if (channels.size === 0) this.#channels.delete(hybridConnection);
        // It never was a listener: its handshake failed.
        if (leaveHeartbeat === undefined) return;
        this.#options.journal.record('listener-unregistered', {
          ...describe(channel),
          operationName: expired ? 'ListenerClosingFromExpiredToken' : 'ListenerUnregistered',
          closeCode: code,
          reason,
        });
        void this.#options.onGone(channel.id);
      },
    });
    this.#channels.set(hybridConnection, channels.add(channel));
    try {
      announcement = await this.#options.backplane.announce(hybridConnection.backplanePath, async (request) =>
        encode(await channel.offer(decodeOffer(request))),
      );
    } catch (error) {
      channel.cut('The backplane failed');
      throw error;
    }

    // It may have been closed, with its hybrid connection, while the backplane was asked.
    if (channel.ended) announcement.withdraw();

    return {
      fill: (socket) => {
        if (channel.ended) return socket.close(CloseCode.goingAway);
        leaveHeartbeat = this.#heartbeat.join(channel);
        channel.open(socket);
        this.#options.journal.record('listener-registered', {
          ...describe(channel),
          operationName: 'NewListenerRegistered',
          remoteAddress: options.remoteAddress,
          policy: channel.grant.rule.name,
        });
        earlier?.close(CloseCode.goingAway, 'The listener has opened another control channel.');
      },
      giveUp: () => channel.cut('The handshake failed'),
    };
  }

  /** Closes the channels of one hybrid connection, or of all. */
  close(code: number, sentence: string, hybridConnection?: HybridConnection): void {
    for (const [owner, channels] of [...this.#channels]) {
      if (hybridConnection !== undefined && owner !== hybridConnection) continue;
      for (const channel of [...channels]) channel.close(code, sentence);
    }
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
    options.grant.rule === next.grant.rule
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
