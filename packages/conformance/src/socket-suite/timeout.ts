/**
 * Socket suite: the idle timer of `setTimeout`.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { event, type Sockets, settle } from './sockets.js';

/** Defines the tests. Times are ten times apart, for machines that are busy. */
export function timeoutTests(sockets: Sockets): void {
  describe('setTimeout()', () => {
    it("emits 'timeout' after silence, and closes nothing", async () => {
      const { near, far } = await sockets.pair();
      const before = performance.now();
      expect(near.setTimeout(50)).toBe(near);
      await event(near, 'timeout');
      expect(performance.now() - before).toBeGreaterThan(45);
      expect(near.destroyed).toBe(false);
      near.end('still here');
      expect((await event(far, 'data')).toString()).toBe('still here');
    });

    it('calls back once, however often it times out', async () => {
      const { near, far } = await sockets.pair();
      let calls = 0;
      near.setTimeout(30, () => {
        calls += 1;
      });
      near.resume();
      await event(near, 'timeout');
      far.write('x');
      await event(near, 'timeout');
      expect(calls).toBe(1);
    });

    it('rests after it has fired, until there is data again', async () => {
      const { near, far } = await sockets.pair();
      let timeouts = 0;
      near.on('timeout', () => {
        timeouts += 1;
      });
      near.resume();
      near.setTimeout(20);
      await settle(150);
      expect(timeouts).toBe(1);
      far.write('x');
      await event(near, 'timeout');
      expect(timeouts).toBe(2);
    });

    it.each(['incoming', 'outgoing'] as const)('starts over with %s data', async (direction) => {
      const { near, far } = await sockets.pair();
      near.resume();
      far.resume();
      let timedOut = false;
      near.setTimeout(500, () => {
        timedOut = true;
      });
      const writer = direction === 'incoming' ? far : near;
      for (let i = 0; i < 12; i += 1) {
        writer.write('x');
        await settle(50);
      }
      expect(timedOut).toBe(false);
    });

    it('runs while the socket is connecting', async () => {
      const near = sockets.stalled();
      near.setTimeout(30);
      await event(near, 'timeout');
      expect(near.connecting).toBe(true);
    });

    it('with 0 switches it off and forgets the callback', async () => {
      const { near } = await sockets.pair();
      let calls = 0;
      const callback = () => {
        calls += 1;
      };
      near.setTimeout(40, callback);
      near.setTimeout(0, callback);
      expect(near.listenerCount('timeout')).toBe(0);
      await settle(100);
      expect(calls).toBe(0);
    });

    it('is shown by the property timeout', async () => {
      const { near } = await sockets.pair();
      expect(near.timeout).toBeUndefined();
      near.setTimeout(5_000);
      expect(near.timeout).toBe(5_000);
      near.setTimeout(0);
      expect(near.timeout).toBe(0);
    });

    it('means nothing after the socket has closed', async () => {
      const { near } = await sockets.pair();
      let calls = 0;
      near.setTimeout(30, () => {
        calls += 1;
      });
      near.destroy();
      near.setTimeout(10);
      await settle(80);
      expect(calls).toBe(0);
    });

    it.each([
      ['a text', '100', 'ERR_INVALID_ARG_TYPE'],
      ['less than nothing', -1, 'ERR_OUT_OF_RANGE'],
      ['no number', Number.NaN, 'ERR_OUT_OF_RANGE'],
      ['for ever', Number.POSITIVE_INFINITY, 'ERR_OUT_OF_RANGE'],
    ])('refuses %s', async (_, ms, code) => {
      const { near } = await sockets.pair();
      expect(() => near.setTimeout(ms as number)).toThrow(expect.objectContaining({ code }));
    });
  });
}
