/** The data channel against `ws` as the relay, and against raw bytes where `ws` would be too polite. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Conduit } from './conduit.js';
import { DataChannel, type DataChannelOptions } from './data-channel.js';
import { dial } from './dial.js';

const cleanUp: Array<() => void> = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

/** A channel and the `ws` at its other end. */
async function connected(): Promise<{ channel: DataChannel; peer: WebSocket }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  cleanUp.push(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const { port } = server.address() as net.AddressInfo;
  const { channel } = await dial(`ws://127.0.0.1:${port}/`).upgrade();
  const [peer] = (await accepted) as [WebSocket];
  cleanUp.push(
    () => peer.terminate(),
    () => channel.abort(),
  );
  return { channel, peer };
}

/** A channel over a raw connection, as if the upgrade had been made. */
async function raw(options?: DataChannelOptions): Promise<{ channel: DataChannel; peer: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const near = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [[peer]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [net.Socket],
    unknown,
  ];
  server.close();
  peer.on('error', () => undefined);
  const channel = new DataChannel(Conduit.adopt(near), undefined, options);
  cleanUp.push(
    () => peer.destroy(),
    () => channel.abort(),
  );
  return { channel, peer };
}

function collected(channel: DataChannel): Buffer[] {
  const chunks: Buffer[] = [];
  channel.onData = (payload) => chunks.push(Buffer.from(payload)) > 0;
  return chunks;
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const pattern = (length: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >>> 8)) & 0xff));

describe('a data channel', () => {
  it('sends messages of 64 KiB at most, masked, and is done when they are sent', async () => {
    const { channel, peer } = await connected();
    channel.start();
    const messages: Buffer[] = [];
    peer.on('message', (message: Buffer) => messages.push(message));
    const sent = pattern(150_000);
    await new Promise<void>((resolve, reject) =>
      channel.sendAll([sent.subarray(0, 70_000), sent.subarray(70_000)], (e) => (e ? reject(e) : resolve())),
    );
    await until(() => Buffer.concat(messages).length === sent.length);
    expect(messages.map(({ length }) => length)).toEqual([65_536, 65_536, 18_928]);
    expect(Buffer.concat(messages).equals(sent)).toBe(true);
    expect(channel.bytesWritten).toBe(150_000);
  });

  it.each([0, 16])('sends in place with %d bytes of room before the payload', async (room) => {
    const { channel, peer } = await connected();
    channel.start();
    const messages: Buffer[] = [];
    peer.on('message', (message: Buffer) => messages.push(message));
    const sent = pattern(200_000);
    const bytes = Buffer.concat([Buffer.alloc(room), sent]);
    if (!channel.sendInPlace(bytes, room, bytes.length))
      await new Promise<void>((resolve) => (channel.onDrain = resolve));
    await until(() => Buffer.concat(messages).length === sent.length);
    expect(Buffer.concat(messages).equals(sent)).toBe(true);
  });

  it.each([
    ['a message', (channel: DataChannel, done: () => void) => channel.send(pattern(1_000), done)],
    ['its end', (channel: DataChannel, done: () => void) => channel.end(done)],
  ])('says that what is lent is free when %s was sent behind it', async (_, follow) => {
    const { channel, peer } = await raw();
    channel.start();
    peer.pause();
    const bytes = Buffer.alloc(16 + 60_000);
    const told: string[] = [];
    channel.onDrain = () => told.push('free');
    while (channel.sendInPlace(bytes, 16, bytes.length));
    follow(channel, () => told.push('sent'));
    peer.resume();
    await until(() => told.length === 2);
    expect(told.sort()).toEqual(['free', 'sent']);
    expect(channel.queuedBytes).toBe(0);
  });

  it('delivers what arrives, also what came with the handshake, joined where it is small', async () => {
    const { channel, peer } = await connected();
    const chunks = collected(channel);
    const parts = [...Array(100)].map((_, i) => pattern(i));
    for (const part of parts) peer.send(part);
    channel.start();
    await until(() => Buffer.concat(chunks).length === Buffer.concat(parts).length);
    expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true);
    expect(chunks.length).toBeLessThan(50);
    expect(channel.bytesRead).toBe(4950);
  });

  it('delivers nothing more after a false, until it is resumed', async () => {
    const { channel, peer } = await raw();
    let calls = 0;
    channel.onData = () => {
      calls += 1;
      return false;
    };
    channel.start();
    peer.write(Buffer.from([0x82, 1, 0x41]));
    await until(() => calls === 1);
    peer.write(Buffer.from([0x82, 1, 0x42]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls).toBe(1);
    channel.resume();
    await until(() => calls === 2);
  });

  it('answers a ping, and a flood of them without filling its queue', async () => {
    const { channel, peer } = await connected();
    channel.start();
    peer.ping('here?');
    const [payload] = await once(peer, 'pong');
    expect(String(payload)).toBe('here?');

    const flood = await raw();
    flood.channel.start();
    flood.peer.pause();
    for (let i = 0; i < 40; i += 1)
      flood.peer.write(Buffer.alloc(127 * 500, Buffer.concat([Buffer.from([0x89, 125]), Buffer.alloc(125)])));
    await until(() => flood.peer.writableLength === 0);
    expect(flood.channel.queuedBytes).toBeLessThan(1024);
  });
});

