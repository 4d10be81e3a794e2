/**
 * A relay that goes by the name of a namespace of Microsoft's, and clients for it that are made of bytes.
 *
 * They dial the loopback interface and say `Host: contoso.servicebus.windows.net`, so tokens, addresses and headers
 * are what they would be if the name led here.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import { type RelayServer, type StartRelayOptions, startRelay } from '@hybridge/relay';
import { parseConnectionString } from '@hybridge/sas';
import { within } from '../deadline.js';
import type { Credential } from '../relay-suite/subjects.js';
import { type Answer, endOfHead, NotSwitched, parseAnswer } from './answer.js';
import { clientToken, type TokenForm } from './client-tokens.js';
import { Opcode, RawWebSocket } from './raw-websocket.js';

/** The namespace's name. */
export const HOST = 'contoso.servicebus.windows.net';

/** The key that all handshakes send. */
export const WEBSOCKET_KEY = 'c2FtcGxlLWtleS0wMTIzNA==';

const ANSWER_TIMEOUT_MS = 20_000;

/** Names and values, in the order and spelling they are sent in. A name may stand several times. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** What the relay tells a listener of a waiting sender, as it stands. */
export interface RawAccept {
  readonly address: string;
  readonly id: string;
  readonly connectHeaders: Readonly<Record<string, unknown>>;
  readonly remoteEndpoint: Readonly<Record<string, unknown>>;
}

/** The running relay. */
export class Contoso {
  readonly relay: RelayServer;
  readonly #sockets = new Set<net.Socket>();

  private constructor(relay: RelayServer) {
    this.relay = relay;
  }

  /** Starts it. @param hybridConnections - names, or more than that */
  static async open(
    hybridConnections: NonNullable<StartRelayOptions['hybridConnections']>,
    options: Omit<StartRelayOptions, 'hybridConnections' | 'namespaces'> = {},
  ): Promise<Contoso> {
    const declared = hybridConnections.map((each) => (typeof each === 'string' ? { name: each } : each));
    const namespaces = [{ name: HOST, hybridConnections: declared }];
    // All clients of a test file are one address, and many listen at the same name.
    const limits = { listensPerSecond: 1_000, listensPerSecondPerAddress: 1_000, ...options.limits };
    return new Contoso(await startRelay({ ...options, limits, namespaces }));
  }

  /** Drops all clients and ends. */
  async close(): Promise<void> {
    this.drop();
    await this.relay.close({ graceMs: 0 });
  }

  /** Drops all clients. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  /** Name and key of a policy. */
  policy(entity: string, name: 'defaultListener' | 'defaultSender' | (string & {})): Credential {
    const { sharedAccessKeyName, sharedAccessKey } = parseConnectionString(
      this.relay.connectionString(entity, name),
    );
    return { keyName: sharedAccessKeyName!, key: sharedAccessKey! };
  }

  /** A client's token for listening. */
  listenToken(client: TokenForm, entity: string): string {
    return clientToken(client, { host: HOST, entity }, this.policy(entity, 'defaultListener'));
  }

  /** A client's token for sending. */
  sendToken(client: TokenForm, entity: string): string {
    return clientToken(client, { host: HOST, entity }, this.policy(entity, 'defaultSender'));
  }

  /** Opens a TCP connection. */
  async dial(): Promise<net.Socket> {
    const socket = net.connect({
      port: Number(new URL(this.relay.url).port),
      host: '127.0.0.1',
      noDelay: true,
    });
    this.#sockets.add(socket);
    socket.on('error', () => {}); // whoever waits for an answer is told by its absence
    await once(socket, 'connect');
    return socket;
  }

