/**
 * Makes an open socket read into buffers of ours, with no allocation for each read.
 *
 * `net.connect` takes such buffers (`onread`, public API), but a server's accepted socket cannot be given them. So the
 * handle of a plain one is moved into a new `net.Socket` that can, by the `_handle` of a socket and the `handle` option that
 * Node itself uses for accepted connections. A TLS socket is given them where Node itself keeps them. None of this is
 * documented; where anything is not as expected, that is said, and the caller reads with 'data' events instead, which is
 * only slower. docs/decisions/0002, 0053 and 0055 have the figures.
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
 * The old object is left without a handle and closes, with all that hangs on it; nothing of the connection is lost or seen
 * by the other side. Bytes that it had read already must be taken with {@link unread} before.
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

/** All that the socket has read and nobody has taken. Up to Node 24 one `read()` gives it all, from 26 on a piece. */
export function unread(socket: net.Socket): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const bytes: unknown = socket.read();
    if (!(bytes instanceof Uint8Array)) return pieces;
    pieces.push(bytes);
  }
}

/**
 * Makes an open socket, TLS too, read by `onRead` from here on.
 *
 * Of TLS, Node hands over all records that it has already read, also after the callback has answered `false`.
 * @returns whether it does; `false` when this Node keeps a socket's buffers in another way than is known here.
 */
export function readInto(socket: net.Socket, onRead: OnRead): boolean {
  const fields = socket as unknown as Record<symbol, unknown>;
  bufferKeys ??= findKeys(socket);
  const keys = bufferKeys;
  if (keys === undefined || keys.some((key) => fields[key] !== null)) return false;
  const handle = (socket as unknown as { _handle: Partial<StreamHandle> | null })._handle;
  if (socket.connecting || !isStreamHandle(handle)) return false;
  const [buffer, callback, next] = keys;
  const first = onRead.buffer();
  fields[buffer] = first;
  fields[callback] = onRead.callback;
  fields[next] = onRead.buffer;
  handle.useUserBuffer(first);
  return true;
}

/** Where Node keeps a socket's buffer, who is told of a read, and who gives the next buffer. */
type BufferKeys = readonly [buffer: symbol, callback: symbol, next: symbol];

let bufferKeys: BufferKeys | undefined;

function findKeys(socket: net.Socket): BufferKeys | undefined {
  const all = Object.getOwnPropertySymbols(socket);
  const [buffer, callback, next] = ['kBuffer', 'kBufferCb', 'kBufferGen'].map((name) =>
    all.find((key) => key.description === name),
  );
  if (buffer === undefined || callback === undefined || next === undefined) return undefined;
  return [buffer, callback, next];
}

function isStreamHandle(handle: Partial<StreamHandle> | null): handle is StreamHandle {
  return (
    handle !== null &&
    typeof handle.readStop === 'function' &&
    typeof handle.useUserBuffer === 'function' &&
    typeof handle.reading === 'boolean'
  );
}
