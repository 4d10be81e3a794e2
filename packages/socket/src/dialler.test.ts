import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cert, key } from '../test/certificate.js';
import { acceptingRelay, joins, TestProxy } from '../test/proxy.js';
import type { DataChannel } from './data-channel.js';
import { Dialler, type DiallerOptions } from './dialler.js';
import { acceptKey } from './handshake.js';

/** A relay that answers each request, and of which tests count and end the connections. */
class Relay {
  readonly sockets: net.Socket[] = [];
  /** The request that came on each connection. */
  readonly requests: string[] = [];
  answer: (socket: net.Socket, request: string) => void = accept;
  readonly #secure: boolean;
  readonly #server: net.Server;

  constructor(secure = false) {
    this.#secure = secure;
    const onSocket = (socket: net.Socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        if (!bytes.includes('\r\n\r\n')) return;
        this.requests.push(bytes.toString('latin1'));
        this.answer(socket, bytes.toString('latin1'));
      });
    };
    this.#server = secure ? tls.createServer({ cert, key }, onSocket) : net.createServer(onSocket);
    cleanups.push(() => this.close());
  }

  async listen(): Promise<this> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    const { port } = this.#server.address() as net.AddressInfo;
    return `${this.#secure ? 'wss' : 'ws'}://127.0.0.1:${port}/$hc/sql`;
  }

  get open(): readonly net.Socket[] {
    return this.sockets.filter((socket) => !socket.destroyed);
  }

  /** Waits until so many connections have been made in all. */
  async has(count: number): Promise<void> {
    await expect.poll(() => this.sockets.length).toBe(count);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.#server.listening) return;
    await once(this.#server.close(), 'close');
  }
}

function accept(socket: net.Socket, request: string): void {
  const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(request)![1]!;
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  socket.write([...head, `Sec-WebSocket-Accept: ${acceptKey(key)}`, '\r\n'].join('\r\n'));
}

const cleanups: (() => unknown)[] = [];
const channels: DataChannel[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const channel of channels.splice(0)) channel.abort();
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

function dialler(options: DiallerOptions): Dialler {
  const made = new Dialler({ proxy: false, ...options });
  cleanups.push(() => made.close());
  return made;
}

async function connect(dial: Dialler, url: string): Promise<DataChannel> {
  const { channel } = await dial.dial(url).upgrade();
  channels.push(channel);
  return channel;
}

