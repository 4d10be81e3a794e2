/**
 * A sender between its handshake and its 101: held, on offer to listeners, and to be joined or refused.
 *
 * Source: docs/protocol.md, sections 3.1 (the 101 is withheld), 3.2 (id), 3.4 (connectHeaders) and 3.5 (subprotocols).
 * @module
 */

import { randomUUID } from 'node:crypto';
import { connectHeaders, type Refusal, rendezvousId } from '@hybridge/protocol';
import { remoteEndpoint } from '@hybridge/service';
import type { Grant } from '../authorization/authorize.js';
import type { HybridConnection } from '../directory/directory.js';
import type { Handshake } from '../front/handshake.js';
import { offeredProtocols, switchingProtocols } from '../front/switching-protocols.js';
import { listenerChoice } from '../listeners/listener-choice.js';
import type { Offer } from '../listeners/offer.js';
import { HeldSocket } from './held-socket.js';
import type { Waiter } from './rendezvous-table.js';
import type { Leg } from './tunnel-table.js';

/** What a waiting sender is made of. */
export interface WaitingSenderOptions {
  readonly handshake: Handshake;
  readonly hybridConnection: HybridConnection;
  /** By what right it is here; `undefined`: it needs none. */
  readonly grant: Grant | undefined;
  /** What the `Authorization` header held was for the relay. */
  readonly dropAuthorization: boolean;
  /** What rendezvous addresses begin with, if not with the host that the listener used. */
  readonly publicUrl: string | undefined;
  /** The sender went away. */
  readonly onGone: (sender: WaitingSender) => void;
  /** It is to be refused; its socket is no longer held. */
  readonly onRefused: (refusal: Refusal) => void;
}

/** A sender in the rendezvous table. */
export class WaitingSender implements Waiter {
  readonly hybridConnection: HybridConnection;
  readonly offer: Omit<Offer, 'secret'>;
  readonly #options: WaitingSenderOptions;
  readonly #held: HeldSocket;

  constructor(options: WaitingSenderOptions) {
    const { handshake, hybridConnection, publicUrl, dropAuthorization } = options;
    const { request, socket, head, target, trackingId } = handshake;
    this.#options = options;
    this.hybridConnection = hybridConnection;
    this.offer = {
      // One id for all three parties, unless the sender's own is of no use to listeners.
      id: rendezvousId(target.id, target.id === undefined ? () => trackingId : randomUUID),
      base: publicUrl,
      rawPath: target.rawPath,
      appQuery: target.appQuery,
      connectHeaders: connectHeaders(request.rawHeaders, { dropAuthorization }),
      remoteEndpoint: remoteEndpoint(socket),
      choice: listenerChoice(request.headers),
    };
    this.#held = new HeldSocket(socket, head, () => options.onGone(this));
  }

  get grant(): Grant | undefined {
    return this.#options.grant;
  }

  get trackingId(): string {
    return this.#options.handshake.trackingId;
  }

  /**
   * Ends the wait with a 101.
   * @param chosen - the listener's subprotocol; the sender gets it if it is one that the sender named.
   */
  accept(chosen: string | undefined): Leg {
    const { socket, request } = this.#options.handshake;
    const head = this.#held.release();
    const named = offeredProtocols(request.headers['sec-websocket-protocol']) ?? [];
    const agreed = chosen !== undefined && named.includes(chosen) ? chosen : undefined;
    socket.write(switchingProtocols(request.headers['sec-websocket-key']!, agreed), 'latin1');
    return { socket, head };
  }

  onRefused(refusal: Refusal): void {
    this.#held.release();
    this.#options.onRefused(refusal);
  }
}
