/**
 * A sender's socket while it waits for a listener.
 *
 * It is read, since otherwise nobody would notice that the sender has gone; but what it sends before its 101 is kept
 * only up to a limit, and then reading stops, so that TCP holds the rest back.
 * @module
 */
import type { Socket } from 'node:net';

/** Bytes kept of a sender that speaks before it is answered. No client does; the bytes are still part of its stream. */
const MAX_EARLY_BYTES = 65_536;

/** Watches over a socket until it is released or its peer is gone. */
export class HeldSocket {
  readonly #socket: Socket;
  readonly #early: Buffer[] = [];
  readonly #gone: () => void;
  #earlyBytes = 0;

  /**
   * @param head - bytes that came with the request
   * @param onGone - called when the peer closed or cut the connection; the socket is destroyed then
   */
  constructor(socket: Socket, head: Buffer, onGone: () => void) {
    this.#socket = socket;
    this.#gone = () => {
      this.#release();
      socket.destroy();
      onGone();
    };
    socket.on('data', this.#keep).once('end', this.#gone).once('close', this.#gone);
    if (head.length > 0) this.#keep(head);
  }

  /** The socket itself, for its addresses. */
  get socket(): Socket {
    return this.#socket;
  }

  /** Ends the watch. Returns the bytes that came early; the socket is paused. */
  release(): Buffer {
    this.#release();
    this.#socket.pause();
    return Buffer.concat(this.#early.splice(0));
  }

  readonly #keep = (bytes: Buffer): void => {
    this.#early.push(bytes);
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes >= MAX_EARLY_BYTES) this.#socket.pause();
  };

  #release(): void {
    this.#socket.off('data', this.#keep).off('end', this.#gone).off('close', this.#gone);
  }
}
