/**
 * Turns an HTTP request away, or breaks off its answer.
 *
 * The words are in the reason phrase, and in a JSON body as the live service has it. What the sender still sends is read
 * and dropped for a while: bytes left unread would turn the close into a reset, and the sender would lose the answer.
 *
 * Source: docs/protocol.md, section 4.5.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { httpErrorBody, type Refusal, reasonPhrase, type Tracking } from '@hybridge/protocol';
import { hasBody } from './inline-body.js';

/** How long a sender may go on sending a body that nobody wants. */
const LINGER_MS = 5_000;

/** Answers with a refusal. The head of the answer must not be out. */
export function refuseHttp(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
  tracking: Tracking,
): void {
  if (response.headersSent || response.destroyed) return;
  const body = httpErrorBody(refusal, tracking);
  // One without a body is complete, though Node may not have said so yet.
  const isComplete = request.complete || !hasBody(request);
  response.writeHead(refusal.status, reasonPhrase(refusal, tracking), [
    'Content-Type',
    'application/json; charset=utf-8',
    'Content-Length',
    String(Buffer.byteLength(body)),
    ...(isComplete ? [] : ['Connection', 'close']),
  ]);
  if (isComplete) {
    response.end(body);
    return;
  }
  response.write(body);
  dropRest(request, () => response.end());
}

/**
 * Reads what a sender still sends, and drops it; cuts a sender that takes too long over it.
 * @param onEnd - called once, when the request has ended or its time is over
 */
export function dropRest(request: IncomingMessage, onEnd: () => void): void {
  const done = (): void => {
    clearTimeout(timer);
    request.off('end', done).off('close', done);
    onEnd();
  };
  const timer = setTimeout(() => {
    done();
    request.socket.destroySoon();
  }, LINGER_MS);
  request.once('end', done).once('close', done).resume();
}

/**
 * Breaks off an answer, so that the sender cannot take what it has for all of it: a body in chunks lacks its end then.
 * HTTP/1.0 has no chunks, and there only a reset tells.
 */
export function cutSender(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  // Only TCP can be reset, and Node says so with an error event.
  if (!response.chunkedEncoding && socket.remoteFamily !== undefined && !('encrypted' in socket)) {
    socket.resetAndDestroy();
  } else {
    response.destroy();
  }
}
