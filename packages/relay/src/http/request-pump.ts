/**
 * Moves the body of a request to a listener, as fast as the listener takes it.
 * @module
 */
import type { IncomingMessage } from 'node:http';

/** Takes a piece of the body. @returns `false` when {@link RequestPump.resume} will say that there is room again. */
export type SendPiece = (piece: Uint8Array, last: boolean) => boolean;

/** A body on its way. */
export class RequestPump {
  readonly #request: IncomingMessage;
  readonly #send: SendPiece;
  /** Bytes still to come, where the request says how many there are. */
  #remaining: number | undefined;
  #over = false;

  /** @param early - what was read of the body before */
  constructor(request: IncomingMessage, early: readonly Uint8Array[], send: SendPiece) {
    this.#request = request;
    this.#send = send;
    const length = request.headers['content-length'];
    this.#remaining = length === undefined ? undefined : Number(length);
    request.on('data', this.#onData).once('end', this.#onEnd).resume();
    for (const piece of early) this.#onData(piece);
  }

  /** There is room again. */
  resume(): void {
    if (!this.#over) this.#request.resume();
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#over = true;
    this.#request.off('data', this.#onData).off('end', this.#onEnd);
  }

  readonly #onData = (piece: Uint8Array): void => {
    if (this.#over) return;
    if (this.#remaining !== undefined) this.#remaining -= piece.length;
    // Where the end is known, it goes with the last bytes: an empty fragment is more than some clients expect.
    this.#over = this.#remaining === 0;
    if (!this.#send(piece, this.#over)) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    if (this.#over) return;
    this.#over = true;
    this.#send(NOTHING, true);
  };
}

const NOTHING = new Uint8Array(0);
