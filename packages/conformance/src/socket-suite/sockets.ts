/**
 * The sockets of one test, opened for it and destroyed after it, and what tests want to know of a socket.
 * @module
 */
import { once } from 'node:events';
import type net from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../deadline.js';
import type { DialOptions, SocketStage, SocketTraits } from './subject.js';

const PATIENCE_MS = 30_000;

/** Both ends of an open connection. */
export interface Pair {
  readonly near: net.Socket;
  readonly far: net.Socket;
}

/** Opens sockets and sees to it that none outlives its test. */
export class Sockets {
  readonly traits: SocketTraits;
  #stage: SocketStage | undefined;
  readonly #open = new Set<net.Socket>();

  constructor(traits: SocketTraits) {
    this.traits = traits;
  }

  /** What the tests run on; set before the first of them. */
  set stage(stage: SocketStage) {
    this.#stage = stage;
  }

  get stage(): SocketStage {
    if (this.#stage === undefined) throw new Error('The subject has not been started');
    return this.#stage;
  }

  /** A socket that is being opened, and its far end. */
  dial(options?: DialOptions): { near: net.Socket; far: Promise<net.Socket> } {
    const { near, far } = this.stage.dial(options);
    this.#keep(near);
    return { near, far: far.then((socket) => this.#keep(socket)) };
  }

  /** Two connected ends. Errors are recorded by {@link outcome} or not at all; none is left unhandled. */
  async pair(options?: DialOptions): Promise<Pair> {
    const { near, far } = this.dial(options);
    const [, accepted] = await within(
      Promise.all([once(near, 'connect'), far]),
      PATIENCE_MS,
      'the two ends of a connection',
    );
    return { near, far: accepted };
  }

  refused(): net.Socket {
    return this.#keep(this.stage.refused());
  }

  stalled(options?: DialOptions): net.Socket {
    return this.#keep(this.stage.stalled(options));
  }

  /** After each test. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  #keep(socket: net.Socket): net.Socket {
    this.#open.add(socket);
    socket.on('error', () => undefined);
    return socket;
  }
}

/** An event, waited for patiently but not for ever. */
export async function event(socket: net.Socket, name: string): Promise<unknown[]> {
  return within(once(socket, name, { signal: AbortSignal.timeout(PATIENCE_MS) }), PATIENCE_MS, `'${name}'`);
}

/** How a socket came to its end. */
export interface Outcome {
  readonly error: NodeJS.ErrnoException | undefined;
  readonly hadError: boolean;
  /** Which of these came, in order. */
  readonly events: readonly string[];
}

/** Watches a socket until 'close', from now on; call it before what should end it. */
export function outcome(socket: net.Socket): Promise<Outcome> {
  const events: string[] = [];
  let error: NodeJS.ErrnoException | undefined;
  for (const name of ['connect', 'end', 'finish', 'error']) socket.on(name, () => events.push(name));
  socket.on('error', (raised: NodeJS.ErrnoException) => {
    error = raised;
  });
  const closed = new Promise<Outcome>((resolve) => {
    socket.on('close', (hadError: boolean) => {
      events.push('close');
      resolve({ error, hadError, events });
    });
  });
  return within(closed, PATIENCE_MS, "'close'");
}

/** Exactly so many bytes, leaving the rest unread. */
export async function read(socket: net.Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = length;
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  while (missing > 0) {
    const chunk: Buffer | null = socket.read(Math.min(missing, socket.readableLength || missing));
    if (chunk === null) {
      await once(socket, 'readable', { signal: deadline });
      if (socket.readableEnded) throw new Error(`The socket ended ${missing} bytes early`);
    } else {
      chunks.push(chunk);
      missing -= chunk.length;
    }
  }
  return Buffer.concat(chunks);
}

/** Everything up to the end. */
export async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await event(socket, 'end');
  return Buffer.concat(chunks);
}

/** Writes; resolves with what the write's callback got. */
export function writes(socket: net.Socket, chunk: Uint8Array | string): Promise<Error | null | undefined> {
  return new Promise((resolve) => socket.write(chunk, resolve));
}

/** Long enough for whatever is on its way to have arrived. */
export function settle(ms = 60): Promise<void> {
  return sleep(ms);
}

/**
 * A relayed socket as the suite sees it. It has the whole face of `net.Socket`; only that properties which
 * may be absent there may be `undefined` here keeps the compiler, at its strictest, from seeing that.
 */
export function asNetSocket(socket: Duplex): net.Socket {
  return socket as unknown as net.Socket;
}
