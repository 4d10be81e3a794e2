/**
 * A real `net.Socket` in front of a tunnel, for drivers that work below the stream.
 *
 * Most take any stream with the face of `net.Socket`. A few do not, `mariadb` with TLS among them: it removes the
 * listeners by which Node's TLS reads from a stream. What they get is one end of a private pipe (a UNIX socket in a
 * folder that only this account can enter, a named pipe with an unguessable name on Windows), whose other end is
 * piped to the tunnel. The price is a copy through the kernel.
 *
 * It connects once the tunnel is open. What ends the tunnel with an error destroys the socket with that error, and a
 * socket that is destroyed before it has ended cuts the tunnel: a pipe knows no reset, so both are told directly.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HybridConnectionSocket } from '@hybridge/socket';

/** How the socket behaves. */
export interface NativeSocketOptions {
  /**
   * Whether this side stays writable after the far side has ended.
   * @defaultValue false, as for `net.Socket`
   */
  readonly allowHalfOpen?: boolean;
}

/**
 * Puts a `net.Socket` in front of a tunnel, which from here on belongs to it.
 * @param tunnel - opening, made with `allowHalfOpen: true`, and touched by nobody else.
 */
export function nativeSocket(tunnel: HybridConnectionSocket, options: NativeSocketOptions = {}): net.Socket {
  return new NativeSocket(tunnel, options);
}

class NativeSocket extends net.Socket {
  readonly #tunnel: HybridConnectionSocket;

  constructor(tunnel: HybridConnectionSocket, options: NativeSocketOptions) {
    super({ allowHalfOpen: options.allowHalfOpen ?? false });
    this.#tunnel = tunnel;
    // Holds back what is written before there is a pipe, as for any socket that is connecting.
    (this as { connecting: boolean }).connecting = true;
    tunnel.once('connect', () => this.#open());
    tunnel.once('error', (error) => this.destroy(error));
  }

  /** Connects nothing: the tunnel opens by itself. For drivers that call it and wait, 'connect' is repeated. */
  override connect(...args: unknown[]): this {
    const listener = args.find((arg) => typeof arg === 'function');
    if (listener !== undefined) this.once('connect', listener as () => void);
    if (!this.pending) process.nextTick(() => this.pending || this.emit('connect'));
    return this;
  }

  /** With this Node makes a stream new when a connection begins. Here that would undo what was asked for before. */
  _undestroy(): void {}

  /** Before there is a handle, Node does not say with 'close' whether there was an error; drivers ask. */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event === 'close' && args.length === 0) return super.emit(event, this.errored !== null);
    return super.emit(event, ...args);
  }

  override ref(): this {
    this.#tunnel.ref();
    return super.ref();
  }

  override unref(): this {
    this.#tunnel.unref();
    return super.unref();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // Before the pipe is closed: its other end reads that as an end, perhaps before this one hears that it is closed.
    this.#release();
    super._destroy(error, done);
  }

  #open(): void {
    const { path, remove } = privatePath();
    const server = net.createServer({ allowHalfOpen: true }, (far) => {
      shut();
      this.#join(far);
    });
    const shut = () => {
      server.close();
      remove();
    };
    this.once('close', shut);
    server.once('error', (error) => this.destroy(error));
    server.listen(path, () => {
      if (!this.destroyed) super.connect(path);
    });
    server.unref(); // whether the process stays alive is decided by this socket, not by the rest of the pipe
  }

  #join(far: net.Socket): void {
    far.unref();
    far.on('error', () => this.#tunnel.destroy());
    // A tunnel that has ended in order may close before its last bytes have left the pipe; those are still to come.
    this.#tunnel.once('close', () => this.destroyed && far.destroy());
    far.pipe(this.#tunnel).pipe(far);
  }

  /** The socket is destroyed. What it wrote before its end still goes out; otherwise the far side sees a cut. */
  #release(): void {
    const tunnel = this.#tunnel;
    if (!this.writableFinished || tunnel.writableFinished) tunnel.destroy();
    else tunnel.once('finish', () => tunnel.destroy());
  }
}

function privatePath(): { readonly path: string; remove(): void } {
  if (process.platform === 'win32')
    return { path: `\\\\.\\pipe\\hybridge-${randomUUID()}`, remove: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-')); // mode 0700
  return { path: join(folder, 'pipe'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
