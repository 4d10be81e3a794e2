/**
 * Socket suite: addresses, byte counts, and what else a socket says of itself.
 * @module
 */
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { event, outcome, read, type Sockets, settle, writes } from './sockets.js';

/** Defines the tests. */
export function identityTests(sockets: Sockets): void {
  describe('an open socket', () => {
    it('knows both of its ends', async () => {
      const { near, far } = await sockets.pair();
      for (const socket of [near, far]) {
        expect(socket.remoteAddress).toMatch(/^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
        expect(socket.remotePort).toBeTypeOf('number');
        expect(socket.remoteFamily).toMatch(/^IPv[46]$/);
        expect(socket.localAddress).toMatch(/^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
        expect(socket.localPort).toBeTypeOf('number');
        expect(socket.localFamily).toMatch(/^IPv[46]$/);
        expect(socket.address()).toEqual({
          address: socket.localAddress,
          port: socket.localPort,
          family: socket.localFamily,
        });
      }
    });

    it('is a real Node stream, with nobody listening for its data', async () => {
      const { near } = await sockets.pair();
      expect(near).toBeInstanceOf(Duplex);
      expect(near.listenerCount('data')).toBe(0);
      expect(near.listenerCount('readable')).toBe(0);
      expect(near.readableFlowing).toBeNull();
      expect(near.readableObjectMode || near.writableObjectMode).toBe(false);
    });

    it('returns itself from what only sets something', async () => {
      const { near } = await sockets.pair();
      expect(near.setNoDelay(true)).toBe(near);
      expect(near.setKeepAlive(true, 1_000)).toBe(near);
      expect(near.ref()).toBe(near);
      expect(near.unref()).toBe(near);
      expect(near.ref()).toBe(near);
      expect(near.pause()).toBe(near);
      expect(near.resume()).toBe(near);
      expect(near.setEncoding('utf8')).toBe(near);
    });
  });

  describe('a socket that is connecting', () => {
    it('has no addresses', () => {
      const near = sockets.stalled();
      expect(near.address()).toEqual({});
      expect(near.remotePort).toBeUndefined();
      expect(near.remoteFamily).toBeUndefined();
      expect(near.localPort).toBeUndefined();
    });

    it('takes what only sets something', async () => {
      const { near } = sockets.dial();
      expect(near.setNoDelay(true)).toBe(near);
      expect(near.setKeepAlive(true)).toBe(near);
      expect(near.ref()).toBe(near);
      await event(near, 'connect');
    });

    it('counts what is held back as written', () => {
      const near = sockets.stalled();
      near.write('12345');
      near.write('67');
      expect(near.bytesWritten).toBe(7);
      expect(near.bytesRead).toBe(0);
    });
  });

  describe('bytesRead and bytesWritten', () => {
    it('count what the application reads and writes', async () => {
      const { near, far } = await sockets.pair();
      await writes(near, 'x'.repeat(100_000));
      await writes(far, 'y'.repeat(30_000));
      await read(far, 100_000);
      await read(near, 30_000);
      expect(near.bytesWritten).toBe(100_000);
      expect(far.bytesRead).toBe(100_000);
      expect(far.bytesWritten).toBe(30_000);
      expect(near.bytesRead).toBe(30_000);
    });

    it('count a write while it waits', async () => {
      const { near, far } = await sockets.pair();
      far.pause();
      const size = 24 * 1024 * 1024;
      near.write(Buffer.alloc(size));
      near.write(Buffer.alloc(size));
      expect(near.bytesWritten).toBe(2 * size);
      await settle();
      expect(near.bytesWritten).toBe(2 * size);
      expect(near.bufferSize).toBe(near.writableLength);
      expect(near.bufferSize).toBeGreaterThan(0);
    });

    it('stay after the socket has closed', async () => {
      const { near, far } = await sockets.pair();
      const ending = outcome(near);
      near.resume();
      near.end('four');
      far.end('seven!!');
      await ending;
      expect(near.bytesWritten).toBe(4);
      expect(near.bytesRead).toBe(7);
    });
  });
}
