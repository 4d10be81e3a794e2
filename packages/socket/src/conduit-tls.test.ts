/** Conduits over TLS, which Node reads in its own way: a record at a time, and on after it was told to stop. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { cert, key } from '../test/certificate.js';
import { sharedPool } from './buffer-pool.js';
import { Conduit } from './conduit.js';

const open: Array<{ destroy(): void }> = [];
afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port;
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Notes what its sink hears; `isFull` is what it answers. */
class Ear {
  readonly heard: string[] = [];
  isFull = false;

  constructor(conduit: Conduit) {
    open.push(conduit);
    conduit.sink = {
      onBytes: (bytes, start, end) => {
        this.heard.push(bytes.toString('latin1', start, end));
        return !this.isFull;
      },
      onDrain: () => undefined,
      onEnd: () => this.heard.push('end'),
      onClose: () => this.heard.push('close'),
    };
  }
}

describe('a conduit that dials TLS', () => {
  it('hands over nothing more while its sink holds a record, though the next ones came in the same segment', async () => {
    const server = tls.createServer({ cert, key }).listen(0, '127.0.0.1');
    // While it collects, what the server sends is kept to be one segment.
    let collected: Buffer[] | undefined;
    const path = net.createServer((near) => {
      const far = net.connect(portOf(server), '127.0.0.1');
      open.push(near, far);
      near.pipe(far);
      far.on('data', (bytes) => (collected === undefined ? near.write(bytes) : collected.push(bytes)));
      once(server, 'flush').then(() => near.write(Buffer.concat(collected!)));
    });
    path.listen(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(path, 'listening')]);
    open.push({ destroy: () => void [server.close(), path.close()] });

    const conduit = Conduit.connect({ host: 'localhost', port: portOf(path), tls: { ca: cert } });
    const ear = new Ear(conduit);
    ear.isFull = true;
    conduit.start();
    const [peer] = (await once(server, 'secureConnection')) as [tls.TLSSocket];
    open.push(peer);
    await pass(20);
    collected = [];
    for (const record of ['one', 'two', 'three']) {
      const count = collected.length;
      peer.write(record);
      await expect.poll(() => collected!.length > count, { interval: 1 }).toBe(true);
    }
    server.emit('flush');

    await expect.poll(() => ear.heard.length > 0, { interval: 1 }).toBe(true);
    await pass(20);
    expect(ear.heard).toEqual(['one']);
    ear.isFull = false;
    conduit.resume();
    await expect.poll(() => ear.heard.join(' ')).toMatch(/^one two ?three$/);
  });
});

describe('a conduit that adopts TLS', () => {
  /** The peer has sent its last words and its end before the socket is adopted. */
  async function adopted(): Promise<Conduit> {
    const server = tls.createServer({ cert, key, allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = tls.connect({ port: portOf(server), host: 'localhost', ca: cert });
    const [socket] = (await once(server, 'secureConnection')) as [tls.TLSSocket];
    server.close();
    open.push(peer, socket);
    peer.end('last words');
    await pass(30);
    return Conduit.adopt(socket);
  }

  it('tells of an end only once it is started, and after the bytes before it', async () => {
    const conduit = await adopted();
    const ear = new Ear(conduit);
    await pass(10);
    expect(ear.heard).toEqual([]);
    conduit.start();
    expect(ear.heard).toEqual(['last words', 'end']);
  });

  it('tells of an end only once its sink holds no bytes', async () => {
    const conduit = await adopted();
    const ear = new Ear(conduit);
    ear.isFull = true;
    conduit.start();
    await pass(10);
    expect(ear.heard).toEqual(['last words']);
    conduit.resume();
    expect(ear.heard).toEqual(['last words', 'end']);
  });

  it('tells of an end before it tells that all is over, even if the sink still holds bytes', async () => {
    const conduit = await adopted();
    const ear = new Ear(conduit);
    ear.isFull = true;
    conduit.start();
    conduit.end();
    await expect.poll(() => ear.heard).toEqual(['last words', 'end', 'close']);
  });
});

describe('a conduit over TLS with much to read', () => {
  const LENGTH = 6_000_000;
  const sent = Buffer.alloc(LENGTH);
  for (let i = 0; i + 4 <= LENGTH; i += 4) sent.writeUInt32LE(Math.imul(i, 0x9e3779b1) >>> 0, i);

  async function secured(): Promise<[Conduit, tls.TLSSocket]> {
    const server = tls.createServer({ cert, key, allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = tls.connect({ port: portOf(server), host: 'localhost', ca: cert });
    const [socket] = (await once(server, 'secureConnection')) as [tls.TLSSocket];
    server.close();
    open.push(peer, socket);
    return [Conduit.adopt(socket), peer];
  }

  /** Holds what the conduit lends for a while each `holdEvery` times, and looks whether it stays as it was. */
  async function readAll(
    conduit: Conduit,
    holdEvery: number,
  ): Promise<{ received: Buffer; reads: number[] }> {
    const pieces: Buffer[] = [];
    let isHeld = false;
    await new Promise<void>((resolve) => {
      conduit.sink = {
        onBytes: (bytes, start, end) => {
          expect(isHeld).toBe(false);
          pieces.push(Buffer.from(bytes.subarray(start, end)));
          if (pieces.length % holdEvery !== 0) return true;
          isHeld = true;
          setTimeout(() => {
            expect(bytes.subarray(start, end).equals(pieces.at(-1)!)).toBe(true);
            isHeld = false;
            conduit.resume();
          }, 1);
          return false;
        },
        onDrain: () => undefined,
        onEnd: () => resolve(),
        onClose: () => resolve(),
      };
      conduit.start();
    });
    return { received: Buffer.concat(pieces), reads: pieces.map(({ length }) => length) };
  }

  it.each([1, 2, 7, Number.POSITIVE_INFINITY])(
    'hands all of it over in order, held every %d times',
    async (hold) => {
      const [conduit, peer] = await secured();
      const before = sharedPool.left;
      peer.end(sent);
      const { received, reads } = await readAll(conduit, hold);
      expect(received.equals(sent)).toBe(true);
      expect(Math.max(...reads)).toBeGreaterThan(16_384);
      expect(Math.max(...reads)).toBeLessThanOrEqual(256 * 1024);
      expect(sharedPool.left).toBe(before);
    },
  );

  it('hands what is small over at once, between what is not', async () => {
    const [conduit, peer] = await secured();
    const ear = new Ear(conduit);
    conduit.start();
    for (const word of ['one', 'x'.repeat(16_384), 'three']) {
      const count = ear.heard.length;
      peer.write(word);
      await expect.poll(() => ear.heard.length > count, { interval: 1 }).toBe(true);
    }
    expect(ear.heard).toEqual(['one', 'x'.repeat(16_384), 'three']);
  });

  it('hands nothing over once it is destroyed, and gives its buffers back', async () => {
    const [conduit, peer] = await secured();
    const before = sharedPool.left;
    const ear = new Ear(conduit);
    let destroyed = false;
    conduit.sink.onBytes = () => {
      expect(destroyed).toBe(false);
      // Before the end of this turn, in which more may have arrived.
      setImmediate(() => {
        destroyed = true;
        conduit.destroy();
      });
      return true;
    };
    conduit.start();
    peer.on('error', () => undefined).write(sent);
    await expect.poll(() => ear.heard.includes('close'), { interval: 1 }).toBe(true);
    await pass(5);
    expect(sharedPool.left).toBe(before);
  });
});
