/**
 * A SOCKS5 server's half of the conversation: what a client asks for, and what it is answered.
 *
 * It knows CONNECT alone, with a user name and password or with none. Who listens, and what becomes of the connection, is
 * its callers' to say. Nothing but the conversation is read: what the client sends behind it stays in the socket.
 *
 * Source: RFC 1928; RFC 1929 (user name and password).
 * @module
 */
import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';

/** How much a client has to show. */
export interface Socks5Options {
  /** Absent: anybody may. Each part has at most 255 bytes. */
  readonly credentials?: { readonly username: string; readonly password: string } | undefined;
}

/** Where a client wants to go. */
export interface Socks5Target {
  /** A name as the client wrote it, or an address without brackets. */
  readonly host: string;
  readonly port: number;
}

const VERSION = 5;
const CREDENTIALS_VERSION = 1;
const METHOD = { none: 0, credentials: 2, unacceptable: 0xff } as const;
const CONNECT = 1;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;
const REPLY = {
  succeeded: 0,
  failed: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  timedOut: 6,
  commandNotSupported: 7,
  addressNotSupported: 8,
} as const;

/** How long a client that was turned away may take to go, in milliseconds. */
const LEAVE_MS = 5_000;

const EVENTS = ['readable', 'end', 'error', 'close'] as const;

/** A failure in the words of RFC 1928, section 6. */
const REPLY_TO: Readonly<Record<string, number>> = {
  ECONNREFUSED: REPLY.refused,
  ENOTFOUND: REPLY.hostUnreachable,
  EHOSTUNREACH: REPLY.hostUnreachable,
  ENETUNREACH: REPLY.networkUnreachable,
  ETIMEDOUT: REPLY.timedOut,
  EACCES: REPLY.notAllowed,
};

/**
 * Reads where a client wants to go, up to the point where it waits for {@link acceptSocks5} or {@link refuseSocks5}.
 * @param socket - accepted and not read from yet; silence is its owner's to end
 * @returns `undefined` when the client was turned away, speaks something else, or went: the socket is ending then
 */
export async function readSocks5(
  socket: Socket,
  options: Socks5Options = {},
): Promise<Socks5Target | undefined> {
  const words = new Words(socket);
  try {
    return await conversation(socket, words, options);
  } catch {
    socket.destroy(); // gone, in the middle of a word
    return undefined;
  } finally {
    words.stop();
  }
}

/**
 * Tells a client that it is connected: what follows goes to its target.
 * @param written - called when the word has left
 */
export function acceptSocks5(socket: Socket, written?: () => void): void {
  socket.write(reply(REPLY.succeeded), written);
}

/**
 * Tells a client that there is no connection, and ends the socket.
 * @param code - why, as Node has it: `ECONNREFUSED`, `ENOTFOUND` …
 */
export function refuseSocks5(socket: Socket, code = ''): void {
  turnAway(socket, reply(REPLY_TO[code] ?? REPLY.failed));
}

async function conversation(
  socket: Socket,
  words: Words,
  { credentials }: Socks5Options,
): Promise<Socks5Target | undefined> {
  const [version, count] = await words.take(2);
  if (version !== VERSION) return turnAway(socket);
  const methods = await words.take(count!);
  const method = credentials === undefined ? METHOD.none : METHOD.credentials;
  if (!methods.includes(method)) return turnAway(socket, Buffer.of(VERSION, METHOD.unacceptable));
  socket.write(Buffer.of(VERSION, method));
  if (credentials !== undefined) {
    if ((await words.take(1))[0] !== CREDENTIALS_VERSION) return turnAway(socket);
    const username = await words.takeText();
    const password = await words.takeText();
    const isRight = same(username, credentials.username) && same(password, credentials.password);
    if (!isRight) return turnAway(socket, Buffer.of(CREDENTIALS_VERSION, 1));
    socket.write(Buffer.of(CREDENTIALS_VERSION, 0));
  }
  const [again, command, , type] = await words.take(4);
  if (again !== VERSION) return turnAway(socket);
  const host = await takeHost(words, type!);
  if (host === undefined) return turnAway(socket, reply(REPLY.addressNotSupported));
  const port = (await words.take(2)).readUInt16BE();
  if (command !== CONNECT) return turnAway(socket, reply(REPLY.commandNotSupported));
  // It goes into logs and is compared; nothing else is a name or an address.
  if (!/^[\w.:-]+$/.test(host)) return turnAway(socket, reply(REPLY.hostUnreachable));
  return { host, port };
}

async function takeHost(words: Words, type: number): Promise<string | undefined> {
  if (type === ADDRESS.name) return (await words.takeText()).toString('latin1');
  if (type === ADDRESS.ipv4) return [...(await words.take(4))].join('.');
  if (type !== ADDRESS.ipv6) return undefined;
  const bytes = await words.take(16);
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/**
 * So many bytes of a socket at a time.
 *
 * It listens once, for as long as it lasts: whoever begins to listen is told at once of what is there already, which
 * would go round for ever while half a word is there.
 */
class Words {
  readonly #socket: Socket;
  #wake = () => {};
  readonly #onEvent = () => this.#wake();

  constructor(socket: Socket) {
    this.#socket = socket;
    for (const event of EVENTS) socket.on(event, this.#onEvent);
  }

  /** @throws Error when the client ends before. */
  async take(size: number): Promise<Buffer> {
    if (size === 0) return Buffer.alloc(0);
    const socket = this.#socket;
    for (;;) {
      const bytes: Buffer | null = socket.read(size);
      if (bytes?.length === size) return bytes;
      if (bytes !== null || socket.readableEnded || socket.destroyed) throw new Error('It ended');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** A length of one byte, and so many bytes. */
  async takeText(): Promise<Buffer> {
    return this.take((await this.take(1))[0]!);
  }

  stop(): void {
    for (const event of EVENTS) this.#socket.off(event, this.#onEvent);
  }
}

function turnAway(socket: Socket, words: Buffer = Buffer.alloc(0)): undefined {
  socket.end(words).resume();
  // Who does not leave, or goes on talking, is not served any longer for that.
  const leave = setTimeout(() => socket.destroy(), LEAVE_MS).unref();
  socket.once('close', () => clearTimeout(leave));
}

/** With the address that the connection has at the far end, which is nobody's to know. */
function reply(code: number): Buffer {
  return Buffer.of(VERSION, code, 0, ADDRESS.ipv4, 0, 0, 0, 0, 0, 0);
}

function same(given: Buffer, expected: string): boolean {
  const bytes = Buffer.from(expected);
  return given.length === bytes.length && timingSafeEqual(given, bytes);
}
