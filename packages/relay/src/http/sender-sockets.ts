/**
 * Tells exchanges when their sender has gone: one listener for each connection, however many requests come on it, at
 * once or one after the other.
 * @module
 */
import type { Socket } from 'node:net';

/** Whoever wants to know. */
export interface Abandoned {
  senderGone(): void;
}

/** The connections of senders. */
export class SenderSockets {
  readonly #waiting = new WeakMap<Socket, Set<Abandoned>>();

  /** Calls back when the connection is gone; at once if it is gone already. */
  watch(socket: Socket, exchange: Abandoned): void {
    if (socket.destroyed) {
      exchange.senderGone();
      return;
    }
    let waiting = this.#waiting.get(socket);
    if (waiting === undefined) {
      waiting = new Set();
      this.#waiting.set(socket, waiting);
      socket.once('close', () => this.abandon(socket));
    }
    waiting.add(exchange);
  }

  /** The connection is of no use any more. */
  abandon(socket: Socket): void {
    for (const exchange of [...(this.#waiting.get(socket) ?? [])]) exchange.senderGone();
  }

  /** The exchange is over. */
  forget(socket: Socket, exchange: Abandoned): void {
    this.#waiting.get(socket)?.delete(exchange);
  }
}
