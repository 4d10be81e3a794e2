import { once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { acceptSocks5, readSocks5, refuseSocks5, type Socks5Options, type Socks5Target } from './socks5.js';

let server: net.Server;
let client: net.Socket;
let served: Promise<{ socket: net.Socket; target: Socks5Target | undefined }>;
let options: Socks5Options;

beforeEach(async () => {
  options = {};
  served = new Promise((resolve) => {
    server = net.createServer({ allowHalfOpen: true }, async (socket) => {
      socket.on('error', () => {});
      resolve({ socket, target: await readSocks5(socket, options) });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
});
afterEach(async () => {
  client.destroy();
  (await served).socket.destroy();
  server.close();
});

const NO_METHOD = Buffer.of(5, 1, 0);
const NAME = Buffer.from('\x05\x01\x00\x03\x09db.corp.x\x15\x38', 'latin1');
const credentials = { username: 'app', password: 'p' };
const login = (username: string, password: string) =>
  Buffer.from(
    `\x05\x02\x00\x02\x01${String.fromCharCode(username.length)}${username}${String.fromCharCode(password.length)}${password}`,
    'latin1',
  );

describe('what a SOCKS5 client asks for', () => {
  it.each([
    ['a name', NAME, { host: 'db.corp.x', port: 5432 }],
    ['an IPv4 address', Buffer.of(5, 1, 0, 1, 10, 0, 0, 7, 1, 187), { host: '10.0.0.7', port: 443 }],
    [
      'an IPv6 address',
      Buffer.of(5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1, 0, 80),
      { host: '2001:db8::1', port: 80 },
    ],
  ])('is %s', async (_, request, target) => {
    client.write(Buffer.concat([NO_METHOD, request]));
    expect((await served).target).toEqual(target);
  });

  it('is the same when it comes byte by byte, and what follows it stays in the socket', async () => {
    for (const byte of Buffer.concat([NO_METHOD, NAME])) {
      client.write(Buffer.of(byte));
      await sleep(1);
    }
    client.end('hello');
    const { socket, target } = await served;
    expect(target).toEqual({ host: 'db.corp.x', port: 5432 });
    expect(String(await buffer(socket))).toBe('hello');
  });

  it('is heard from whoever knows the password', async () => {
    options = { credentials };
    client.write(Buffer.concat([login('app', 'p'), NAME]));
    const { socket, target } = await served;
    expect(target).toEqual({ host: 'db.corp.x', port: 5432 });
    acceptSocks5(socket);
    socket.end('hello');
    expect(await buffer(client)).toEqual(
      Buffer.concat([Buffer.of(5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0), Buffer.from('hello')]),
    );
  });
});

describe('a SOCKS5 client is turned away', () => {
  it.each([
    ['that brings no credentials where they are asked for', NO_METHOD, [5, 0xff]],
    ['with a wrong password', Buffer.concat([login('app', 'q'), NAME]), [5, 2, 1, 1]],
    ['with a wrong name', Buffer.concat([login('ap', 'p'), NAME]), [5, 2, 1, 1]],
  ])('%s', async (_, words, answer) => {
    options = { credentials };
    client.write(words);
    expect([...(await buffer(client))]).toEqual(answer);
    expect((await served).target).toBeUndefined();
  });

  it.each([
    ['that speaks SOCKS4', Buffer.of(4, 1, 0, 80, 10, 0, 0, 7, 0), []],
    ['that speaks HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), []],
    [
      'that wants to bind',
      Buffer.concat([NO_METHOD, Buffer.of(5, 2, 0, 1, 0, 0, 0, 0, 0, 80)]),
      [5, 0, 5, 7],
    ],
    [
      'that wants to send datagrams',
      Buffer.concat([NO_METHOD, Buffer.of(5, 3, 0, 1, 0, 0, 0, 0, 0, 80)]),
      [5, 0, 5, 7],
    ],
    ['that names nothing', Buffer.concat([NO_METHOD, Buffer.of(5, 1, 0, 3, 0, 0, 80)]), [5, 0, 5, 4]],
    [
      'that forges a line',
      Buffer.concat([NO_METHOD, Buffer.from('\x05\x01\x00\x03\x03a\nb\x00\x50', 'latin1')]),
      [5, 0, 5, 4],
    ],
    [
      'that names an unknown kind of address',
      Buffer.concat([NO_METHOD, Buffer.of(5, 1, 0, 9)]),
      [5, 0, 5, 8],
    ],
  ])('%s', async (_, words, answer) => {
    client.write(words);
    expect([...(await buffer(client))].slice(0, 4)).toEqual(answer);
    expect((await served).target).toBeUndefined();
  });

  it.each([
    ['ECONNREFUSED', 5],
    ['ENOTFOUND', 4],
    ['EHOSTUNREACH', 4],
    ['ENETUNREACH', 3],
    ['ETIMEDOUT', 6],
    ['EACCES', 2],
    ['ECONNRESET', 1],
  ])('with a word for %s', async (code, word) => {
    client.write(Buffer.concat([NO_METHOD, NAME]));
    refuseSocks5((await served).socket, code);
    expect([...(await buffer(client))]).toEqual([5, 0, 5, word, 0, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('and does not stay by not leaving', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    client.write('GET / HTTP/1.1\r\n\r\n');
    const { socket } = await served;
    vi.advanceTimersByTime(5_000);
    expect(socket.destroyed).toBe(true);
  });

  it.each([
    ['ends', () => client.end()],
    ['is reset', () => client.resetAndDestroy()],
  ])('that %s in the middle of a word', async (_, go) => {
    client.write(NO_METHOD.subarray(0, 2));
    await sleep(10);
    go();
    expect((await served).target).toBeUndefined();
  });
});

it('takes whatever comes, in whatever pieces, with a target or by turning it away', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(NO_METHOD, NAME, login('app', 'p'), Buffer.of(5), Buffer.of(5, 1, 0)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), fc.boolean(), async (pieces, hasPassword) => {
      const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      const read = readSocks5(socket as net.Socket, hasPassword ? { credentials } : {});
      for (const bytes of pieces) socket.push(bytes);
      socket.push(null);
      const target = await read;
      if (target === undefined) expect(socket.writableEnded || socket.destroyed).toBe(true);
      else expect(target.host).toMatch(/^[\w.:-]+$/);
      socket.destroy();
    }),
  );
});
