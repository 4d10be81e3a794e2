/** Conduits over TLS, which Node reads in its own way: a record at a time, and on after it was told to stop. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { cert, key } from '../test/certificate.js';
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
      await vi.waitUntil(() => collected!.length > count, { interval: 1 });
    }
    server.emit('flush');

    await vi.waitUntil(() => ear.heard.length > 0, { interval: 1 });
    await pass(20);
    expect(ear.heard).toEqual(['one']);
    ear.isFull = false;
    conduit.resume();
    await vi.waitFor(() => expect(ear.heard.join(' ')).toMatch(/^one two ?three$/));
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
    await vi.waitFor(() => expect(ear.heard).toEqual(['last words', 'end', 'close']));
  });
});
