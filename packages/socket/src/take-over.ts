/**
 * Makes an open socket read into buffers of ours, with no allocation for each read.
 *
 * `net.connect` takes such buffers (`onread`, public API), but a server's accepted socket cannot be given them. So the
 * handle of a plain one is moved into a new `net.Socket` that can, by the `_handle` of a socket and the `handle` option that
 * Node itself uses for accepted connections. A TLS socket is given them where Node itself keeps them. None of this is
 * documented; where anything is not as expected, that is said, and the caller reads with 'data' events instead, which is
 * only slower. docs/decisions/0002 and 0053 have the figures.
 * @module
 */
import net from 'node:net';

/** What `net.Socket` calls for each read, as Node documents it. */
export interface OnRead {
  /** The buffer for the next read. */
  buffer(): Uint8Array;
  /** `false` stops reading until `resume()`. */
  callback(bytesRead: number): boolean;
}

/** The part of libuv's stream handle that is used here. */
interface StreamHandle {
  reading: boolean;
  readStop(): number;
  useUserBuffer(buffer: Uint8Array): void;
}

/**
 * Moves the handle of `socket` to a new socket that reads by `onRead`.
 *
 * The old object is left without a handle and closes; nothing of the connection is lost or seen by the other side.
 * Bytes that it had read already must be taken with `socket.read()` before.
 * @returns the new socket, or `undefined` when this socket cannot be taken over: TLS, still connecting, unsent bytes, an
 * unknown Node.
 */
export function takeOver(socket: net.Socket, onRead: OnRead): net.Socket | undefined {
  const handle = (socket as unknown as { _handle: Partial<StreamHandle> | null })._handle;
  const isPlain = Object.getPrototypeOf(socket) === net.Socket.prototype;
  const isIdle = !socket.connecting && !socket.destroyed && socket.writableLength === 0;
  if (!isPlain || !isIdle || !isStreamHandle(handle)) return undefined;

  handle.readStop();
  handle.reading = false;
  (socket as unknown as { _handle: null })._handle = null;
  socket.removeAllListeners();
  socket.on('error', () => undefined);
  socket.destroy();

  const options = { handle, onread: onRead, allowHalfOpen: true, readable: true, writable: true };
  return new net.Socket(options as unknown as net.SocketConstructorOpts);
}

/**
 * Makes an open socket, TLS too, read by `onRead` from here on.
 *
 * Of TLS, Node hands over all records that it has already read, also after the callback has answered `false`.
 * @returns whether it does; `false` when this Node keeps a socket's buffers in another way than is known here.
 */
export function readInto(socket: net.Socket, onRead: OnRead): boolean {
  const fields = socket as unknown as Record<symbol, unknown>;
  const unset = (name: string) =>
    Object.getOwnPropertySymbols(socket).find((key) => key.description === name && fields[key] === null);
  const [buffer, callback, next] = [unset('kBuffer'), unset('kBufferCb'), unset('kBufferGen')];
  const handle = (socket as unknown as { _handle: Partial<StreamHandle> | null })._handle;
  if (buffer === undefined || callback === undefined || next === undefined) return false;
  if (socket.connecting || !isStreamHandle(handle)) return false;
  fields[buffer] = onRead.buffer();
  fields[callback] = onRead.callback;
  fields[next] = onRead.buffer;
  handle.useUserBuffer(onRead.buffer());
  return true;
}

function isStreamHandle(handle: Partial<StreamHandle> | null): handle is StreamHandle {
  return (
    handle !== null &&
    typeof handle.readStop === 'function' &&
    typeof handle.useUserBuffer === 'function' &&
    typeof handle.reading === 'boolean'
  );
}
