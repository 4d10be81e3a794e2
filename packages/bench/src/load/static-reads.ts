/**
 * Reads of an accepted socket into one buffer of its own, so that what is measured is the way and not its ends.
 *
 * `net.connect` has `onread` for this; a server's sockets have not, so the handle is moved to a socket that has. That
 * uses Node's `handle` option. It is apart from the code that it measures, on purpose: a change there must not move the
 * ends of every subject.
 * @module
 */
import net from 'node:net';
import { BUFFER_BYTES } from './service.js';

/** Reads the socket from now on; what it had read before must have been taken. The socket given is dead afterwards. */
export function readStatically(socket: net.Socket, onBytes: (bytes: Buffer) => void): net.Socket {
  const owner = socket as unknown as { _handle: { readStop(): void; reading: boolean } | null };
  const handle = owner._handle;
  if (handle === null) return socket;
  handle.readStop();
  handle.reading = false;
  owner._handle = null;
  socket.removeAllListeners();
  socket.on('error', () => undefined);
  socket.destroy();
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const onread = {
    buffer,
    callback: (length: number) => {
      onBytes(buffer.subarray(0, length));
      return true;
    },
  };
  const options = { handle, onread, allowHalfOpen: true, readable: true, writable: true };
  return new net.Socket(options as unknown as net.SocketConstructorOpts);
}
