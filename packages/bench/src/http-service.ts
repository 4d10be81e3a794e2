/**
 * What both subjects do with a request, in a plain server and behind a listener.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Says hello to a GET, and sends back the body of anything else. */
export function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 5 }).end('hello');
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length }).end(body);
  });
}
