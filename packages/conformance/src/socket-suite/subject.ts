/**
 * What the socket suite is run against: plain `node:net` first, so that the expectations are proven, then ours.
 * @module
 */
import type net from 'node:net';

/** Where a subject differs from `net.Socket` on purpose. The reasons are in the comments. */
export interface SocketTraits {
  /**
   * What the far side sees after `destroy()` of a socket that had not ended. For `net` that is an end, since the kernel
   * cannot know whether the sender had said everything; a relayed connection tells a broken one from a finished one.
   */
  readonly destroySeenAs: 'end' | 'reset';
  /**
   * Whether `connect()` on a socket that opens, or has opened, by itself does no harm. `net` would connect it a second
   * time, and fails; drivers call it on any stream that they are handed, so ours has to bear it.
   */
  readonly toleratesConnect: boolean;
  /**
   * Whether `unref()` has an effect before the connection is open. The handle of `net` exists from the start; that of a
   * relayed connection only once it is open, and until then a time limit ends the wait.
   */
  readonly unrefWhileConnecting: boolean;
}

/** How a pair of sockets is opened. */
export interface DialOptions {
  /** For the near socket; false unless said otherwise, as everywhere in Node. */
  readonly allowHalfOpen?: boolean;
  /** For the near socket. */
  readonly signal?: AbortSignal;
}

/** Two ends of one connection; `far` is there once the near end has reached it. It is half-open by option. */
export interface Dialled {
  readonly near: net.Socket;
  readonly far: Promise<net.Socket>;
}

/** A subject that has been started. */
export interface SocketStage {
  /** Begins a connection. The far end is opened with `allowHalfOpen: true`. */
  dial(options?: DialOptions): Dialled;
  /** A socket that will fail with `ECONNREFUSED`. */
  refused(): net.Socket;
  /** A socket that stays connecting until it is destroyed. */
  stalled(options?: DialOptions): net.Socket;
  /** Arguments for `programs/socket-exits.mjs` that make it open such a socket; its far end is silent, and ends when it does. */
  readonly exitProgram: readonly string[];
  close(): Promise<void>;
}

/** Something that behaves like `net.Socket`. */
export interface SocketSubject {
  readonly name: string;
  readonly traits: SocketTraits;
  start(): Promise<SocketStage>;
}
