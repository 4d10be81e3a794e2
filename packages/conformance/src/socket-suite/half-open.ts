/**
 * Socket suite: each direction ends on its own.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { event, outcome, read, readAll, type Sockets, settle } from './sockets.js';

/** Defines the tests. */
export function halfOpenTests(sockets: Sockets): void {
  describe('a socket with allowHalfOpen whose far side has ended', () => {
    it('stays writable, and what it writes arrives', async () => {
      const { near, far } = await sockets.pair({ allowHalfOpen: true });
      near.resume();
      far.end('question');
      await event(near, 'end');
      await settle();
      expect(near.readyState).toBe('writeOnly');
      near.end('answer');
      expect((await readAll(far)).toString()).toBe('answer');
    });

    it('closes without an error once it has ended as well', async () => {
      const { near, far } = await sockets.pair({ allowHalfOpen: true });
      const ending = outcome(near);
      near.resume();
      far.resume();
      far.end();
      await event(near, 'end');
      near.end();
      expect(await ending).toEqual({ error: undefined, hadError: false, events: ['end', 'finish', 'close'] });
    });
  });

  describe('a socket without allowHalfOpen whose far side has ended', () => {
    it('ends as well, by itself', async () => {
      const { near, far } = await sockets.pair();
      const ending = Promise.all([outcome(near), outcome(far)]);
      near.resume();
      far.resume();
      far.end();
      const [atNear, atFar] = await ending;
      expect(atNear).toEqual({ error: undefined, hadError: false, events: ['end', 'finish', 'close'] });
      expect(atFar).toMatchObject({ error: undefined, hadError: false });
    });

    it("still sends what is written in an 'end' listener", async () => {
      const { near, far } = await sockets.pair();
      near.resume();
      near.once('end', () => near.write('last words'));
      far.end();
      expect((await readAll(far)).toString()).toBe('last words');
    });
  });

  describe('a socket that has ended', () => {
    it('is read-only, and reads until the far side ends', async () => {
      const { near, far } = await sockets.pair();
      near.end('question');
      expect(near.readyState).toBe('readOnly');
      expect((await readAll(far)).toString()).toBe('question');
      far.write('ans');
      expect((await read(near, 3)).toString()).toBe('ans');
      far.end('wer');
      expect((await readAll(near)).toString()).toBe('wer');
    });

    it('gets an answer of megabytes whole', async () => {
      const { near, far } = await sockets.pair();
      const question = randomBytes(3_000_000);
      const answer = randomBytes(2_500_000);
      const ending = outcome(near);
      const received = readAll(near);
      near.end(question);
      expect((await readAll(far)).equals(question)).toBe(true);
      far.end(answer);
      expect((await received).equals(answer)).toBe(true);
      expect(await ending).toMatchObject({ error: undefined, hadError: false });
    });
  });

  describe('two sockets that end at the same time', () => {
    it('both close without an error', async () => {
      const { near, far } = await sockets.pair();
      const endings = Promise.all([outcome(near), outcome(far)]);
      near.resume();
      far.resume();
      near.end('a');
      far.end('b');
      for (const ending of await endings) expect(ending).toMatchObject({ error: undefined, hadError: false });
    });
  });
}
