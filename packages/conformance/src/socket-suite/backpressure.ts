/**
 * Socket suite: a reader that does not read stops the writer, and nothing is lost.
 * @module
 */
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import { event, type Sockets, settle } from './sockets.js';

const PIECE = Buffer.alloc(256 * 1024, 'x');
/** The buffers of the kernel, several connections in a row, and no more than that. */
const FAR_TOO_MUCH = 64 * 1024 * 1024;

/** Defines the tests. */
export function backpressureTests(sockets: Sockets): void {
  describe.each(['near', 'far'] as const)('a %s socket that nobody reads', (side) => {
    const pair = async () => {
      const { near, far } = await sockets.pair();
      return side === 'near' ? { reader: near, writer: far } : { reader: far, writer: near };
    };

    it('stops its writer, which goes on when it is read, and all arrives', async () => {
      const { reader, writer } = await pair();
      reader.pause();
      const sent = await writeUntilStalled(writer);
      expect(sent).toBeLessThan(FAR_TOO_MUCH);
      expect(writer.writableNeedDrain).toBe(true);

      let received = 0;
      reader.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      reader.resume();
      await event(writer, 'drain');
      writer.end();
      await event(reader, 'end');
      expect(received).toBe(sent);
    });

    it('holds no more than its buffer', async () => {
      const { reader, writer } = await pair();
      reader.pause();
      await writeUntilStalled(writer);
      expect(reader.readableLength).toBeGreaterThan(0);
      // One read of Node's is at most 64 KiB; a busy one of ours 256 KiB.
      expect(reader.readableLength).toBeLessThan(reader.readableHighWaterMark + 300 * 1024);
    });
  });

  describe('write()', () => {
    it("answers false when too much waits, and then 'drain' comes", async () => {
      const { near, far } = await sockets.pair();
      far.resume();
      let full = false;
      for (let i = 0; i < 400 && !full; i += 1) full = !near.write(PIECE);
      expect(full).toBe(true);
      expect(near.writableLength).toBeGreaterThanOrEqual(near.writableHighWaterMark);
      await event(near, 'drain');
      expect(near.writableLength).toBe(0);
    });
  });

  describe('a socket that is paused while data comes', () => {
    it('gives all of it after resume()', async () => {
      const { near, far } = await sockets.pair();
      let received = 0;
      near.on('data', (chunk: Buffer) => {
        received += chunk.length;
        near.pause();
        setTimeout(() => near.resume(), 1);
      });
      for (let i = 0; i < 8; i += 1) far.write(PIECE);
      far.end();
      await event(near, 'end');
      expect(received).toBe(8 * PIECE.length);
    });
  });
}

/** Writes while 'drain' keeps coming. @returns how many bytes were written. */
async function writeUntilStalled(writer: net.Socket): Promise<number> {
  let sent = 0;
  for (;;) {
    sent += PIECE.length;
    if (writer.write(PIECE)) continue;
    if (sent > FAR_TOO_MUCH) return sent;
    const drained = new Promise<boolean>((resolve) => writer.once('drain', () => resolve(true)));
    if (!(await Promise.race([drained, settle(250).then(() => false)]))) return sent;
  }
}
