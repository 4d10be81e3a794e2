/**
 * What becomes of a listener's handshake at a rendezvous address: it meets the sender that waits there, sends it away, or comes
 * for an HTTP request.
 *
 * The secret in the address is the whole authorization. Whoever knows it was told it by this relay, and it works once.
 *
 * Source: docs/protocol.md, sections 3 and 4.
 * @module
 */
import { parseTargetFailure, type Refusal, refusals } from '@hybridge/protocol';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import type { HttpRelay } from '../http/http-relay.js';
import type { Journal } from '../journal.js';
import type { RendezvousTable } from '../tunnels/rendezvous-table.js';
import type { TunnelTable } from '../tunnels/tunnel-table.js';
import type { WaitingSender } from '../tunnels/waiting-sender.js';
import { baseOf, type Handshake, trackingOf } from './handshake.js';
import { refuse } from './refuse.js';
import { offeredProtocols, switchingProtocols } from './switching-protocols.js';

/** Who waits for listeners to come. */
export interface RendezvousHandshakesOptions {
  readonly rendezvous: RendezvousTable<WaitingSender>;
  readonly tunnels: TunnelTable;
  readonly http: HttpRelay;
  readonly journal: Journal;
  /** Whether this relay's own port is TLS. */
  readonly secure: boolean;
  readonly now: () => number;
}

/** Handles them. Each answers with a refusal, unless the connection was taken. */
export class RendezvousHandshakes {
  readonly #options: RendezvousHandshakesOptions;

  constructor(options: RendezvousHandshakesOptions) {
    this.#options = options;
  }

  /** A listener dials a rendezvous address, to meet the sender there or to send it away. */
  accept(handshake: Handshake): Refusal | undefined {
    const { request, socket, head, target } = handshake;
    const { rendezvous, tunnels } = this.#options;
    const secret = target.rendezvous;
    if (secret === undefined) {
      return refusals.badRequest('the rendezvous address lacks its last part');
    }
    const sender = rendezvous.find(secret);
    if (sender === undefined) return refusals.rendezvousGone();
    handshake.hybridConnection = sender.hybridConnection;
    handshake.namespace = sender.hybridConnection.namespace;
    if (target.reject !== undefined) {
      this.#reject(handshake, sender, secret, target.reject);
      refuse(socket, refusals.rejectDelivered(), trackingOf(handshake, this.#options.now()));
      return undefined;
    }
    const listenerId = rendezvous.listenerOf(secret);
    if (this.#options.journal.hears('listener-accepting')) {
      this.#options.journal.record('listener-accepting', {
        ...this.#aboutAccept(handshake, sender, secret),
        operationName: 'ListenerAcceptingConnection',
      });
    }
    rendezvous.meet(secret);

    const chosen = offeredProtocols(request.headers['sec-websocket-protocol'])?.[0];
    socket.write(switchingProtocols(request.headers['sec-websocket-key']!, chosen), 'latin1');
    const { hybridConnection, trackingId, grant } = sender;
    tunnels.join({ hybridConnection, trackingId, grant, listenerId }, sender.accept(chosen), {
      socket,
      head,
    });
    return undefined;
  }

  /** A listener dials the address of an HTTP request. Only one that no relay can have made is refused. */
  request(handshake: Handshake): Refusal | undefined {
    const { request, socket, head, target } = handshake;
    const secret = target.rendezvous;
    if (secret === undefined) return refusals.badRequest('the rendezvous address lacks its last part');
    if (!SECRET.test(secret)) return refusals.rendezvousGone();
    const chosen = offeredProtocols(request.headers['sec-websocket-protocol'])?.[0];
    socket.write(switchingProtocols(request.headers['sec-websocket-key']!, chosen), 'latin1');
    this.#options.http.meet(target.id, secret, { socket, head }, baseOf(handshake, this.#options.secure));
    return undefined;
  }

  /** A target that cannot be reached from one listener may be reached from the next; any other no is the answer. */
  #reject(
    handshake: Handshake,
    sender: WaitingSender,
    secret: string,
    { status, description }: { status: number; description: string },
  ): void {
    const { rendezvous, journal } = this.#options;
    const refusal = refusals.rejectedByListener(status, description);
    if (parseTargetFailure(status, refusal.reason) === undefined) {
      rendezvous.meet(secret)?.onRefused(refusal);
      return;
    }
    journal.record('listener-declined', {
      ...this.#aboutAccept(handshake, sender, secret),
      operationName: 'ListenerRejectedConnection',
      status: refusal.status,
      reason: refusal.reason,
    });
    void rendezvous.declined(secret, refusal);
  }

  #aboutAccept({ socket }: Handshake, { hybridConnection, trackingId }: WaitingSender, secret: string) {
    return {
      namespace: hybridConnection.namespace.name,
      hybridConnection: hybridConnection.name,
      trackingId,
      listenerId: this.#options.rendezvous.listenerOf(secret),
      remoteAddress: formatEndpoint(remoteEndpoint(socket)),
    };
  }
}

/** 16 bytes in base64url. */
const SECRET = /^[\w-]{22}$/;
