/**
 * The connection that carries a socket's bytes, as far as the socket shows it: its addresses, what has moved, how long
 * nothing has, and whether it keeps the process alive. What is wished before there is a connection is done once there is.
 * @module
 */
import type net from 'node:net';
import type { Channel } from './channel.js';
import { IdleTimeout } from './idle-timeout.js';
import { NO_ADDRESSES, type SocketAddresses } from './socket-addresses.js';

/** Of one socket; made before its connection. */
export class Carriage {
  readonly idle: IdleTimeout;
  /** Empty before the connection is open; kept when it is closed. */
  addresses: SocketAddresses = NO_ADDRESSES;
  /** Of the write under way, what the channel has been given. */
  bytesInFlight = 0;
  #channel: Channel | undefined;
  #isOpen = false;
  #referenced = true;
  #keepAlive: Parameters<net.Socket['setKeepAlive']> | undefined;

  /** @param onIdle - called when nothing has moved for the time that `idle` was set to. */
  constructor(onIdle: () => void) {
    this.idle = new IdleTimeout(onIdle, () => this.#progress());
  }

  /** While it is open. */
  get channel(): Channel | undefined {
    return this.#isOpen ? this.#channel : undefined;
  }

  /** Payload bytes received, also of one that is closed. */
  get bytesRead(): number {
    return this.#channel?.bytesRead ?? 0;
  }

  /** Payload bytes sent, or held back to be sent. @param held - by the stream, with those in flight. */
  bytesWritten(held: number): number {
    return (this.#channel?.bytesWritten ?? 0) + held - this.bytesInFlight;
  }

  /** It is there. */
  open(channel: Channel): void {
    this.#channel = channel;
    this.#isOpen = true;
    this.addresses = channel.addresses;
    if (!this.#referenced) channel.unref();
    if (this.#keepAlive !== undefined) channel.setKeepAlive(...this.#keepAlive);
    this.idle.touch();
  }

  /** It is gone, or somebody else's. */
  close(): void {
    this.#isOpen = false;
  }

  /** It keeps the process alive again, unless that was not wanted: who hands it on has let go of it. */
  restoreRef(): void {
    if (this.#referenced) this.channel?.ref();
  }

  ref(): void {
    this.#referenced = true;
    this.channel?.ref();
  }

  unref(): void {
    this.#referenced = false;
    this.channel?.unref();
  }

  setKeepAlive(enable: boolean | undefined, initialDelay: number | undefined): void {
    this.#keepAlive = [enable, initialDelay];
    this.channel?.setKeepAlive(enable, initialDelay);
  }

  /** Changes as soon as bytes have moved, also those of a long write, and those that are moved below the streams. */
  #progress(): number {
    const { channel } = this;
    if (channel === undefined) return 0;
    return channel.bytesRead + channel.bytesWritten - channel.queuedBytes;
  }
}
