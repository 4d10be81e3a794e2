/** A stream of a session below a splice: bytes go on from where they were copied to, and in order with the end. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedPool } from '../buffer-pool.js';
import type { Channel } from '../channel.js';
import { splice } from '../splice.js';
import { PairedChannel } from './channel-pair.js';
import { SessionOpener } from './session-opener.js';
import { SessionTaker } from './session-taker.js';

const cleanUp: Array<() => void> = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

/** A client of a server whose sockets are spliced with streams, and the far ends of these. */
async function stage() {
  const [near, far] = PairedChannel.pair();
  const streams: Channel[] = [];
  new SessionTaker(far, {
    maxStreams: 100,
    onOffer: (offer) => void streams.push(offer.accept()!),
    onClose: () => undefined,
  });
  const opener = new SessionOpener(near, { maxStreams: 100, onChange: () => undefined });
  await opener.ready;
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    splice(socket, opener.open(''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  return {
    streams,
    client() {
      const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      client.on('error', () => undefined);
      cleanUp.push(() => client.destroy());
      return client;
    },
  };
}

const digest = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');

async function received(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** More than fits into a window and what the kernel takes. */
const MUCH = 32 * 1024 * 1024;

/** A number that does not change any more. */
async function settled(number: () => number): Promise<number> {
  let last = Number.NaN;
  while (last !== number()) {
    last = number();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return last;
}

describe('a spliced stream', () => {
  it.each([1, 8, 5_000, 3_000_000])('gives an answer of %i bytes before its end', async (length) => {
    const { streams, client } = await stage();
    const socket = client();
    await until(() => streams.length === 1);
    const answer = randomBytes(length);
    streams[0]!.start();
    streams[0]!.sendAll([answer], () => undefined);
    streams[0]!.end();
    expect(digest(await received(socket))).toBe(digest(answer));
  });

  it('gives each of 20 at once its own bytes, though half of their readers pause', async () => {
    const { streams, client } = await stage();
    const sockets = Array.from({ length: 20 }, client);
    await until(() => streams.length === 20);
    const answers = streams.map(() => randomBytes(1_500_000));
    for (const [index, stream] of streams.entries()) {
      stream.start();
      stream.sendAll([answers[index]!], () => undefined);
      stream.end();
    }
    const slow = sockets.filter((_, index) => index % 2 === 0).map((socket) => socket.pause());
    const quick = sockets.filter((_, index) => index % 2 === 1);
    const all = answers.map(digest);
    for (const bytes of await Promise.all(quick.map(received))) expect(all).toContain(digest(bytes));
    for (const bytes of await Promise.all(slow.map(received))) expect(all).toContain(digest(bytes));
  });

  it('takes all that its socket has, and its end', async () => {
    const { streams, client } = await stage();
    const socket = client();
    const question = randomBytes(3_000_000);
    socket.end(question);
    await until(() => streams.length === 1);
    const chunks: Buffer[] = [];
    const ended = new Promise<void>((resolve) => {
      streams[0]!.onData = (payload) => chunks.push(Buffer.from(payload)) > 0;
      streams[0]!.onEnd = () => resolve();
    });
    streams[0]!.start();
    await ended;
    expect(digest(Buffer.concat(chunks))).toBe(digest(question));
  });

  it.each([
    ['it is cut', ([stream]: Channel[], _: net.Socket) => stream!.abort()],
    ['its socket is gone', (_: Channel[], socket: net.Socket) => void socket.resetAndDestroy()],
  ])('gives back the buffer that was lent to it when %s', async (_, end) => {
    const { streams, client } = await stage();
    const socket = client();
    await until(() => streams.length === 1);
    const before = await settled(() => sharedPool.left);
    const [stream] = streams;
    stream!.onData = () => false;
    stream!.start();
    stream!.sendAll([Buffer.alloc(MUCH)], () => undefined);
    socket.pause().write(Buffer.alloc(MUCH));
    await until(() => sharedPool.left < before);
    await settled(() => socket.writableLength);
    end(streams, socket);
    await expect.poll(() => sharedPool.left, { interval: 1 }).toBe(before);
  });

  it('resets its socket when it is cut', async () => {
    const { streams, client } = await stage();
    const socket = client();
    await until(() => streams.length === 1);
    const failed = once(socket, 'error');
    streams[0]!.abort();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  });
});
