/**
 * How `splice()` gets below a {@link HybridConnectionSocket}, to move bytes without the streams.
 *
 * Internal to this package: the symbol is not exported from its index. Afterwards the socket is a name only: what is
 * written to it fails, nothing more is read from it, and it stays `open` until the new owner calls `release`.
 * @module
 */
import type { Channel } from './channel.js';

/** Names the method that hands over the channel. */
export const kTakeChannel: unique symbol = Symbol('takeChannel');

/** A channel that has left its socket. */
export interface TakenChannel {
  /**
   * Now the new owner's, with its callbacks still to be set. When it is taken in a 'connect' listener it has not been
   * started; {@link TakenChannel.started} says so.
   */
  readonly channel: Channel;
  /** Whether `channel.start()` was called already; then `channel.resume()` makes it deliver. */
  readonly started: boolean;
  /** What had been received and not been read, in order. */
  readonly chunks: readonly Buffer[];
  /** Whether the peer had closed its direction already, so that `channel.onEnd` will not be called again. */
  readonly ended: boolean;
  /** Calls back once everything written to the socket before has been given to the channel; at once when it has. */
  flushed(callback: () => void): void;
  /** Set it: the socket was destroyed by somebody who only knows the socket. As it comes, it cuts the channel. */
  onDestroy: (error: Error | null) => void;
  /** Call it when the connection is over: the socket emits 'close', and before it 'error' if there is one. */
  release(error?: Error): void;
}