  /**
   * Asks for a WebSocket. @param target - path and query, as they stand in the request line.
   * @throws NotSwitched when the answer is not a 101.
   */
  async upgrade(target: string, headers: HeaderLines = []): Promise<RawWebSocket> {
    const socket = await this.dial();
    const own = new Set(headers.map(([name]) => name.toLowerCase()));
    const usual = HANDSHAKE.filter(([name]) => !own.has(name.toLowerCase()));
    socket.write(request('GET', target, [...usual, ...headers]));
    const { head, rest } = await readHead(socket);
    const answer = parseAnswer(head);
    if (answer.status === 101) return new RawWebSocket(socket, answer, rest);
    throw new NotSwitched(await withBody(answer, socket, rest));
  }

  /** Sends a plain request, and reads the answer to its end: `Connection: close` is added. */
  async exchange(method: string, target: string, headers: HeaderLines = [], body = ''): Promise<Answer> {
    const socket = await this.dial();
    const own = new Set(headers.map(([name]) => name.toLowerCase()));
    const host: HeaderLines = own.has('host') ? [] : [['Host', HOST]];
    const length: HeaderLines = body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))]];
    socket.write(request(method, target, [...host, ...headers, ...length, ['Connection', 'close']]) + body);
    const { head, rest } = await readHead(socket);
    return withBody(parseAnswer(head), socket, rest);
  }

  /** Dials a rendezvous address that was handed out. */
  meet(address: string, headers: HeaderLines = []): Promise<RawWebSocket> {
    const { pathname } = new URL(address);
    // The query is sent as it was given, which a URL object would not keep.
    return this.upgrade(`${pathname}${address.slice(address.indexOf('?'))}`, headers);
  }
}

/** The next `accept` on a control channel, which must be the next message. */
export async function nextAccept(control: RawWebSocket): Promise<RawAccept> {
  const message = await control.json();
  if (Object.keys(message).join() !== 'accept') throw new Error(`Not an accept: ${Object.keys(message)}`);
  return message.accept as RawAccept;
}

/** The bytes of one message each way, so that a test can be sure the pair is joined. */
export async function roundTrip(one: RawWebSocket, other: RawWebSocket): Promise<void> {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.frame(Opcode.binary, 'ping');
    const { payload } = await to.message();
    if (payload.toString() !== 'ping') throw new Error(`Expected ping, got ${payload.toString()}`);
  }
}

const HANDSHAKE: HeaderLines = [
  ['Host', HOST],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', WEBSOCKET_KEY],
];

function request(method: string, target: string, headers: HeaderLines): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${target} HTTP/1.1\r\n${lines}\r\n`;
}

async function readHead(socket: net.Socket): Promise<{ readonly head: string; readonly rest: Buffer }> {
  let bytes: Buffer = Buffer.alloc(0);
  while (endOfHead(bytes) === -1) {
    const chunk = await nextChunk(socket);
    if (chunk === undefined) throw new Error(`TCP ended after ${JSON.stringify(bytes.toString('latin1'))}`);
    bytes = Buffer.concat([bytes, chunk]);
  }
  const end = endOfHead(bytes);
  return { head: bytes.toString('latin1', 0, end), rest: bytes.subarray(end) };
}

async function withBody(answer: Answer, socket: net.Socket, rest: Buffer): Promise<Answer> {
  const chunks = [rest];
  for (let chunk = await nextChunk(socket); chunk !== undefined; chunk = await nextChunk(socket)) {
    chunks.push(chunk);
  }
  return { ...answer, body: Buffer.concat(chunks).toString() };
}

/** What comes next; `undefined` when nothing comes any more. */
async function nextChunk(socket: net.Socket): Promise<Buffer | undefined> {
  if (socket.readableEnded || socket.destroyed) return undefined;
  const aborted = new AbortController();
  const { signal } = aborted;
  const turn = Promise.race([
    once(socket, 'data', { signal }).then(([chunk]) => chunk as Buffer),
    once(socket, 'end', { signal }).then(() => undefined),
    once(socket, 'close', { signal }).then(() => undefined),
  ]);
  socket.resume();
  try {
    return await within(turn, ANSWER_TIMEOUT_MS, 'an answer');
  } finally {
    aborted.abort();
    socket.pause();
  }
}
