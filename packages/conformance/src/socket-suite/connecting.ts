/**
 * Socket suite: the time before 'connect', and a connection that never comes.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { event, outcome, read, readAll, type Sockets, settle, writes } from './sockets.js';

/** Defines the tests. */
export function connectingTests(sockets: Sockets): void {
  describe('a socket that is connecting', () => {
    it('says so, and has no peer yet', () => {
      const { near } = sockets.dial();
      expect(near.connecting).toBe(true);
      expect(near.pending).toBe(true);
      expect(near.readyState).toBe('opening');
      expect(near.destroyed).toBe(false);
      expect(near.remoteAddress).toBeUndefined();
    });

    it("emits 'connect' and then 'ready', each once", async () => {
      const { near } = sockets.dial();
      const events: string[] = [];
      near.on('connect', () => events.push('connect'));
      near.on('ready', () => events.push('ready'));
      await event(near, 'ready');
      await settle();
      expect(events).toEqual(['connect', 'ready']);
    });

    it("is open when 'connect' is emitted", async () => {
      const { near } = sockets.dial();
      await event(near, 'connect');
      expect(near.connecting).toBe(false);
      expect(near.pending).toBe(false);
      expect(near.readyState).toBe('open');
      expect(near.remoteAddress).toMatch(/127\.0\.0\.1|::1/);
    });

    it('holds back what is written, and sends it in order', async () => {
      const { near, far } = sockets.dial();
      near.write('one ');
      near.write('two ');
      near.once('connect', () => near.write('three'));
      expect((await read(await far, 13)).toString()).toBe('one two three');
    });

    it('calls back for what was written once it is sent', async () => {
      const { near } = sockets.dial();
      expect(await writes(near, 'early')).toBeFalsy();
      expect(near.connecting).toBe(false);
    });

    it('can be ended: everything arrives, and then the end', async () => {
      const { near, far } = sockets.dial();
      near.end('all there is');
      expect((await readAll(await far)).toString()).toBe('all there is');
    });

    it('can be paused and still connects', async () => {
      const { near, far } = sockets.dial();
      near.pause();
      (await far).write('x');
      await settle();
      expect(near.readyState).toBe('open');
      expect((await read(near, 1)).toString()).toBe('x');
    });

    it("closes without 'connect' and without an error when it is destroyed", async () => {
      const { near } = sockets.dial();
      const ending = outcome(near);
      near.destroy();
      expect(near.connecting).toBe(false);
      expect(await ending).toEqual({ error: undefined, hadError: false, events: ['close'] });
    });

    it('closes at once when it is destroyed, even if the other side never answers', async () => {
      const near = sockets.stalled();
      const ending = outcome(near);
      await settle(20);
      expect(near.connecting).toBe(true);
      const before = performance.now();
      near.destroy();
      expect((await ending).events).toEqual(['close']);
      expect(performance.now() - before).toBeLessThan(200);
    });

    it('fails the writes it held back when it is destroyed', async () => {
      const near = sockets.stalled();
      const written = writes(near, 'never sent');
      near.destroy();
      expect(await written).toMatchObject({
        code: expect.stringMatching(/^ERR_(STREAM_DESTROYED|SOCKET_CLOSED)/),
      });
    });

    it("gives the error that it is destroyed with, and 'close' says so", async () => {
      const near = sockets.stalled();
      const ending = outcome(near);
      near.destroy(new Error('changed my mind'));
      expect(await ending).toMatchObject({ error: { message: 'changed my mind' }, hadError: true });
    });

    it('is destroyed with an AbortError when its signal is aborted', async () => {
      const abort = new AbortController();
      const ending = outcome(sockets.stalled({ signal: abort.signal }));
      await settle(20);
      abort.abort();
      expect(await ending).toMatchObject({
        error: { name: 'AbortError', code: 'ABORT_ERR' },
        hadError: true,
      });
    });

    it('is destroyed with an AbortError when its signal was aborted before', async () => {
      const ending = outcome(sockets.stalled({ signal: AbortSignal.abort() }));
      expect(await ending).toMatchObject({ error: { name: 'AbortError', code: 'ABORT_ERR' } });
    });
  });

  describe('a socket that is refused', () => {
    it("emits 'error' with ECONNREFUSED of connect, then 'close' with hadError, and never 'connect'", async () => {
      const near = sockets.refused();
      const { error, hadError, events } = await outcome(near);
      expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
      expect(hadError).toBe(true);
      expect(events).toEqual(['error', 'close']);
    });

    it('is closed afterwards', async () => {
      const near = sockets.refused();
      await outcome(near);
      expect(near.destroyed).toBe(true);
      expect(near.connecting).toBe(false);
      expect(near.pending).toBe(true);
      expect(near.readyState).toBe('closed');
      expect(near.remoteAddress).toBeUndefined();
    });

    it('fails the writes it held back', async () => {
      const near = sockets.refused();
      expect(await writes(near, 'never sent')).toBeInstanceOf(Error);
    });
  });
}
