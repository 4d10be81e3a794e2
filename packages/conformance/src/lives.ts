/**
 * Lives of connections, from a sender to a target, of which this process has both ends: how each goes on, and how it ends.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HybridConnectionSender } from '@hybridge/sender';
import type { HybridConnectionSocket } from '@hybridge/socket';
import { within } from './deadline.js';

const LIFE_TIMEOUT_MS = 60_000;
/** Each connection begins with its number. */
const HEADER_BYTES = 4;
/** A target is told of a reset; one that is not told of the end of a life waits for nothing else. */
const LINGER_MS = 20_000;

/** Targets: on several addresses, so that local ports suffice. Each connection is handed to whoever waits for its number. */
export class FarEnds {
  readonly #servers: net.Server[] = [];
  readonly #awaited = new Map<number, (socket: net.Socket) => void>();
  readonly #open = new Set<net.Socket>();

  static async at(hosts: readonly string[]): Promise<FarEnds> {
    const ends = new FarEnds();
    for (const host of hosts) {
      const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => ends.#take(socket));
      ends.#servers.push(server);
      server.listen(0, host);
      await once(server, 'listening');
    }
    return ends;
  }

  /** `host:port` of each. */
  get endpoints(): string[] {
    return this.#servers.map((server) => {
      const { address, port } = server.address() as net.AddressInfo;
      return `${address}:${port}`;
    });
  }

  /** How many connections are open. */
  get open(): number {
    return this.#open.size;
  }

  /** The connection of this number, when it comes. */
  arrival(number: number): Promise<net.Socket> {
    return new Promise((resolve) => this.#awaited.set(number, resolve));
  }

  /** Nobody waits for that number any more. */
  forget(number: number): void {
    this.#awaited.delete(number);
  }

  stop(): void {
    for (const socket of this.#open) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  #take(socket: net.Socket): void {
    this.#open.add(socket);
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => this.#open.delete(socket));
    socket.setTimeout(LINGER_MS, () => socket.destroy());
    const read = () => {
      const header: Buffer | null = socket.read(HEADER_BYTES);
      if (header === null) return;
      socket.off('readable', read);
      const number = header.readUInt32BE();
      const awaited = this.#awaited.get(number);
      this.#awaited.delete(number);
      // The sender is gone already.
      if (awaited === undefined) socket.destroy();
      else awaited(socket);
    };
    socket.on('readable', read).once('end', () => socket.end());
  }
}

/** How lives end that are not orderly. */
export const ABORTS = [
  'by the sender, while it is dialled',
  'by the sender, with data under way',
  'by the target, with data under way',
  'by the sender, after it has ended its side',
  'by the target, after the sender has ended its side',
  'by the sender, after the target has ended its side',
  'by the target, after it has ended its side',
] as const;

/** One of them. */
export type Abort = (typeof ABORTS)[number];

/** One life. @throws Error when an orderly one is anything else, or when any takes too long */
export function live(
  sender: HybridConnectionSender,
  ends: FarEnds,
  number: number,
  abort: Abort | undefined,
): Promise<void> {
  const socket = sender.connect();
  socket.on('error', () => {}); // whoever cares listens, too
  const closed = closing(socket);
  const life = abort === undefined ? orderly(socket, ends, number) : aborted(socket, ends, number, abort);
  return within(
    life.then(() => closed).then(() => undefined),
    LIFE_TIMEOUT_MS,
    `life ${number} to end (${abort ?? 'orderly'})`,
  ).finally(() => {
    ends.forget(number);
    socket.destroy();
  });
}

/** Its end, whether with an error or without. */
function closing(socket: HybridConnectionSocket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function begin(socket: HybridConnectionSocket, number: number, payload: Buffer): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(number);
  socket.write(Buffer.concat([header, payload]));
}

/** There and back again, each end in its turn. */
async function orderly(socket: HybridConnectionSocket, ends: FarEnds, number: number): Promise<void> {
  const payload = randomBytes(Math.floor(Math.random() ** 3 * 65_536));
  const arrived = ends.arrival(number);
  const failed = closing(socket).then(() => {
    throw new Error(`life ${number} was cut`);
  });
  failed.catch(() => {});
  begin(socket, number, payload);
  socket.end();
  const far = await Promise.race([arrived, failed]);
  far.pipe(far);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await Promise.race([once(socket, 'end'), failed]);
  if (!Buffer.concat(chunks).equals(payload)) throw new Error(`life ${number} heard something else`);
}

async function aborted(
  socket: HybridConnectionSocket,
  ends: FarEnds,
  number: number,
  abort: Abort,
): Promise<void> {
  const later = () => sleep(Math.random() * 20);
  if (abort === 'by the sender, while it is dialled') {
    begin(socket, number, Buffer.alloc(0));
    if (Math.random() < 0.8) await later();
    socket.destroy();
    return;
  }
  const arrived = ends.arrival(number);
  begin(socket, number, randomBytes(1_000));
  const far = await arrived;
  far.on('data', () => {});
  socket.on('data', () => {});
  if (
    abort.includes('after the sender has ended') ||
    abort === 'by the sender, after it has ended its side'
  ) {
    socket.end();
    pour(far);
  } else if (abort.includes('after')) {
    far.end();
    pour(socket);
  } else {
    pour(far);
    pour(socket);
  }
  await later();
  if (abort.startsWith('by the sender')) socket.destroy();
  else far.resetAndDestroy();
}

/** Data under way, and as much of it as is taken. */
function pour(into: net.Socket | HybridConnectionSocket): void {
  const chunk = randomBytes(1_024 + Math.floor(Math.random() * 64_000));
  const more = () => {
    for (let left = 8; left > 0 && !into.destroyed && into.write(chunk); left -= 1);
  };
  into.on('drain', more);
  more();
}
