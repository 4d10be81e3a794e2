import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sharedPool } from './buffer-pool.js';
import { Conduit } from './conduit.js';

const open: Array<{ destroy(): void }> = [];
afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

/** More than the kernel takes for a peer that does not read. */
const MUCH = 32 * 1024 * 1024;

async function joined(): Promise<{
  conduit: Conduit;
  peer: net.Socket;
  drained: ReturnType<typeof vi.fn>;
  closed: Promise<Error | undefined>;
}> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const peer = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).pause();
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  const conduit = Conduit.adopt(socket);
  open.push(peer, conduit);
  peer.on('error', () => undefined);
  const drained = vi.fn();
  const closed = new Promise<Error | undefined>((resolve) => {
    conduit.sink = { onBytes: () => true, onDrain: drained, onEnd: () => undefined, onClose: resolve };
  });
  conduit.start();
  return { conduit, peer, drained, closed };
}

/** What a peer reads from now on, until its end: how much, and the last of it. */
async function read(peer: net.Socket): Promise<{ length: number; last: string }> {
  let length = 0;
  let last = '';
  peer.on('data', (bytes: Buffer) => {
    length += bytes.length;
    last = (last + bytes.toString('latin1', Math.max(0, bytes.length - 16))).slice(-16);
  });
  peer.resume();
  await once(peer, 'end');
  return { length, last };
}

describe('a write that the kernel takes at once', () => {
  it('is done when it returns, and nothing is queued', async () => {
    const { conduit, peer, drained } = await joined();
    expect(conduit.write(Buffer.from('word'))).toBe(true);
    expect([conduit.blocked, conduit.queuedBytes]).toEqual([false, 0]);
    expect(String((await once(peer.resume(), 'data'))[0])).toBe('word');
    expect(drained).not.toHaveBeenCalled();
  });
});

describe('a write of no pieces', () => {
  it('waits for nothing, whatever others have written before', async () => {
    const { conduit, peer, drained } = await joined();
    const sent = new Promise((resolve) => conduit.send(Buffer.alloc(MUCH), resolve));
    expect([conduit.writeAll([]), conduit.blocked]).toEqual([true, false]);
    peer.resume();
    await sent;
    expect(drained).not.toHaveBeenCalled();
  });
});

describe('a write that the kernel does not take at once', () => {
  it('blocks until it has; later ones and the end come behind it', async () => {
    const { conduit, peer, drained } = await joined();
    expect(conduit.write(Buffer.alloc(MUCH, 'x'))).toBe(false);
    expect(conduit.blocked).toBe(true);
    expect(conduit.queuedBytes).toBeGreaterThan(0);
    expect(conduit.write(Buffer.from('behind it '))).toBe(false);
    expect(conduit.writeAll([Buffer.from('the '), Buffer.from('end')])).toBe(false);
    conduit.end();
    expect(await read(peer)).toEqual({ length: MUCH + 17, last: 'ehind it the end' });
    expect(drained).toHaveBeenCalledOnce();
    expect([conduit.blocked, conduit.queuedBytes]).toEqual([false, 0]);
  });

  it('is told when it is written, and the next one goes at once', async () => {
    const { conduit, peer, drained } = await joined();
    conduit.write(Buffer.alloc(MUCH));
    peer.resume();
    await expect.poll(() => drained.mock.calls.length > 0, { interval: 1 }).toBe(true);
    await expect.poll(() => peer.bytesRead === MUCH, { interval: 1 }).toBe(true);
    expect(conduit.write(Buffer.from('x'))).toBe(true);
  });

  it('is told though others who wait for their own bytes have written behind it', async () => {
    const { conduit, peer, drained } = await joined();
    const sent = vi.fn();
    conduit.write(Buffer.alloc(MUCH, 'z'));
    conduit.send(Buffer.from(' behind it'), sent);
    conduit.end();
    expect(drained).not.toHaveBeenCalled();
    expect(await read(peer)).toEqual({ length: MUCH + 10, last: 'zzzzzz behind it' });
    expect(sent).toHaveBeenCalledOnce();
    expect(drained).toHaveBeenCalledOnce();
  });

  it('is followed by the end alone as well', async () => {
    const { conduit, peer } = await joined();
    conduit.write(Buffer.alloc(MUCH, 'y'));
    conduit.end();
    expect(await read(peer)).toEqual({ length: MUCH, last: 'y'.repeat(16) });
  });

  it.each(['', ' and its end'])('is overtaken by a reset%s', async (end) => {
    const { conduit, peer, closed } = await joined();
    conduit.write(Buffer.alloc(MUCH));
    if (end !== '') conduit.end();
    const failure = once(peer, 'end').catch((error) => error);
    conduit.reset(new Error('why'));
    expect(await closed).toMatchObject({ message: 'why' });
    peer.resume();
    expect(await failure).toMatchObject({ code: 'ECONNRESET' });
  });

  it('fails with the connection', async () => {
    const { conduit, peer, closed } = await joined();
    conduit.write(Buffer.alloc(MUCH));
    peer.resetAndDestroy();
    expect(await closed).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
  });
});

describe('the buffer of bytes that somebody kept', () => {
  it('is given back when another one begins to read', async () => {
    const { conduit, peer } = await joined();
    let kept: Buffer | undefined;
    const before = conduit.sink;
    const arrived = new Promise<void>((resolve) => {
      conduit.sink = {
        ...before,
        onBytes: (bytes) => {
          kept = bytes;
          resolve();
          return false;
        },
      };
    });
    peer.write('an answer');
    await arrived;
    const give = vi.spyOn(sharedPool, 'give');
    conduit.sink = before;
    conduit.start();
    expect(give.mock.calls).toEqual([[kept]]);
    give.mockRestore();
  });
});
