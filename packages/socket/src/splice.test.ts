/** A splice between real TCP connections and a tunnel whose other end is `ws`. Half-close is in the conformance suite. */
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { sharedPool } from './buffer-pool.js';
import { dial } from './dial.js';
import { HybridConnectionSocket } from './hybrid-connection-socket.js';
import { type Splice, splice } from './splice.js';

const cleanUp: Array<() => void> = [];
afterEach(() => {
  for (const undo of cleanUp.splice(0)) undo();
});

interface Stage {
  /** The application: a client of the socket that is spliced. */
  readonly app: net.Socket;
  readonly near: net.Socket;
  readonly tunnel: HybridConnectionSocket;
  readonly peer: Promise<WebSocket>;
}

async function stage(): Promise<Stage> {
  const relay = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
  await Promise.all([once(relay, 'listening'), once(server, 'listening')]);
  const peer = once(relay, 'connection').then(([ws]) => ws as WebSocket);
  const app = net.connect({
    port: (server.address() as net.AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  });
  const [[near]] = (await Promise.all([once(server, 'connection'), once(app, 'connect')])) as [
    [net.Socket],
    unknown,
  ];
  const { port } = relay.address() as net.AddressInfo;
  const tunnel = new HybridConnectionSocket(
    async () => (await dial(`ws://127.0.0.1:${port}/`).upgrade()).channel,
    {
      allowHalfOpen: true,
    },
  );
  tunnel.on('error', () => undefined);
  cleanUp.push(
    () => server.close(),
    () => relay.close(),
    () => app.destroy(),
    () => void peer.then((ws) => ws.terminate()),
  );
  return { app, near, tunnel, peer };
}

const pattern = (length: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + (i >>> 8)) & 0xff));

async function received(source: net.Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = length;
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    missing -= chunk.length;
    if (missing <= 0) break;
  }
  return Buffer.concat(chunks);
}