describe('a data channel whose user tells messages apart', () => {
  it('sends a message in parts, empty ones too', async () => {
    const { channel, peer } = await connected();
    channel.start();
    const messages: string[] = [];
    peer.on('message', (data: Buffer, isBinary) => messages.push(`${isBinary} ${data.length}`));
    const done = () => undefined;
    channel.sendPart({ opcode: 1, fin: true }, [Buffer.from('text')], done);
    channel.sendPart({ opcode: 2, fin: false }, [pattern(65_536), pattern(4_464)], done);
    channel.sendPart({ opcode: 0, fin: false }, [pattern(10)], done);
    channel.sendPart({ opcode: 0, fin: true }, [], done);
    channel.sendPart({ opcode: 2, fin: true }, [], done);
    channel.sendPart({ opcode: 2, fin: true }, [pattern(131_072)], done);
    await until(() => messages.length === 4);
    expect(messages).toEqual(['false 4', 'true 70010', 'true 0', 'true 131072']);
  });

  it('gives each frame before its payload, and never joins two', async () => {
    const { channel, peer } = await raw();
    const heard: string[] = [];
    channel.onFrame = (fin, opcode, length) => heard.push(`${fin} ${opcode} ${length}`);
    channel.onData = (payload) => heard.push(String(payload)) > 0;
    channel.start();
    peer.write(Buffer.from([0x81, 1, 0x41, 0x02, 2, 0x42, 0x43, 0x00, 0, 0x80, 1, 0x44]));
    await until(() => heard.length === 7);
    expect(heard).toEqual(['true 1 1', 'A', 'false 2 2', 'BC', 'false 0 0', 'true 0 1', 'D']);
  });
});

