/**
 * Turns a request away on its raw socket.
 *
 * The words are in the reason phrase, where .NET clients look for them, and again in a short body. Then the socket is
 * closed: after the peer has, so that it surely reads the answer, but not later than two seconds on.
 *
 * Source: docs/protocol.md, section 2.2.
 * @module
 */
import type { Socket } from 'node:net';
import { type Refusal, reasonPhrase, type Tracking } from '@hybridge/protocol';

/** How long a refused peer may take to close. Long enough for any round trip, short enough to hold nothing up. */
const LINGER_MS = 2_000;

/** Writes the refusal and closes. The socket belongs to this function from here on. */
export function refuse(socket: Socket, refusal: Refusal, tracking: Tracking): void {
  if (socket.destroyed) return;
  socket.on('error', () => undefined); // It is on its way out; the refusal has been recorded.
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(formatRefusal(refusal, tracking));
  // What still comes is read and dropped: bytes left unread would turn the close into a reset, and lose the answer.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('end', () => socket.destroySoon());
  socket.once('close', () => clearTimeout(timer));
}

/** The bytes of a refusal. */
function formatRefusal(refusal: Refusal, tracking: Tracking): string {
  const phrase = reasonPhrase(refusal, tracking);
  return [
    `HTTP/1.1 ${refusal.status} ${phrase}`,
    'Content-Type: text/plain',
    `Content-Length: ${phrase.length + 1}`,
    'Connection: close',
    '',
    `${phrase}\n`,
  ].join('\r\n');
}
