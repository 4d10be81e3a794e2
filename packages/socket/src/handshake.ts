/**
 * The client's half of a WebSocket handshake, as bytes out and a head in: no socket, no timer.
 *
 * It is as strict as the strictest client of this protocol, so that an answer accepted here is an answer everywhere:
 * HTTP/1.1 and 101, one `Upgrade`, one `Connection`, the right `Sec-WebSocket-Accept`, a subprotocol only if one was
 * asked for, no extensions.
 *
 * Source: docs/protocol.md, sections 2.1 and 3.5; RFC 6455, sections 4.1 and 4.2.2.
 * @module
 */
import { hash } from 'node:crypto';
import { RelayError } from '@hybridge/protocol';
import { freshBytes } from './fresh-bytes.js';
import type { ResponseHead } from './response-head.js';

/** RFC 6455, section 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Printable Latin-1 and tab: nothing that could end the line. RFC 9110, section 5.5. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What the handshake writes itself; a second copy from the caller would make the request ambiguous. */
const OWN_HEADERS = /^(?:host|connection|upgrade|content-length|transfer-encoding|sec-websocket-.*)$/i;

/** What goes into the request besides what every handshake has. */
export interface UpgradeRequest {
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  /** Value of the `Host` header. */
  readonly host: string;
  /** Value of `Sec-WebSocket-Key`, from {@link newKey}. */
  readonly key: string;
  /** Further headers, such as `ServiceBusAuthorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Subprotocols to offer, the preferred one first. */
  readonly protocols?: readonly string[] | undefined;
}

/** The `Sec-WebSocket-Accept` that answers a `Sec-WebSocket-Key`. */
export function acceptKey(key: string): string {
  return hash('sha1', key + WEBSOCKET_GUID, 'base64');
}

/** A fresh `Sec-WebSocket-Key`: 16 random bytes, base64. */
export function newKey(): string {
  return freshBytes(16).toString('base64');
}

/**
 * The bytes of the request.
 * @throws RelayError `ERR_RELAY_ARGUMENT` naming the header or subprotocol that cannot be sent; never with its value,
 * which may be a token.
 */
export function formatUpgradeRequest(request: UpgradeRequest): Buffer {
  const protocols = checkProtocols(request.protocols ?? []);
  const lines = [
    `GET ${request.target} HTTP/1.1`,
    `Host: ${request.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${request.key}`,
    'Sec-WebSocket-Version: 13',
    ...(protocols.length === 0 ? [] : [`Sec-WebSocket-Protocol: ${protocols.join(', ')}`]),
  ];
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (!TOKEN.test(name)) throw argument(`${JSON.stringify(name)} is not a header name`);
    if (OWN_HEADERS.test(name))
      throw argument(`The header ${name} belongs to the handshake and cannot be given`);
    if (!FIELD_VALUE.test(value))
      throw argument(`The value of the header ${name} has a character that is not allowed`);
    lines.push(`${name}: ${value}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/**
 * Checks a 101 against the request that it answers.
 * @returns the subprotocol that was agreed on, if any.
 * @throws RelayError `ERR_RELAY_PROTOCOL` naming the rule that was broken.
 */
export function checkUpgrade(head: ResponseHead, request: UpgradeRequest): string | undefined {
  if (head.status !== 101 || head.version !== '1.1') throw broken('it is not an HTTP/1.1 101');
  if (head.sole('upgrade')?.toLowerCase() !== 'websocket')
    throw broken('it does not have one header Upgrade: websocket');
  const connection = head.sole('connection')?.toLowerCase().split(',');
  if (!connection?.some((token) => token.trim() === 'upgrade')) {
    throw broken('it does not have one header Connection: Upgrade');
  }
  if (head.sole('sec-websocket-accept') !== acceptKey(request.key))
    throw broken('its Sec-WebSocket-Accept is wrong');
  if (head.all('sec-websocket-extensions').some((value) => value !== '')) {
    throw broken('it uses an extension that was not asked for');
  }
  const agreed = head.all('sec-websocket-protocol');
  if (agreed.length === 0) return undefined;
  const protocol = head.sole('sec-websocket-protocol');
  if (protocol === undefined || !request.protocols?.includes(protocol)) {
    throw broken('it chose a subprotocol that was not offered');
  }
  return protocol;
}

function checkProtocols(protocols: readonly string[]): readonly string[] {
  for (const protocol of protocols) {
    if (!TOKEN.test(protocol)) throw argument(`${JSON.stringify(protocol)} is not a subprotocol name`);
  }
  if (new Set(protocols).size < protocols.length) throw argument('A subprotocol is offered twice');
  return protocols;
}

function argument(message: string): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', message);
}

function broken(rule: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', `The answer to the WebSocket handshake is not valid: ${rule}`);
}