describe('a data channel that ends', () => {
  it('sends a Close, goes on reading, and is closed by the Close of the other side', async () => {
    const { channel, peer } = await raw();
    const chunks = collected(channel);
    const events: string[] = [];
    channel.onEnd = ({ code, reason }) => events.push(`end ${code} ${reason}`);
    channel.onCut = () => events.push('cut');
    const closed = new Promise<void>((resolve) => (channel.onClose = resolve));
    channel.start();
    channel.end();
    const [close] = (await once(peer, 'data')) as [Buffer];
    expect(close[0]).toBe(0x88);
    peer.write(Buffer.from([0x82, 5, ...Buffer.from('reply')]));
    await until(() => chunks.length > 0);
    peer.end(Buffer.from([0x88, 4, 0x03, 0xe8, ...Buffer.from('ok')]));
    await closed;
    expect(String(chunks[0])).toBe('reply');
    expect(events).toEqual(['end 1000 ok']);
  });

  it.each([
    ['a FIN', (peer: net.Socket) => void peer.end()],
    ['a reset', (peer: net.Socket) => void peer.resetAndDestroy()],
    ['a FIN in the middle of a frame', (peer: net.Socket) => void peer.end(Buffer.from([0x82, 9, 1]))],
  ])('is cut, and does not end, by %s', async (_what, act) => {
    const { channel, peer } = await raw();
    const events: string[] = [];
    channel.onEnd = () => events.push('end');
    channel.onCut = ({ code }) => events.push(code);
    const closed = new Promise<void>((resolve) => (channel.onClose = resolve));
    channel.start();
    act(peer);
    await closed;
    expect(events).toEqual(['ERR_RELAY_CUT']);
  });

  it.each([1002, 1011])('is cut by a Close that tells of a failure: %i', async (code) => {
    const { channel, peer } = await raw();
    const chunks = collected(channel);
    const events: unknown[] = [];
    channel.onEnd = () => events.push('end');
    channel.onCut = ({ code, closeCode, message }) => events.push({ code, closeCode, message });
    const closed = new Promise<void>((resolve) => (channel.onClose = resolve));
    channel.start();
    peer.write(
      Buffer.from([
        0x82,
        4,
        ...Buffer.from('half'),
        0x88,
        6,
        code >>> 8,
        code & 0xff,
        ...Buffer.from('a\n\x1bb'),
      ]),
    );
    await closed;
    expect(String(Buffer.concat(chunks))).toBe('half');
    const message = `The other side gave the relayed connection up (${code} a b)`;
    expect(events).toEqual([{ code: 'ERR_RELAY_CUT', closeCode: code, message }]);
  });

  it('reports a violation of the protocol once, and resets', async () => {
    const { channel, peer } = await raw();
    const cut = new Promise<Error>((resolve) => (channel.onCut = resolve));
    channel.start();
    const reset = new Promise<Error>((resolve) => peer.once('error', resolve));
    peer.write(Buffer.from([0x82, 0x81, 0, 0, 0, 0, 1]));
    expect(await cut).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
    expect(await reset).toMatchObject({ code: 'ECONNRESET' });
  });

  it('is closed at once when both sides have ended, though its user had enough for the moment', async () => {
    const { channel, peer } = await raw();
    channel.onData = () => false;
    const ended = new Promise<unknown>((resolve) => (channel.onEnd = resolve));
    const closed = new Promise<void>((resolve) => (channel.onClose = resolve));
    channel.start();
    peer.write(Buffer.from([0x82, 2, 0x41, 0x42, 0x88, 0]));
    await ended;
    channel.end();
    await once(peer, 'data');
    peer.end();
    await Promise.all([closed, once(peer.resume(), 'close')]);
  }, 4_500); // before the time in which the other side has to close is over

  it('is closed at once when the other side ends TCP before this one has ended', async () => {
    const { channel, peer } = await raw();
    const ended = new Promise<unknown>((resolve) => (channel.onEnd = resolve));
    const closed = new Promise<void>((resolve) => (channel.onClose = resolve));
    channel.start();
    peer.end(Buffer.from([0x88, 0]));
    await ended;
    await new Promise((resolve) => setTimeout(resolve, 20));
    channel.end();
    await Promise.all([closed, once(peer.resume(), 'close')]);
  }, 4_500); // before the time in which the other side has to close is over

  it('keeps what it has lent although both sides have ended', async () => {
    const { channel, peer } = await raw();
    const lent: Buffer[] = [];
    channel.onData = (payload) => lent.push(payload) > 0;
    channel.onReadEnd = () => lent.length === 0;
    const ended = new Promise<unknown>((resolve) => (channel.onEnd = resolve));
    let isOver = false;
    const closed = new Promise<void>((resolve) => (channel.onClose = resolve)).then(() => (isOver = true));
    channel.start();
    peer.write(Buffer.from([0x82, 2, 0x41, 0x42, 0x88, 0]));
    await ended;
    channel.end();
    await once(peer, 'data');
    peer.end(Buffer.from([0x89, 0]));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(isOver).toBe(false);
    channel.resume();
    await closed;
    expect(String(lent[0])).toBe('AB');
  });

  it('refuses to send afterwards', async () => {
    const { channel } = await raw();
    channel.start();
    channel.end();
    const error = await new Promise((resolve) => channel.send(Buffer.from('late'), resolve));
    expect(error).toMatchObject({ code: 'ERR_RELAY_CLOSED' });
  });

  it('counts as cut when the relay has been silent for too long, and pings before', async () => {
    const { channel, peer } = await raw({ keepAliveIntervalMs: 32 });
    const cut = new Promise<Error>((resolve) => (channel.onCut = resolve));
    channel.start();
    const [ping] = (await once(peer, 'data')) as [Buffer];
    expect(ping[0]).toBe(0x89);
    expect(await cut).toMatchObject({ code: 'ERR_RELAY_CUT' });
  });
});
