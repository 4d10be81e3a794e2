/**
 * Socket suite: a socket that is destroyed, and one that the far side destroys.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { event, outcome, type Sockets, settle, writes } from './sockets.js';

const SOME = Buffer.alloc(64 * 1024, 'd');

/** Defines the tests. */
export function destroyingTests(sockets: Sockets): void {
  describe('destroy()', () => {
    it("emits 'close' without hadError, and nothing else", async () => {
      const { near } = await sockets.pair();
      const ending = outcome(near);
      near.destroy();
      expect(near.destroyed).toBe(true);
      expect(near.readyState).toBe('closed');
      expect(await ending).toEqual({ error: undefined, hadError: false, events: ['close'] });
    });

    it("emits 'error' and then 'close' with hadError when it is given an error", async () => {
      const { near } = await sockets.pair();
      const ending = outcome(near);
      near.destroy(new Error('mine'));
      expect(await ending).toMatchObject({
        error: { message: 'mine' },
        hadError: true,
        events: ['error', 'close'],
      });
    });

    it("emits 'close' once, however often it is called", async () => {
      const { near } = await sockets.pair();
      let closes = 0;
      near.on('close', () => {
        closes += 1;
      });
      near.destroy();
      near.destroy(new Error('too late'));
      near.resetAndDestroy();
      await settle();
      expect(closes).toBe(1);
    });

    it('fails writes from then on, without an exception', async () => {
      const { near } = await sockets.pair();
      near.destroy();
      expect(await writes(near, 'late')).toMatchObject({ code: 'ERR_STREAM_DESTROYED' });
    });

    it("in a 'data' listener means that no more data comes", async () => {
      const { near, far } = await sockets.pair();
      let chunks = 0;
      near.on('data', () => {
        chunks += 1;
        near.destroy();
      });
      for (let i = 0; i < 20; i += 1) far.write(SOME);
      await event(near, 'close');
      await settle();
      expect(chunks).toBe(1);
    });

    it(`is seen by the far side as ${sockets.traits.destroySeenAs === 'end' ? 'an end' : 'a reset'}`, async () => {
      const { near, far } = await sockets.pair();
      const ending = outcome(far);
      far.resume();
      far.once('end', () => far.end());
      near.destroy();
      if (sockets.traits.destroySeenAs === 'end') expect((await ending).events).toContain('end');
      else expect(await ending).toMatchObject({ error: { code: 'ECONNRESET' }, hadError: true });
    });
  });

  describe('resetAndDestroy()', () => {
    it('closes this side without an error', async () => {
      const { near } = await sockets.pair();
      const ending = outcome(near);
      expect(near.resetAndDestroy()).toBe(near);
      expect(await ending).toEqual({ error: undefined, hadError: false, events: ['close'] });
    });

    it.each(['near', 'far'] as const)(
      'of the %s side is a reset for the other one, never an end',
      async (side) => {
        const { near, far } = await sockets.pair();
        const [resetting, other] = side === 'near' ? [near, far] : [far, near];
        const ending = outcome(other);
        other.resume();
        resetting.resetAndDestroy();
        const { error, hadError, events } = await ending;
        expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read', errno: expect.any(Number) });
        expect(hadError).toBe(true);
        expect(events).toEqual(['error', 'close']);
      },
    );

    it('in the middle of a transfer is a reset too', async () => {
      const { near, far } = await sockets.pair();
      const ending = outcome(near);
      let received = 0;
      near.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received === chunk.length) far.resetAndDestroy();
      });
      for (let i = 0; i < 50; i += 1) far.write(SOME);
      const { error, events } = await ending;
      expect(error).toMatchObject({ code: 'ECONNRESET' });
      expect(events).not.toContain('end');
      expect(received).toBeLessThan(50 * SOME.length);
    });
  });

  describe('a reset', () => {
    it('fails the writes that wait', async () => {
      const { near, far } = await sockets.pair();
      far.pause();
      const written: Promise<Error | null | undefined>[] = [];
      for (let i = 0; i < 40; i += 1) written.push(writes(near, Buffer.alloc(1024 * 1024)));
      await settle();
      far.resetAndDestroy();
      const results = await Promise.all(written);
      expect(results.at(-1)).toBeInstanceOf(Error);
      expect(near.destroyed).toBe(true);
    });

    it('rejects whoever iterates', async () => {
      const { near, far } = await sockets.pair();
      far.write('some');
      const iterate = async () => {
        for await (const _ of near) far.resetAndDestroy();
      };
      await expect(iterate()).rejects.toMatchObject({ code: 'ECONNRESET' });
    });
  });

  describe('a signal that is aborted', () => {
    it('destroys the open socket with an AbortError', async () => {
      const abort = new AbortController();
      const { near } = await sockets.pair({ signal: abort.signal });
      const ending = outcome(near);
      abort.abort();
      expect(await ending).toMatchObject({
        error: { name: 'AbortError', code: 'ABORT_ERR' },
        hadError: true,
      });
    });

    it('means nothing to a socket that has closed', async () => {
      const abort = new AbortController();
      const { near } = await sockets.pair({ signal: abort.signal });
      const ending = outcome(near);
      near.destroy();
      await ending;
      abort.abort();
      await settle(20);
      expect(await ending).toMatchObject({ error: undefined });
    });
  });
}
