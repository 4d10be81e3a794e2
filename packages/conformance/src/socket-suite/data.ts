/**
 * Socket suite: bytes arrive as they were sent.
 * @module
 */
import { randomBytes, randomInt } from 'node:crypto';
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { event, read, readAll, type Sockets, settle, writes } from './sockets.js';

/** Defines the tests. */
export function dataTests(sockets: Sockets): void {
  describe('data', () => {
    it('arrives unchanged in both directions at once, whatever the sizes of the pieces', async () => {
      const { near, far } = await sockets.pair({ allowHalfOpen: true });
      const up = randomBytes(1_500_000);
      const down = randomBytes(1_000_000);
      const received = Promise.all([readAll(far), readAll(near)]);
      sendInPieces(near, up);
      sendInPieces(far, down);
      const [atFar, atNear] = await received;
      expect(atFar.equals(up)).toBe(true);
      expect(atNear.equals(down)).toBe(true);
    });

    it('arrives unchanged when it was one large write', async () => {
      const { near, far } = await sockets.pair();
      const sent = randomBytes(6_000_001);
      const received = readAll(far);
      near.end(sent);
      expect((await received).equals(sent)).toBe(true);
    });

    it('belongs to the reader: later reads do not change earlier chunks', async () => {
      const { near, far } = await sockets.pair();
      const chunks: Buffer[] = [];
      const copies: Buffer[] = [];
      near.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        copies.push(Buffer.from(chunk));
      });
      for (let i = 0; i < 20; i += 1) {
        far.write(Buffer.alloc(20_000, i));
        await settle(1);
      }
      far.end();
      await event(near, 'end');
      expect(Buffer.concat(chunks).equals(Buffer.concat(copies))).toBe(true);
      expect(copies.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(400_000);
    });

    it('belongs to the writer again once the callback has come', async () => {
      const { near, far } = await sockets.pair();
      const buffer = Buffer.alloc(100_000, 1);
      const received = readAll(far);
      await writes(near, buffer);
      buffer.fill(2);
      await writes(near, buffer);
      near.end();
      const all = await received;
      expect(all.subarray(0, 100_000).every((byte) => byte === 1)).toBe(true);
      expect(all.subarray(100_000).every((byte) => byte === 2)).toBe(true);
    });

    it('is not changed where the writer has it', async () => {
      const { near, far } = await sockets.pair();
      const buffer = Buffer.alloc(70_000, 7);
      far.resume();
      await writes(near, buffer);
      expect(buffer.every((byte) => byte === 7)).toBe(true);
    });

    it('may be a string in any encoding', async () => {
      const { near, far } = await sockets.pair();
      near.write('Grüße ');
      near.write('c3bc', 'hex');
      near.end('/w==', 'base64');
      const expected = Buffer.concat([Buffer.from('Grüße '), Buffer.from([0xc3, 0xbc, 0xff])]);
      expect((await readAll(far)).equals(expected)).toBe(true);
    });

    it('may be an Uint8Array', async () => {
      const { near, far } = await sockets.pair();
      near.end(new Uint8Array([1, 2, 255]));
      expect(await readAll(far)).toEqual(Buffer.from([1, 2, 255]));
    });

    it('may be nothing at all, which arrives as nothing', async () => {
      const { near, far } = await sockets.pair();
      const received = readAll(far);
      expect(await writes(near, '')).toBeFalsy();
      expect(await writes(near, Buffer.alloc(0))).toBeFalsy();
      near.end('x');
      expect((await received).toString()).toBe('x');
    });

    it('must be bytes or a string', async () => {
      const { near } = await sockets.pair();
      expect(() => near.write(5 as unknown as string)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
      );
      expect(() => near.write(null as unknown as string)).toThrow(
        expect.objectContaining({ code: 'ERR_STREAM_NULL_VALUES' }),
      );
    });

    it('is called back for in the order of the writes', async () => {
      const { near, far } = await sockets.pair();
      far.resume();
      const order: number[] = [];
      await Promise.all(
        [40_000, 1, 100_000, 5].map((size, i) => writes(near, Buffer.alloc(size)).then(() => order.push(i))),
      );
      expect(order).toEqual([0, 1, 2, 3]);
    });

    it('is sent together after cork() and uncork()', async () => {
      const { near, far } = await sockets.pair();
      near.cork();
      for (let i = 0; i < 100; i += 1) near.write(`${i} `);
      await settle(20);
      expect(far.readableLength).toBe(0);
      near.uncork();
      const expected = Array.from({ length: 100 }, (_, i) => `${i} `).join('');
      expect((await read(far, expected.length)).toString()).toBe(expected);
    });

    it('is decoded by setEncoding, also where a character was cut in two', async () => {
      const { near, far } = await sockets.pair();
      near.setEncoding('utf8');
      let text = '';
      near.on('data', (chunk: string) => {
        text += chunk;
      });
      const euro = Buffer.from('€');
      await writes(far, euro.subarray(0, 1));
      await settle(20);
      far.end(euro.subarray(1));
      await event(near, 'end');
      expect(text).toBe('€');
    });
  });
}

function sendInPieces(socket: net.Socket, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    const size = randomInt(4) === 0 ? randomInt(1, 200_000) : randomInt(1, 3_000);
    socket.write(bytes.subarray(at, at + size));
    at += size;
  }
  socket.end();
}
