/**
 * What stands where a request has its `socket`: no connection of its own, but all that applications ask one for.
 *
 * It says where the sender is, keeps the idle timer, and lives as long as the exchange. Destroying it gives the
 * exchange up, as destroying a socket does with `http.Server`. Nothing can be read from it or written to it.
 * @module
 */
import { Duplex } from 'node:stream';
import type { RemoteEndpoint } from '@hybridge/protocol';

/** How much of a body may wait to be read, in bytes; Node's own number since version 22. */
const HIGH_WATER_MARK_BYTES = 65_536;

/** The sender's end, as far as the relay tells. */
export class RequestSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  /** Whether the way to the relay is encrypted; what frameworks tell `https` from `http` by. */
  readonly encrypted: boolean;
  readonly connecting = false;
  readonly pending = false;
  /** Bytes of the two bodies. */
  bytesRead = 0;
  bytesWritten = 0;
  readonly #onDestroy: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timeoutMs = 0;

  constructor(remote: RemoteEndpoint, encrypted: boolean, onDestroy: () => void) {
    super({ highWaterMark: HIGH_WATER_MARK_BYTES });
    const { address, port } = remote;
    this.remoteAddress = address === '' ? undefined : address;
    this.remotePort = port === 0 ? undefined : port;
    this.remoteFamily = address === '' ? undefined : address.includes(':') ? 'IPv6' : 'IPv4';
    this.encrypted = encrypted;
    this.#onDestroy = onDestroy;
    // Whoever gives an exchange up with an error need not listen for it here, as with the sockets of a server.
    this.on('error', () => undefined);
  }

  /** As of `net.Socket`; 0 for none. */
  get timeout(): number {
    return this.#timeoutMs;
  }

  /** Emits 'timeout' after so many milliseconds in which neither body moved; 0 stops that. */
  setTimeout(timeoutMs: number, callback?: () => void): this {
    this.#timeoutMs = timeoutMs;
    if (callback !== undefined && timeoutMs > 0) this.once('timeout', callback);
    else if (callback !== undefined) this.removeListener('timeout', callback);
    this.#restart();
    return this;
  }

  /** Counts what moved. */
  moved(bytesRead: number, bytesWritten: number): void {
    this.bytesRead += bytesRead;
    this.bytesWritten += bytesWritten;
    if (this.#timer !== undefined) this.#restart();
  }

  address(): Record<string, never> {
    return {};
  }

  destroySoon(): void {
    this.destroy();
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // The body is read from the request.
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    done(new Error('A request through a relay has no connection of its own: write to the response'));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#timeoutMs = 0;
    this.#onDestroy();
    done(error);
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer =
      this.#timeoutMs > 0 && !this.destroyed
        ? setTimeout(() => this.emit('timeout'), this.#timeoutMs).unref()
        : undefined;
  }
}
