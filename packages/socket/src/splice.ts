/**
 * Joins a plain socket and a tunnel so that each end sees what the other did: data, end of data, failure.
 *
 * It works below the streams. Near to tunnel: bytes are masked in the buffer that they were read into and written from
 * there; tunnel to near: payload is written from where it was received. Reading stops while the other side has not
 * taken the last bytes, so each direction holds one buffer, whatever waits behind it. A FIN becomes a Close frame and
 * the reverse, each direction on its own; a reset or a cut becomes a reset.
 * @module
 */
import type net from 'node:net';
import type { Channel } from './channel.js';
import { Conduit, type ConduitSink } from './conduit.js';
import { join, type Tunnel } from './joining.js';
import type { TakenChannel } from './taken-channel.js';

/** How a splice came to its end. */
export interface SpliceEnd {
  /** `finished`: both directions were closed in order. Otherwise the side that failed, or `local` for `destroy()`. */
  readonly reason: 'finished' | 'near failed' | 'tunnel failed' | 'local';
  /** What failed, where something did. */
  readonly error: Error | undefined;
  readonly bytesToTunnel: number;
  readonly bytesFromTunnel: number;
}

/** Two connections joined. */
export interface Splice {
  readonly bytesToTunnel: number;
  readonly bytesFromTunnel: number;
  /** Resolves, and never rejects, once both connections are gone. */
  readonly closed: Promise<SpliceEnd>;
  /** Cuts both sides; each sees a failure. */
  destroy(error?: Error): void;
}

/** Whom a splice tells while it goes on. */
export interface SpliceOptions {
  /**
   * What is near has ended, and all of it has left into the tunnel, the end included; or that cannot leave, and the splice is
   * about to fail. Called at most once. @defaultValue tells nobody
   */
  readonly onEndSent?: () => void;
}

/**
 * Joins the two, now or as soon as `tunnel` is open. Both belong to the splice from here on: do not read, write,
 * pause or destroy them.
 *
 * @param near - an open connection of this network. If the tunnel does not open, it is reset.
 * @param tunnel - a relayed connection, open or opening.
 */
export function splice(
  near: net.Socket | Conduit,
  tunnel: Tunnel,
  { onEndSent }: SpliceOptions = {},
): Splice {
  return new Joint(near, tunnel, onEndSent);
}

class Joint implements Splice, ConduitSink {
  readonly closed: Promise<SpliceEnd>;
  #resolveClosed!: (end: SpliceEnd) => void;
  readonly #near: Conduit;
  readonly #onEndSent: (() => void) | undefined;
  /** Gives the tunnel up before it is joined. */
  #giveUp: () => void = NOTHING;
  /** Once it is open. */
  #channel: Channel | undefined;
  /** Tells whoever had the channel that it is over. */
  #release: () => void = NOTHING;
  /** What this read of the tunnel has brought: most bring one piece, for which no list is made. */
  #piece: Buffer | undefined;
  #pieces: Buffer[] | undefined;
  #failure: { reason: SpliceEnd['reason']; error: Error | undefined } | undefined;
  #nearEnded = false;
  #tunnelEnded = false;
  #nearGone = false;
  #tunnelGone = false;

  constructor(near: net.Socket | Conduit, tunnel: Tunnel, onEndSent: (() => void) | undefined) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#near = near instanceof Conduit ? near : Conduit.adopt(near);
    this.#onEndSent = onEndSent;
    this.#near.sink = this;
    const giveUp = join(tunnel, {
      onOpen: (taken) => this.#join(taken),
      onFailed: (error, isGone) => this.#onTunnelFailed(error, isGone),
    });
    if (this.#channel === undefined) this.#giveUp = giveUp;
    if (this.#failure !== undefined) giveUp();
  }

  get bytesToTunnel(): number {
    return this.#channel?.bytesWritten ?? 0;
  }

  get bytesFromTunnel(): number {
    return this.#channel?.bytesRead ?? 0;
  }

  destroy(error?: Error): void {
    this.#fail('local', error);
  }

  /** @internal As the sink of what is near. */
  onBytes(bytes: Buffer, start: number, end: number): boolean {
    return this.#channel!.sendInPlace(bytes, start, end);
  }

  /** @internal As the sink of what is near. */
  onDrain(): void {
    this.#channel?.resume();
  }

  /** @internal As the sink of what is near. */
  onEnd(): void {
    this.#nearEnded = true;
    this.#channel?.end(this.#onEndSent);
  }

  /** @internal As the sink of what is near. */
  onClose(error: Error | undefined): void {
    this.#nearGone = true;
    if (error !== undefined || !this.#nearEnded || !this.#tunnelEnded) this.#fail('near failed', error);
    this.#checkClosed();
  }

  #join(taken: TakenChannel): void {
    const { channel } = taken;
    this.#channel = channel;
    this.#release = taken.release;
    // With all that was needed to open it.
    this.#giveUp = NOTHING;
    taken.onDestroy = (error) => this.#fail('local', error ?? undefined);
    this.#wire(channel);

    if (taken.chunks.length > 0) this.#near.writeAll(taken.chunks);
    if (taken.ended) this.#onTunnelEnd();
    taken.flushed(() => this.#near.start());
    if (taken.started) channel.resume();
    else channel.start();
  }

  #wire(channel: Channel): void {
    channel.onData = (payload) => {
      if (this.#piece === undefined) this.#piece = payload;
      else if (this.#pieces === undefined) this.#pieces = [this.#piece, payload];
      else this.#pieces.push(payload);
      return true;
    };
    channel.onReadEnd = () => this.#passOn();
    channel.onDrain = () => this.#near.resume();
    channel.onEnd = () => this.#onTunnelEnd();
    channel.onCut = (cause) => this.#fail('tunnel failed', cause);
    channel.onClose = () => {
      this.#tunnelGone = true;
      this.#release();
      // Whoever counts its connections may have cut it.
      if (!this.#nearEnded || !this.#tunnelEnded) this.#fail('local', undefined);
      this.#checkClosed();
    };
  }

  /** Writes what this read of the tunnel has brought. @returns whether the bytes are free. */
  #passOn(): boolean {
    const piece = this.#piece;
    if (piece === undefined) return !this.#near.blocked;
    const pieces = this.#pieces;
    this.#piece = undefined;
    this.#pieces = undefined;
    return pieces === undefined ? this.#near.write(piece) : this.#near.writeAll(pieces);
  }

  #onTunnelEnd(): void {
    this.#tunnelEnded = true;
    this.#near.end();
  }

  /** The tunnel did not open, or went away before it was joined. */
  #onTunnelFailed(error: Error | undefined, isGone: boolean): void {
    this.#tunnelGone ||= isGone;
    this.#fail('tunnel failed', error);
    this.#checkClosed();
  }

  #fail(reason: SpliceEnd['reason'], error: Error | undefined): void {
    this.#failure ??= { reason, error };
    this.#near.reset();
    if (this.#channel === undefined) this.#giveUp();
    else this.#channel.abort();
  }

  #checkClosed(): void {
    if (!this.#nearGone || !this.#tunnelGone) return;
    this.#resolveClosed({
      reason: this.#failure?.reason ?? 'finished',
      error: this.#failure?.error,
      bytesToTunnel: this.bytesToTunnel,
      bytesFromTunnel: this.bytesFromTunnel,
    });
  }
}

const NOTHING = (): void => undefined;
