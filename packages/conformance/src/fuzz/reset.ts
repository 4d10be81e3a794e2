/**
 * A reset that always comes to pass.
 * @module
 */
import type net from 'node:net';

/**
 * Resets a plain socket; one that is only destroyed may close with a FIN. For one turn after its end Node cannot, and
 * would never say 'close' (docs/decisions/0045).
 */
export function reset(socket: net.Socket): void {
  const ending = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (ending) socket.once('finish', () => reset(socket));
  else if (!socket.destroyed) socket.resetAndDestroy();
}
