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
import { Conduit } from './conduit.js';
import type { DataChannel } from './data-channel.js';
import { type HybridConnectionSocket, kTakeChannel } from './hybrid-connection-socket.js';

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

/**
 * Joins the two, now or as soon as `tunnel` is open. Both belong to the splice from here on: do not read, write,
 * pause or destroy them.
 *
 * @param near - an open socket of this network. If the tunnel does not open, it is reset.
 * @param tunnel - a relayed connection, open or opening.
 */
export function splice(near: net.Socket, tunnel: HybridConnectionSocket): Splice {
  return new Joint(near, tunnel);
}

class Joint implements Splice {
  readonly closed: Promise<SpliceEnd>;
  #resolveClosed!: (end: SpliceEnd) => void;
  readonly #near: Conduit;
  #tunnel: HybridConnectionSocket | undefined;
  #channel: DataChannel | undefined;
  #failure: { reason: SpliceEnd['reason']; error: Error | undefined } | undefined;
  #nearEnded = false;
  #tunnelEnded = false;
  #open = 2;

  constructor(near: net.Socket, tunnel: HybridConnectionSocket) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#near = Conduit.adopt(near);
    this.#near.sink = {
      onBytes: (bytes, start, end) => this.#channel!.sendInPlace(bytes, start, end),
      onDrain: () => this.#channel?.resume(),
      onEnd: () => this.#onNearEnd(),
      onClose: (error) => this.#onNearClose(error),
    };
    this.#tunnel = tunnel;
    if (tunnel.connecting) {
      tunnel.once('connect', this.#join);
      tunnel.once('error', this.#onTunnelRefused);
      tunnel.once('close', () => this.#onTunnelRefused(undefined));
    } else {
      this.#join();
    }
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

  readonly #join = (): void => {
    const taken = this.#tunnel?.[kTakeChannel]();
    if (taken === undefined) {
      this.#onTunnelRefused(undefined);
      return;
    }
    const { channel, chunks } = taken;
    this.#tunnel = undefined;
    this.#channel = channel;
    let pieces: Buffer[] = [];
    channel.onData = (payload) => {
      pieces.push(payload);
      return true;
    };
    channel.onReadEnd = () => {
      if (pieces.length === 0) return !this.#near.blocked;
      const received = pieces;
      pieces = [];
      return this.#near.writeAll(received);
    };
    channel.onDrain = () => this.#near.resume();
    channel.onEnd = () => {
      this.#tunnelEnded = true;
      this.#near.end();
    };
    channel.onCut = (cause) => this.#fail('tunnel failed', cause);
    channel.onClose = () => this.#gone();
    for (const chunk of chunks) this.#near.write(chunk);
    this.#near.start();
    channel.start();
  };

  /** The tunnel did not open, or went away before it was joined. */
  readonly #onTunnelRefused = (error: Error | undefined): void => {
    if (this.#tunnel === undefined) return;
    this.#tunnel = undefined;
    this.#gone();
    this.#fail('tunnel failed', error);
  };

  #onNearEnd(): void {
    this.#nearEnded = true;
    this.#channel?.end();
  }

  #onNearClose(error: Error | undefined): void {
    if (error !== undefined || !(this.#nearEnded && this.#tunnelEnded)) this.#fail('near failed', error);
    this.#gone();
  }

  #fail(reason: SpliceEnd['reason'], error: Error | undefined): void {
    this.#failure ??= { reason, error };
    this.#near.reset();
    this.#channel?.abort();
    const tunnel = this.#tunnel;
    if (tunnel === undefined) return;
    this.#tunnel = undefined;
    tunnel.once('error', () => undefined);
    tunnel.destroy();
    this.#gone();
  }

  #gone(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#resolveClosed({
      reason: this.#failure?.reason ?? 'finished',
      error: this.#failure?.error,
      bytesToTunnel: this.bytesToTunnel,
      bytesFromTunnel: this.bytesFromTunnel,
    });
  }
}
