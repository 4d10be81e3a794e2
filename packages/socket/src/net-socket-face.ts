/**
 * What a stream has to have besides, to be taken for a `net.Socket`; and the part of it that tells of the connection
 * that carries the stream, and does nothing to the stream itself.
 *
 * Source: the documentation of Node, class `net.Socket`.
 * @module
 */
import type net from 'node:net';
import { Duplex } from 'node:stream';
import { Carriage } from './carriage.js';

/** The members of `net.Socket` besides a stream's own, held to its types by the compiler; `this` may be any stream. */
export type NetSocketFace = {
  readonly [Member in
    | 'address'
    | 'autoSelectFamilyAttemptedAddresses'
    | 'bufferSize'
    | 'bytesRead'
    | 'bytesWritten'
    | 'connect'
    | 'connecting'
    | 'destroySoon'
    | 'localAddress'
    | 'localFamily'
    | 'localPort'
    | 'pending'
    | 'readyState'
    | 'ref'
    | 'remoteAddress'
    | 'remoteFamily'
    | 'remotePort'
    | 'resetAndDestroy'
    | 'setKeepAlive'
    | 'setNoDelay'
    | 'setTimeout'
    | 'timeout'
    | 'unref']: net.Socket[Member] extends (...args: infer Args) => net.Socket
    ? (...args: Args) => Duplex
    : net.Socket[Member];
};

/** Names the carriage of a {@link CarriedStream}, which is nobody else's business. */
export const kCarriage: unique symbol = Symbol('carriage');

/** A stream that tells of the connection that carries it. Who opens that, and moves bytes, is a subclass. */
export class CarriedStream extends Duplex {
  /** @internal */
  readonly [kCarriage] = new Carriage(() => this.emit('timeout'));

  /** Emits 'timeout' after `ms` milliseconds with no data in either direction; 0 switches that off. Closes nothing. */
  setTimeout(ms: number, callback?: () => void): this {
    if (this.destroyed) return this;
    this[kCarriage].idle.set(ms);
    if (callback === undefined) return this;
    return ms === 0 ? this.removeListener('timeout', callback) : this.once('timeout', callback);
  }

  /** What `setTimeout` was given, in milliseconds. */
  get timeout(): number | undefined {
    return this[kCarriage].idle.ms;
  }

  /** Does nothing: no part of a relayed connection ever delays small writes. */
  setNoDelay(_noDelay?: boolean): this {
    return this;
  }

  /** Sets TCP keep-alive on the connection to the relay; the relay is pinged besides. */
  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this[kCarriage].setKeepAlive(enable, initialDelay);
    return this;
  }

  /** Lets the process stay alive for this connection, which is how it begins. */
  ref(): this {
    this[kCarriage].ref();
    return this;
  }

  /** Lets the process end in spite of this connection; before it is open, from when it is. */
  unref(): this {
    this[kCarriage].unref();
    return this;
  }

  /** The local end of the connection to the relay; empty before it is open. */
  address(): net.AddressInfo | Record<string, never> {
    return this[kCarriage].addresses.bound;
  }

  /** The relay's address; `undefined` before the connection is open. */
  get remoteAddress(): string | undefined {
    return this[kCarriage].addresses.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this[kCarriage].addresses.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this[kCarriage].addresses.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this[kCarriage].addresses.localAddress;
  }

  get localPort(): number | undefined {
    return this[kCarriage].addresses.localPort;
  }

  get localFamily(): string | undefined {
    return this[kCarriage].addresses.localFamily;
  }

  /** The relay's addresses that were tried, when its name has several. */
  get autoSelectFamilyAttemptedAddresses(): string[] {
    return [...this[kCarriage].addresses.attempted];
  }

  /** Payload bytes received. */
  get bytesRead(): number {
    return this[kCarriage].bytesRead;
  }

  /** Payload bytes sent, or held back to be sent. */
  get bytesWritten(): number {
    return this[kCarriage].bytesWritten(this.writableLength);
  }

  /** The same as `writableLength`, under the name it had in old versions of Node. */
  get bufferSize(): number {
    return this.writableLength;
  }
}
