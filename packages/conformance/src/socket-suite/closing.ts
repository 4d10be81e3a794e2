/**
 * Socket suite: which events come at the end, in which order, and what can be done afterwards.
 * @module
 */
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { within } from '../deadline.js';
import { event, outcome, readAll, type Sockets, settle, writes } from './sockets.js';

/** Defines the tests. */
export function closingTests(sockets: Sockets): void {
  describe('a socket that both sides have ended', () => {
    it("emits 'finish', 'end' and 'close' without hadError, once each", async () => {
      const { near, far } = await sockets.pair();
      const ending = outcome(near);
      near.resume();
      far.resume();
      far.once('end', () => far.end());
      near.end();
      const { events } = await ending;
      await settle();
      expect(events).toEqual(['finish', 'end', 'close']);
      expect(await ending).toMatchObject({ error: undefined, hadError: false });
    });

    it('is destroyed and closed', async () => {
      const { near, far } = await sockets.pair();
      const ending = outcome(near);
      near.resume();
      near.end();
      far.end();
      await ending;
      expect(near.destroyed).toBe(true);
      expect(near.closed).toBe(true);
      expect(near.pending).toBe(true);
      expect(near.readyState).toBe('closed');
    });

    it('counts as finished for stream.finished', async () => {
      const { near, far } = await sockets.pair();
      near.resume();
      const done = finished(near);
      near.end();
      far.end();
      await within(done, 20_000, 'finished()');
    });

    it('has nothing more to write: EPIPE to the callback, and no exception', async () => {
      const { near, far } = await sockets.pair();
      near.resume();
      far.end();
      await event(near, 'end');
      await settle();
      let error: NodeJS.ErrnoException | null | undefined;
      expect(near.write('late', (raised) => (error = raised))).toBe(false);
      await settle(20);
      expect(error).toMatchObject({
        code: 'EPIPE',
        message: 'This socket has been ended by the other party',
      });
    });
  });

  describe('a socket that nobody reads', () => {
    it('still closes when the far side ends and has sent nothing', async () => {
      const { near, far } = await sockets.pair();
      const ending = outcome(near);
      far.end();
      expect(await ending).toMatchObject({ hadError: false, events: ['end', 'finish', 'close'] });
    });

    it('keeps what was sent until somebody does', async () => {
      const { near, far } = await sockets.pair();
      far.end('patience');
      await settle();
      expect(near.readableEnded).toBe(false);
      expect((await readAll(near)).toString()).toBe('patience');
    });
  });

  describe('end()', () => {
    it('sends its last bytes and calls back', async () => {
      const { near, far } = await sockets.pair();
      const received = readAll(far);
      await new Promise<void>((resolve) => near.end('bye', resolve));
      expect(near.writableFinished).toBe(true);
      expect((await received).toString()).toBe('bye');
    });

    it('lets nothing more be written', async () => {
      const { near, far } = await sockets.pair();
      far.resume();
      const ending = outcome(near);
      near.end();
      expect(await writes(near, 'late')).toMatchObject({ code: 'ERR_STREAM_WRITE_AFTER_END' });
      expect(await ending).toMatchObject({ error: { code: 'ERR_STREAM_WRITE_AFTER_END' }, hadError: true });
    });

    it('may be called again', async () => {
      const { near, far } = await sockets.pair();
      const received = readAll(far);
      near.end('once');
      near.end();
      expect((await received).toString()).toBe('once');
    });
  });

  describe('destroySoon()', () => {
    it('delivers everything and an end, and closes without waiting for the far side', async () => {
      const { near, far } = await sockets.pair();
      const sent = Buffer.alloc(2_000_000, 's');
      const ending = outcome(near);
      const received = readAll(far);
      near.write(sent);
      near.destroySoon();
      expect(await ending).toMatchObject({ error: undefined, hadError: false });
      expect((await received).equals(sent)).toBe(true);
    });

    it('lets a far side that ends in turn close without an error', async () => {
      const { near, far } = await sockets.pair();
      const ending = outcome(far);
      far.resume();
      near.write('bye');
      near.destroySoon();
      await event(far, 'end');
      await settle();
      far.end();
      expect(await ending).toMatchObject({ error: undefined, hadError: false });
    });
  });
}
