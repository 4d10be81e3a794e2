import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { cert, key } from '../test/certificate.js';
import { readInto, takeOver } from './take-over.js';

async function accepted(): Promise<[net.Socket, net.Socket]> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = net.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1' });
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [
    [net.Socket],
    unknown,
  ];
  server.close();
  return [near, far];
}

async function upgraded(): Promise<[net.Socket, net.Socket]> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = net.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1' });
  near.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  const [, far] = (await once(server, 'upgrade')) as [unknown, net.Socket];
  server.close();
  return [near, far];
}

describe('an accepted socket that is taken over', () => {
  // If these fail, a new version of Node works differently inside, and relays and edges fall back to slower reads.
  it.each([
    ['stays the object that it is when nobody has used it', accepted, true],
    ['becomes another object when it was a request', upgraded, false],
  ] as const)('reads into the buffer it is given, and %s', async (_, open, isSame) => {
    const [near, far] = await open();
    const buffer = Buffer.alloc(64);
    const reads: string[] = [];
    const taken = takeOver(far, {
      buffer: () => buffer,
      callback: (bytesRead) => reads.push(buffer.toString('latin1', 0, bytesRead)) > 0,
    })!;
    expect(taken).toBeInstanceOf(net.Socket);
    expect(taken === far).toBe(isSame);
    near.write('into the buffer');
    taken.resume();
    while (reads.join('') !== 'into the buffer') await new Promise((resolve) => setTimeout(resolve, 1));
    near.end();
    await once(taken, 'end');
    taken.end('and back');
    const [answer] = await once(near, 'data');
    expect(String(answer)).toBe('and back');
  });

  it('is read by nobody before it is resumed', async () => {
    const [near, far] = await accepted();
    near.write('later');
    const reads: number[] = [];
    const buffer = Buffer.alloc(64);
    const onRead = { buffer: () => buffer, callback: (bytesRead: number) => reads.push(bytesRead) > 0 };
    const taken = takeOver(far, onRead)!;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([reads, taken.readableLength]).toEqual([[], 0]);
    taken.resume();
    while (reads.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    near.destroy();
    taken.destroy();
  });

  it('is left as it is when bytes are still to be sent', async () => {
    const [near, far] = await accepted();
    far.cork();
    far.write('queued');
    const onRead = { buffer: () => Buffer.alloc(1), callback: () => true };
    expect(takeOver(far, onRead)).toBeUndefined();
    far.uncork();
    expect(String((await once(near, 'data'))[0])).toBe('queued');
    near.destroy();
    far.destroy();
  });
});

describe('a TLS socket that is open', () => {
  async function secured(): Promise<[tls.TLSSocket, tls.TLSSocket]> {
    const server = tls.createServer({ cert, key }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const near = tls.connect({ port, host: 'localhost', ca: cert });
    const [[far]] = (await Promise.all([once(server, 'secureConnection'), once(near, 'secureConnect')])) as [
      [tls.TLSSocket],
      unknown,
    ];
    server.close();
    return [near, far];
  }

  // If this fails, a new version of Node works differently inside, and TLS falls back to slower reads.
  it.each(['dialled', 'accepted'] as const)(
    'reads into the buffer it is given when it was %s',
    async (side) => {
      const [near, far] = await secured();
      const [reader, writer] = side === 'dialled' ? [near, far] : [far, near];
      const buffer = Buffer.alloc(64);
      const reads: string[] = [];
      const done = readInto(reader, {
        buffer: () => buffer,
        callback: (bytesRead) => reads.push(buffer.toString('latin1', 0, bytesRead)) > 0,
      });
      expect(done).toBe(true);
      reader.resume();
      writer.write('into the buffer');
      while (reads.join('') !== 'into the buffer') await new Promise((resolve) => setTimeout(resolve, 1));
      near.destroy();
      far.destroy();
    },
  );

  it('is left as it is when it was given buffers before, or is not open', async () => {
    const [near, far] = await secured();
    const onRead = { buffer: () => Buffer.alloc(1), callback: () => true };
    expect(readInto(near, onRead)).toBe(true);
    expect(readInto(near, onRead)).toBe(false);
    near.destroy();
    far.destroy();
    expect(readInto(far, onRead)).toBe(false);
    expect(readInto(new net.Socket(), onRead)).toBe(false);
  });
});
