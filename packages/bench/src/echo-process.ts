/**
 * An echo as a process of its own, for the target: it is handed connections whose first byte has been read.
 * @module
 */
import type net from 'node:net';

process.on('message', (_name, socket: net.Socket | undefined) => {
  if (socket === undefined) return;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
  socket.write(Uint8Array.of(0));
});
process.on('disconnect', () => process.exit(0));
