/**
 * Makes an open socket read into buffers of ours, with no allocation for each read.
 *
 * `net.connect` takes such buffers (`onread`, public API), but a server's accepted socket cannot be given them. One that
 * nobody has used yet, and one of TLS, is given them where Node itself keeps them. Of any other plain one the handle is moved
 * into a new `net.Socket` that takes them, by the `_handle` of a socket and the `handle` option that Node itself uses for
 * accepted connections: what has been hung on the old object, by `node:http` for example, is not kept. None of this is documented; where anything is not as expected, that is said, and the caller reads with 'data' events instead, which is
 * only slower. docs/decisions/0002, 0053, 0055 and 0065 have the figures.
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
 * Makes a plain socket read by `onRead`, and forgets who listened to it. It is not read until `resume()`.
 *
 * Unless it was just accepted, its handle is moved to a new socket: the old object is left without one and closes, with all
 * that hangs on it. Nothing of the connection is lost or seen by the other side. Bytes that it had read already must be taken
 * with {@link unread} before.
 * @returns the socket that reads, or `undefined` when this socket cannot be taken over: TLS, still connecting, unsent bytes, an
 * unknown Node.
 */
export function takeOver(socket: net.Socket, onRead: OnRead): net.Socket | undefined {
  const handle = (socket as unknown as { _handle: Partial<StreamHandle> | null })._handle;
  const isPlain = Object.getPrototypeOf(socket) === net.Socket.prototype;
  const isIdle = !socket.connecting && !socket.destroyed && socket.writableLength === 0;
  if (!isPlain || !isIdle || !isStreamHandle(handle)) return undefined;

  handle.readStop();
  handle.reading = false;
  if (isUnused(socket) && readInto(socket, onRead)) {
    // By name: without one, the stream would look whether to read on in a moment, when it may have been told to.
    for (const name of socket.eventNames()) socket.removeAllListeners(name);
    return socket;
  }
  (socket as unknown as { _handle: null })._handle = null;
  socket.removeAllListeners();
  socket.on('error', () => undefined);
  socket.destroy();

  const options = { handle, onread: onRead, allowHalfOpen: true, readable: true, writable: true };
  return new net.Socket(options as unknown as net.SocketConstructorOpts);
}

/** Whether a server of TCP alone has accepted it and nothing has come or gone since. */
function isUnused(socket: net.Socket): boolean {
  const { server } = socket as unknown as { readonly server: object | null };
  const isAccepted = server !== null && Object.getPrototypeOf(server) === net.Server.prototype;
  return isAccepted && socket.bytesRead === 0 && socket.bytesWritten === 0 && !socket.readableEnded;
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
