/**
 * The relay's half of the WebSocket handshake for data channels: what must be in the request, and the 101.
 *
 * Control channels leave this to the `ws` library.
 *
 * Source: docs/protocol.md, sections 2.1 (strict clients) and 3.5 (subprotocols, extensions); RFC 6455, section 4.2.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { acceptKey } from '@hybridge/socket';

/** Characters of an HTTP token, which a subprotocol is. RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What is wrong with a request that wants to become a WebSocket; `undefined` when nothing is. */
export function handshakeProblem(request: IncomingMessage): string | undefined {
  const { headers } = request;
  if (request.method !== 'GET') return 'the method must be GET';
  if (request.httpVersion !== '1.1') return 'the version must be HTTP/1.1';
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'the Upgrade header must be websocket';
  if (headers['sec-websocket-version'] !== '13') return 'the Sec-WebSocket-Version must be 13';
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) {
    return 'the Sec-WebSocket-Key must be 16 bytes in base64';
  }
  if (!/^(\[[0-9a-f:.]+\]|[\w.~%-]+)(:\d{1,5})?$/i.test(headers.host ?? '')) {
    return 'the Host header must be a host and an optional port';
  }
  return offeredProtocols(headers['sec-websocket-protocol']) === undefined
    ? 'the Sec-WebSocket-Protocol header must be a list of names'
    : undefined;
}

/** The subprotocols of a header, preferred one first; `undefined` when it is not a list of names. */
export function offeredProtocols(header: string | undefined): readonly string[] | undefined {
  if (header === undefined) return [];
  const names = header.split(',').map((name) => name.trim());
  return names.every((name) => TOKEN.test(name)) ? names : undefined;
}

/** The 101: as little as can be, since the .NET client takes exception to anything more. */
export function switchingProtocols(key: string, protocol: string | undefined): string {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    '\r\n',
  ].join('\r\n');
}
