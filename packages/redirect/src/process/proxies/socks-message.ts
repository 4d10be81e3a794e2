/**
 * SOCKS 5 as bytes: what a client says before its data, and what it is answered. Nothing here has a socket.
 *
 * Only CONNECT, and no authentication: the port is for this machine alone.
 *
 * Source: RFC 1928.
 * @module
 */
import type { ProxyRefusal } from './target.js';

/** The longest request: four bytes, a name of 255 with its length, a port. */
export const MAX_SOCKS_BYTES = 4 + 1 + 255 + 2;

/** Answers to a request. Source: RFC 1928, section 6. */
export const SocksReply = {
  succeeded: 0,
  failure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  connectionRefused: 5,
  ttlExpired: 6,
  commandNotSupported: 7,
  addressTypeNotSupported: 8,
} as const;

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const NOTHING_ACCEPTABLE = 0xff;
const CONNECT = 1;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** What was said is not SOCKS 5, or asks for what there is not. */
export class SocksError extends Error {
  override readonly name = 'SocksError';
  /** What to send before the connection is closed; nothing for who does not speak SOCKS 5 at all. */
  readonly answer: Buffer;

  constructor(message: string, answer: Buffer = Buffer.alloc(0)) {
    super(message);
    this.answer = answer;
  }
}

/** A part of the conversation that is complete. */
export interface SocksPart<Value> {
  readonly value: Value;
  /** How many bytes it took. */
  readonly length: number;
}

/** What a client wants to reach. */
export interface SocksTarget {
  /** A name as it was written, or an IP address. */
  readonly host: string;
  readonly port: number;
}

/** Reads the greeting. @returns `undefined` while it is not complete; its value is the answer @throws SocksError */
export function readGreeting(bytes: Buffer): SocksPart<Buffer> | undefined {
  const [version, count] = bytes;
  if (version !== undefined && version !== VERSION) throw new SocksError('not SOCKS 5');
  if (count === undefined || bytes.length < 2 + count) return undefined;
  const length = 2 + count;
  if (!bytes.subarray(2, length).includes(NO_AUTHENTICATION)) {
    throw new SocksError('the client insists on authentication', Buffer.from([VERSION, NOTHING_ACCEPTABLE]));
  }
  return { value: Buffer.from([VERSION, NO_AUTHENTICATION]), length };
}

/** Reads the request. @returns `undefined` while it is not complete @throws SocksError */
export function readRequest(bytes: Buffer): SocksPart<SocksTarget> | undefined {
  const [version, command, , type, first] = bytes;
  if (version !== undefined && version !== VERSION) throw new SocksError('not SOCKS 5');
  if (command !== undefined && command !== CONNECT) {
    throw new SocksError(`command ${command} is not CONNECT`, socksReply(SocksReply.commandNotSupported));
  }
  if (type === undefined || first === undefined) return undefined;
  const [at, size] = addressPlace(type, first);
  const length = at + size + 2;
  if (bytes.length < length) return undefined;
  const address = bytes.subarray(at, at + size);
  return { value: { host: hostOf(type, address), port: bytes.readUInt16BE(at + size) }, length };
}

/** An answer to a request. The address that we dial from is nobody's business, and so is 0. */
export function socksReply(reply: number): Buffer {
  return Buffer.from([VERSION, reply, 0, ADDRESS.ipv4, 0, 0, 0, 0, 0, 0]);
}

/** The answer for what is not reached. */
export function replyFor({ reason, code }: Pick<ProxyRefusal, 'reason' | 'code'>): number {
  if (reason === 'host') return SocksReply.notAllowed;
  return REPLIES[code] ?? SocksReply.failure;
}

const REPLIES: Readonly<Record<string, number>> = {
  ECONNREFUSED: SocksReply.connectionRefused,
  ENOTFOUND: SocksReply.hostUnreachable,
  EHOSTUNREACH: SocksReply.hostUnreachable,
  ENETUNREACH: SocksReply.networkUnreachable,
  ETIMEDOUT: SocksReply.ttlExpired,
  EACCES: SocksReply.notAllowed,
};

function addressPlace(type: number, first: number): readonly [at: number, size: number] {
  switch (type) {
    case ADDRESS.ipv4:
      return [4, 4];
    case ADDRESS.ipv6:
      return [4, 16];
    case ADDRESS.name:
      return [5, first];
    default:
      throw new SocksError(`address type ${type} is unknown`, socksReply(SocksReply.addressTypeNotSupported));
  }
}

function hostOf(type: number, address: Buffer): string {
  if (type === ADDRESS.ipv4) return address.join('.');
  if (type === ADDRESS.ipv6) {
    return Array.from({ length: 8 }, (_, index) => address.readUInt16BE(index * 2).toString(16)).join(':');
  }
  const name = address.toString('latin1');
  // It goes into logs and is compared; what cannot be a host has no route.
  if (!/^[\w.:-]+$/.test(name)) {
    throw new SocksError('that is no name of a host', socksReply(SocksReply.hostUnreachable));
  }
  return name;
}
