/**
 * What a relayed connection is below the streams: bytes each way, an end each way, a cut.
 *
 * Two things are one: a {@link DataChannel}, which has a rendezvous of its own, and a stream of a multiplexed session,
 * which shares one. `HybridConnectionSocket` and `splice()` know this interface and no more.
 *
 * In: payload is lent to `onData`; `false` stops the delivery until `resume()`. Out: `sendAll` calls back, `sendInPlace`
 * says whether the bytes are free again. Back-pressure is thereby driven by calls in both directions, never polled.
 * @module
 */
import type { Close, RelayError } from '@hybridge/protocol';
import type { SocketAddresses } from './socket-addresses.js';

/** Called once what was to be written is out of the writer's hands, or cannot be written. */
export type WriteCallback = (error?: Error | null) => void;

/** One relayed connection; `start()` begins to deliver. Nothing that a channel calls may throw. */
export interface Channel {
  /** Payload arrived, valid only during the call. Answer `false` to get no more until `resume()`. */
  onData: (payload: Buffer) => boolean;
  /**
   * All payload of one read has been delivered. Answer `false` to get no more until `resume()`, and to keep what was
   * delivered since the last call valid until then.
   */
  onReadEnd: () => boolean;
  /** The peer closed its direction: no more data comes. */
  onEnd: (close: Close) => void;
  /** The connection broke before both directions were closed: `ERR_RELAY_CUT`, or `ERR_RELAY_PROTOCOL`. */
  onCut: (cause: RelayError) => void;
  /** What `sendInPlace` could not send at once is sent. */
  onDrain: () => void;
  /** The connection is gone. Called once, after everything else. */
  onClose: () => void;
  /** Payload bytes received. */
  readonly bytesRead: number;
  /** Payload bytes sent, or taken over to be sent. */
  readonly bytesWritten: number;
  /** Bytes taken over and not yet sent. */
  readonly queuedBytes: number;
  /** Both ends of the TCP connection that carries it. */
  readonly addresses: SocketAddresses;
  /** Begins to deliver what arrives. */
  start(): void;
  /** Delivers again after `onData` or `onReadEnd` answered `false`. */
  resume(): void;
  /** Sends the bytes of several pieces. `done` is called once they are on their way, or with what prevented that. */
  sendAll(pieces: readonly Uint8Array[], done: WriteCallback): void;
  /**
   * Sends `bytes[start..end)`; they, and what stands before `start`, may be overwritten.
   * @returns `true` when the bytes are free again; `false` when they are lent until `onDrain`.
   */
  sendInPlace(bytes: Buffer, start: number, end: number): boolean;
  /** Closes this end's direction: the peer reads an end. `done` is called once that is sent. */
  end(done?: WriteCallback): void;
  /** Cuts the connection, so that the peer sees a failure and not an end. `onCut` is not called. */
  abort(): void;
  /** Lets the process live as long as the connection does, which is how it starts. */
  ref(): void;
  /** Lets the process end although the connection is open. */
  unref(): void;
  /** As that of `net.Socket`, on the TCP connection that carries it. */
  setKeepAlive(enable?: boolean, initialDelayMs?: number): void;
}