describe('a splice', () => {
  it.each(['before', 'after'])(
    'carries bytes both ways when it is made %s the tunnel is open',
    async (when) => {
      const { app, near, tunnel, peer } = await stage();
      app.write('early ');
      if (when === 'after') {
        tunnel.write('before the splice ');
        await once(tunnel, 'connect');
      }
      const joint = splice(near, tunnel);
      const ws = await peer;
      const messages: Buffer[] = [];
      ws.on('message', (message: Buffer) => messages.push(message));
      app.write('and late');
      ws.send('hello');
      expect(String(await received(app, 5))).toBe('hello');
      const expected = `${when === 'after' ? 'before the splice ' : ''}early and late`;
      while (Buffer.concat(messages).length < expected.length) await once(ws, 'message');
      expect(String(Buffer.concat(messages))).toBe(expected);
      expect(joint.bytesFromTunnel).toBe(5);
    },
  );

  it('joins a tunnel whose far side had only ended, and lets the near side speak', async () => {
    const { app, near, tunnel, peer } = await stage();
    const ws = await peer;
    ws.on('close', () => undefined);
    // As a far side that ends at once: a Close frame, and TCP stays.
    (ws as unknown as { _socket: net.Socket })._socket.write(Buffer.from('880203e8', 'hex'));
    await once(tunnel, 'end');
    splice(near, tunnel);
    const messages: Buffer[] = [];
    ws.on('message', (message: Buffer) => messages.push(message));
    app.end('still here');
    await once(app.resume(), 'end');
    await once(ws, 'close');
    expect(String(Buffer.concat(messages))).toBe('still here');
  });

  it('carries 24 MiB each way unchanged', async () => {
    const { app, near, tunnel, peer } = await stage();
    splice(near, tunnel);
    const ws = await peer;
    const bytes = pattern(24 * 1024 * 1024);
    let echoed = 0;
    ws.on('message', (message: Buffer) => {
      echoed += message.length;
      ws.send(message);
    });
    app.write(bytes);
    const back = await received(app, bytes.length);
    expect(echoed).toBe(bytes.length);
    expect(back.equals(bytes)).toBe(true);
  });

  it('turns a FIN into a Close, and a Close into a FIN', async () => {
    const { app, near, tunnel, peer } = await stage();
    const joint = splice(near, tunnel);
    const ws = await peer;
    app.resume();
    app.end('last words');
    const [[code]] = await Promise.all([once(ws, 'close'), once(app, 'close')]);
    expect(code).toBe(1000);
    expect(await joint.closed).toMatchObject({ reason: 'finished', bytesToTunnel: 10 });
  });

  it('says when all of what is near has left, once', async () => {
    const { app, near, tunnel, peer } = await stage();
    const sent: number[] = [];
    const joint = splice(near, tunnel, { onEndSent: () => sent.push(joint.bytesToTunnel) });
    const ws = await peer;
    app.write('first words, ');
    await once(ws, 'message');
    expect(sent).toEqual([]);
    app.resume().end('last words');
    await once(ws, 'close');
    await joint.closed;
    expect(sent).toEqual([23]);
  });

  it('turns a cut of the tunnel into a reset', async () => {
    const { app, near, tunnel, peer } = await stage();
    const joint = splice(near, tunnel);
    (await peer).terminate();
    const [error] = await once(app, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(await joint.closed).toMatchObject({ reason: 'tunnel failed', error: { code: 'ERR_RELAY_CUT' } });
    expect(tunnel.destroyed).toBe(true);
  });

  it('turns a reset into a cut of the tunnel', async () => {
    const { app, near, tunnel, peer } = await stage();
    const joint = splice(near, tunnel);
    const ws = await peer;
    app.resetAndDestroy();
    const [code] = await once(ws, 'close');
    expect(code).toBe(1006);
    expect((await joint.closed).reason).toBe('near failed');
  });

  it('resets the near socket when the tunnel does not open', async () => {
    const { app, near } = await stage();
    const refused = Object.assign(new Error('No listener'), { code: 'ECONNREFUSED' });
    const joint = splice(near, new HybridConnectionSocket(() => Promise.reject(refused)));
    const [error] = await once(app, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(await joint.closed).toMatchObject({ reason: 'tunnel failed', error: refused });
  });

  it('cuts both when it is destroyed', async () => {
    const { app, near, tunnel, peer } = await stage();
    const joint = splice(near, tunnel);
    const ws = await peer;
    const closed = once(ws, 'close');
    joint.destroy();
    const [error] = await once(app, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect((await closed)[0]).toBe(1006);
    expect((await joint.closed).reason).toBe('local');
  });

  it('stops reading one side while the other does not take bytes', async () => {
    const { app, near, tunnel, peer } = await stage();
    const joint = splice(near, tunnel);
    (await peer).pause();
    const block = pattern(1024 * 1024);
    let stalled = 0;
    for (let before = -1; stalled < 10; before = joint.bytesToTunnel) {
      if (app.writableLength < 8 * block.length) app.write(block);
      await new Promise((resolve) => setTimeout(resolve, 10));
      stalled = joint.bytesToTunnel === before && app.writableLength > block.length ? stalled + 1 : 0;
    }
    // What was read is in the kernel's buffers between the splice and its peer, but for one read.
    expect(joint.bytesToTunnel).toBeLessThan(32 * 1024 * 1024);
  });
});

describe('the buffers of a splice that ends while they are lent', () => {
  const MUCH = Buffer.alloc(32 * 1024 * 1024);
  const ALL = sharedPool.left;
  it.each([
    ['the tunnel is cut', ({ ws }: { ws: WebSocket }) => ws.terminate()],
    ['the application is gone', ({ app }: { app: net.Socket }) => void app.resetAndDestroy()],
    ['it is given up', ({ joined }: { joined: Splice }) => joined.destroy()],
  ])('are given back when %s', async (_, end) => {
    const { app, near, tunnel, peer } = await stage();
    app.on('error', () => undefined);
    // What the test before had in its hands comes back a moment after it.
    await expect.poll(() => sharedPool.left, { interval: 1 }).toBe(ALL);
    const joined = splice(near, tunnel);
    const ws = await peer;
    ws.pause();
    app.pause();
    app.write(MUCH);
    ws.send(MUCH);
    await expect.poll(() => sharedPool.left, { interval: 1 }).toBe(ALL - 2);
    await settled(() => joined.bytesToTunnel + joined.bytesFromTunnel);
    end({ ws, app, joined });
    await joined.closed;
    await expect.poll(() => sharedPool.left, { interval: 1 }).toBe(ALL);
  });
});

/** A number that does not change any more. */
async function settled(number: () => number): Promise<number> {
  let last = Number.NaN;
  while (last !== number()) {
    last = number();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return last;
}
