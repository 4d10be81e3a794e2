/**
 * Socket suite: what database drivers and HTTP clients do with the stream that they are handed.
 * @module
 */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { within } from '../deadline.js';
import { event, outcome, read, readAll, type Sockets, settle } from './sockets.js';

/** Defines the tests. */
export function habitsTests(sockets: Sockets): void {
  describe('connect()', () => {
    beforeEach(({ skip }) =>
      skip(!sockets.traits.toleratesConnect, 'these sockets connect again, as net.Socket does'),
    );

    it('on a connecting socket starts nothing, and calls back when it is open', async () => {
      const { near } = sockets.dial();
      let connects = 0;
      near.on('connect', () => {
        connects += 1;
      });
      await new Promise<void>((resolve) => expect(near.connect(5432, 'database.test', resolve)).toBe(near));
      await settle();
      expect(connects).toBe(1);
    });

    it("on an open socket emits 'connect' once more, for those who wait for it (pg)", async () => {
      const { near } = await sockets.pair();
      const again = event(near, 'connect');
      near.connect(5432, 'database.test');
      await again;
    });

    it('on a destroyed socket does nothing', async () => {
      const near = sockets.refused();
      const ending = outcome(near);
      await ending;
      near.connect(5432, 'database.test');
      await settle(20);
      expect((await ending).events).not.toContain('connect');
    });
  });

  describe('a driver', () => {
    it("may remove all 'data' listeners and set new ones (mysql2, mariadb)", async () => {
      const { near, far } = await sockets.pair();
      near.on('data', () => undefined);
      far.write('greeting');
      await event(near, 'data');
      near.removeAllListeners('data');
      near.pause();
      far.write('more');
      await settle();
      let got = '';
      near.on('data', (chunk: Buffer) => {
        got += chunk;
      });
      near.resume();
      far.end();
      await event(near, 'end');
      expect(got).toBe('more');
    });

    it('may pipe, unpipe and pipe elsewhere (tedious)', async () => {
      const { near, far } = await sockets.pair();
      const first = new PassThrough();
      const second = new PassThrough();
      near.pipe(first);
      far.write('one');
      expect(String(await event(first as never, 'data'))).toContain('one');
      near.unpipe(first);
      near.pipe(second);
      far.end('two');
      expect(await text(second)).toBe('two');
    });

    it('may read with readable and read()', async () => {
      const { near, far } = await sockets.pair();
      far.write('abcdef');
      expect((await read(near, 2)).toString()).toBe('ab');
      expect((await read(near, 4)).toString()).toBe('cdef');
      near.unshift(Buffer.from('ef'));
      expect((await read(near, 2)).toString()).toBe('ef');
    });

    it('may iterate', async () => {
      const { near, far } = await sockets.pair();
      far.end(Buffer.alloc(200_000, 'i'));
      let received = 0;
      for await (const chunk of near) received += (chunk as Buffer).length;
      expect(received).toBe(200_000);
    });

    it('may break out of an iteration, which destroys the socket', async () => {
      const { near, far } = await sockets.pair();
      far.write('x');
      const closed = outcome(near);
      for await (const _ of near) break;
      expect(near.destroyed).toBe(true);
      await closed;
    });

    it('may use stream.pipeline both ways (an echo)', async () => {
      const { near, far } = await sockets.pair();
      const sent = randomBytes(1_000_000);
      const received = readAll(near);
      const echoed = pipeline(far, far);
      near.end(sent);
      expect((await received).equals(sent)).toBe(true);
      await within(echoed, 20_000, 'the pipeline');
    });

    it('may look whether the stream has ended (ioredis)', async () => {
      const { near } = await sockets.pair();
      const state = () => (near as unknown as { _writableState: { ended: boolean } })._writableState.ended;
      expect(state()).toBe(false);
      near.end();
      expect(state()).toBe(true);
    });
  });

  describe('an http.Agent', () => {
    it('sends several requests over one such socket, and closes it', async () => {
      const server = http.createServer((request, response) => {
        request.resume();
        request.on('end', () => response.end(`${request.method} ${request.url}`));
      });
      const { near, far } = sockets.dial();
      let opened = 0;
      class OneSocketAgent extends http.Agent {
        override createConnection(): typeof near {
          opened += 1;
          return near;
        }
      }
      const agent = new OneSocketAgent({ keepAlive: true, maxSockets: 1 });
      server.emit('connection', await far);
      const ask = (path: string) =>
        new Promise<string>((resolve, reject) => {
          const request = http.request({ host: 'target.test', path, agent, method: 'POST' }, (response) => {
            text(response).then(resolve, reject);
          });
          request.on('error', reject);
          request.end('x'.repeat(50_000));
        });
      expect(await ask('/1')).toBe('POST /1');
      expect(await ask('/2')).toBe('POST /2');
      expect(opened).toBe(1);
      const closed = outcome(near);
      agent.destroy();
      await closed;
    });

    it('gets a whole answer when the server closes the connection after it', async () => {
      const body = 'b'.repeat(1_000_000);
      const server = http.createServer((_, response) => response.setHeader('connection', 'close').end(body));
      const { near, far } = sockets.dial();
      server.emit('connection', await far);
      const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
        http.get({ host: 'target.test', createConnection: () => near }, resolve).on('error', reject);
      });
      expect(await text(answer)).toBe(body);
    });
  });
}