describe('a dialler', () => {
  it('dials nothing ahead unless it is told to', async () => {
    const relay = await new Relay().listen();
    const plain = dialler({});
    plain.prepare(relay.url);
    await connect(plain, relay.url);
    await passed(20);
    expect(relay.sockets).toHaveLength(1);
  });

  it.each([-1, 0.5, 257, Number.NaN])('cannot keep %d connections', (preconnect) => {
    expect(() => new Dialler({ preconnect })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });
});

describe('a connection that was dialled ahead', () => {
  it('is what the next dial gets, and is replaced', async () => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 2 });
    ahead.prepare(relay.url);
    await relay.has(2);
    const { channel } = await opened(ahead, relay);
    await relay.has(3);
    expect(relay.sockets.slice(0, 2).map(({ remotePort }) => remotePort)).toContain(channel.socket.localPort);
  });

  it('is for the same server only', async () => {
    const [relay, other] = [await new Relay().listen(), await new Relay().listen()];
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    const channel = await connect(ahead, other.url);
    expect(channel.socket.remotePort).toBe(Number(new URL(other.url).port));
    expect(relay.requests).toEqual([]);
    // From now on there is one for the other, too.
    await other.has(2);
  });

  it('is kept for the servers that were dialled last, and no others', async () => {
    const relays = await Promise.all(Array.from({ length: 5 }, () => new Relay().listen()));
    const ahead = dialler({ preconnect: 1 });
    for (const { url } of relays) await connect(ahead, url);
    await relays[4]!.has(2);
    await expect.poll(() => relays.map(({ open }) => open.length)).toEqual([1, 2, 2, 2, 2]);
  });

  it('has done its TLS handshake', async () => {
    const relay = await new Relay(true).listen();
    const ahead = dialler({ preconnect: 1, tls: { ca: cert } });
    ahead.prepare(relay.url);
    await relay.has(1);
    await opened(ahead, relay);
    expect(relay.requests).toHaveLength(1);
    await relay.has(2);
  });

  it('has gone through the proxy', async () => {
    const relay = acceptingRelay();
    cleanups.push(() => relay.stop());
    await relay.start();
    const proxy = await new TestProxy(relay.port, joins).start();
    cleanups.push(() => proxy.stop());
    const ahead = dialler({ preconnect: 1, proxy: proxy.url });
    ahead.prepare('ws://relay.test/$hc/a');
    await expect.poll(() => proxy.requests.length).toBe(1);
    await passed(50);
    await connect(ahead, 'ws://relay.test/$hc/a');
    await expect.poll(() => proxy.requests.length).toBe(2);
    expect(relay.requests).toHaveLength(1);
  });

  it.each([
    ['ends', (socket: net.Socket) => socket.end()],
    ['resets', (socket: net.Socket) => socket.resetAndDestroy()],
    ['says 408 on', (socket: net.Socket) => socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n')],
  ])('is not used once the server %s it, and not replaced at once', async (_what, leave) => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    await passed(20);
    leave(relay.sockets[0]!);
    await expect.poll(() => relay.open.length).toBe(0);
    await passed(20);
    expect(relay.sockets).toHaveLength(1);
    await connect(ahead, relay.url);
    expect(relay.sockets).toHaveLength(2);
  });

  it.each([
    ['is ended', (socket: net.Socket) => socket.end()],
    ['is reset', (socket: net.Socket) => socket.resetAndDestroy()],
    ['is answered with 408', (socket: net.Socket) => socket.end('HTTP/1.1 408 Request Timeout\r\n\r\n')],
  ])('costs nobody a connection when it %s as it is asked', async (_what, leave) => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    relay.answer = (socket) => {
      relay.answer = accept;
      leave(socket);
    };
    await opened(ahead, relay);
    expect(relay.requests).toHaveLength(2);
    expect(relay.requests[0]!.split('\r\n')[0]).toBe(relay.requests[1]!.split('\r\n')[0]);
  });

  it('is asked once: a second failure is the failure', async () => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    await passed(20);
    relay.answer = (socket) => socket.end();
    await expect(ahead.dial(relay.url).upgrade()).rejects.toMatchObject({ code: 'ERR_RELAY_CUT' });
    expect(relay.requests).toHaveLength(2);
  });

  it('is not asked again once a part of an answer has come', async () => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    await passed(20);
    relay.answer = (socket) => socket.end('HTTP/1.1 1');
    await expect(ahead.dial(relay.url).upgrade()).rejects.toMatchObject({ code: 'ERR_RELAY_CUT' });
    expect(relay.requests).toHaveLength(1);
  });

  it('is refused as any other', async () => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    relay.answer = (socket) => socket.end('HTTP/1.1 404 Gone fishing\r\nContent-Length: 0\r\n\r\n');
    await expect(ahead.dial(relay.url).upgrade()).rejects.toMatchObject({ status: 404 });
    expect(relay.requests).toHaveLength(1);
  });

  it('may be ended while nobody has asked for anything over it', async () => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    await passed(20);
    const dial = ahead.dial(relay.url);
    relay.sockets[0]!.end();
    await expect.poll(() => relay.sockets[0]!.destroyed).toBe(true);
    const { channel } = await dial.upgrade();
    channels.push(channel);
    expect(relay.requests).toHaveLength(1);
  });

  it('is given up with the dial that has it', async () => {
    const relay = await new Relay().listen();
    relay.answer = () => undefined;
    const ahead = dialler({ preconnect: 1 });
    ahead.prepare(relay.url);
    await relay.has(1);
    await passed(20);
    const stop = new AbortController();
    const asked = ahead.dial(relay.url, { signal: stop.signal }).upgrade();
    await expect.poll(() => relay.requests.length).toBe(1);
    stop.abort(new Error('no longer wanted'));
    await expect(asked).rejects.toThrow('no longer wanted');
    await expect.poll(() => relay.sockets[0]!.destroyed).toBe(true);
  });

  it('is closed with its dialler, which dials no more of them and can still dial', async () => {
    const relay = await new Relay().listen();
    const ahead = dialler({ preconnect: 3 });
    ahead.prepare(relay.url);
    await relay.has(3);
    ahead.close();
    await expect.poll(() => relay.open.length).toBe(0);
    await connect(ahead, relay.url);
    await passed(20);
    expect(relay.open).toHaveLength(1);
  });

  it('is not dialled again and again where nobody listens', async () => {
    const relay = await new Relay().listen();
    const { url } = relay;
    await relay.close();
    const lookups = vi.fn((_name, _options, callback) =>
      callback(null, [{ address: '127.0.0.1', family: 4 }]),
    );
    const ahead = dialler({ preconnect: 4, lookup: lookups as unknown as net.LookupFunction });
    ahead.prepare(url.replace('127.0.0.1', 'relay.test'));
    await passed(100);
    expect(lookups).toHaveBeenCalledTimes(4);
  });
});

/** Waits for a time, and for what has come in it: on a busy machine the time may be over before that is read. */
async function passed(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  await new Promise(setImmediate);
}

/** A channel over a connection that was open when it was dialled. */
async function opened(ahead: Dialler, relay: Relay): Promise<{ readonly channel: DataChannel }> {
  // The relay has seen the connection; its other end is told in a later turn.
  await passed(30);
  return { channel: await connect(ahead, relay.url) };
}
