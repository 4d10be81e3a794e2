/**
 * Tells a reset that is reported as an end.
 *
 * When a peer's last bytes and its reset arrive together, libuv hands over the bytes and then reports an end of file
 * without asking the kernel again (`uv__stream_io` in its src/unix/stream.c: "Short-circuit iff POLLHUP is polled"). So
 * an answer that was cut short would pass for a whole one: a target that is killed while it sends is seen like that about
 * once in fifteen times. The kernel still knows the difference: after a FIN the connection has a peer, after a reset
 * it has none.
 *
 * Once this side's own FIN is out, a connection that the peer has finished has no peer either. Nothing can be told
 * then, and the end is believed.
 * @module
 */
import type net from 'node:net';

/** The part of libuv's TCP handle that is used here; what `socket.remoteAddress` asks, and then remembers. */
interface TcpHandle {
  getpeername(into: object): number;
}

/** Whether the 'end' that `socket` emits just now stands for a reset. */
export function isHiddenReset(socket: net.Socket): boolean {
  if (socket.writableEnded && socket.writableLength === 0) return false;
  const handle = (socket as unknown as { _handle: Partial<TcpHandle> | null })._handle;
  if (handle === null || typeof handle?.getpeername !== 'function') return false;
  return handle.getpeername({}) !== 0;
}
