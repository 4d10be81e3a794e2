import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeldSocket } from './held-socket.js';

let server: net.Server;
let near: net.Socket;
let far: net.Socket;
const onGone = vi.fn<() => void>();

beforeEach(async () => {
  server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  far = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  far.on('error', () => undefined);
  [near] = (await once(server, 'connection')) as [net.Socket];
  near.on('error', () => undefined);
  onGone.mockReset();
});
afterEach(() => {
  far.destroy();
  near.destroy();
  server.close();
});

describe('a socket that is held', () => {
  it('gives back what came with its request and after it, in order', async () => {
    const held = new HeldSocket(near, Buffer.from('one '), onGone);
    far.write('two');
    await once(near, 'data');
    expect(held.release().toString()).toBe('one two');
    expect(near.isPaused()).toBe(true);
    expect(onGone).not.toHaveBeenCalled();
  });

  it.each([
    ['ends', () => far.end()],
    ['closes', () => far.destroy()],
    ['resets', () => far.resetAndDestroy()],
  ])('is gone when its peer %s', async (_, leave) => {
    new HeldSocket(near, Buffer.alloc(0), onGone);
    leave();
    await closed(near);
    expect(onGone).toHaveBeenCalledOnce();
  });

  it('notices an end behind bytes that came early', async () => {
    new HeldSocket(near, Buffer.alloc(0), onGone);
    far.end('early');
    await closed(near);
    expect(onGone).toHaveBeenCalledOnce();
  });

  it('is not watched after its release', async () => {
    const held = new HeldSocket(near, Buffer.alloc(0), onGone);
    held.release();
    far.destroy();
    near.resume();
    await once(near, 'end');
    expect(onGone).not.toHaveBeenCalled();
  });

  it('stops reading when its peer sends too much', async () => {
    const held = new HeldSocket(near, Buffer.alloc(0), onGone);
    const total = 64 * 1024 * 1024;
    far.write(Buffer.alloc(total));
    await expect.poll(() => near.isPaused()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    // 64 KiB, the read that passed it, and what the stream itself takes before it stops.
    expect(near.bytesRead).toBeLessThan(512 * 1024);
    expect(far.writableLength).toBeGreaterThan(0);
    expect(held.release().length).toBeLessThan(256 * 1024);
  });
});

/** Not `once()`: that rejects on the error that comes first. */
function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
