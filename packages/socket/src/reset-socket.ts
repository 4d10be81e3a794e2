/**
 * Ends a connection so that its peer sees a failure.
 * @module
 */
import type net from 'node:net';
import tls from 'node:tls';

/** Closes at once: RST where the transport has it, otherwise without what would be the order. */
export function resetSocket(socket: net.Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || !isTcp(socket)) socket.destroy();
  else if (isFinSubmitted(socket)) socket.once('finish', () => socket.destroyed || socket.resetAndDestroy());
  else socket.resetAndDestroy();
}

/**
 * While the kernel is being told to send FIN, for one turn of the event loop, Node up to 26 at least refuses a reset
 * with `EINVAL`, and then has lost the connection: it stays open, and 'close' never comes.
 */
function isFinSubmitted(socket: net.Socket): boolean {
  return socket.writableEnded && socket.writableLength === 0 && !socket.writableFinished;
}

/** Not TLS, and not a pipe: `resetAndDestroy` is defined for TCP alone, and elsewhere would emit an error of its own. */
export function isTcp(socket: net.Socket): boolean {
  return !(socket instanceof tls.TLSSocket) && socket.remoteFamily !== undefined;
}
