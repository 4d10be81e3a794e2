import { once } from 'node:events';
import { createServer, type LookupFunction, type Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dialTarget, formatTarget, parseTarget } from './target.js';

describe('a target', () => {
  it.each([
    ['sql01.corp.example:1433', { host: 'sql01.corp.example', port: 1433 }],
    ['SQL_01:1433', { host: 'SQL_01', port: 1433 }],
    ['10.0.0.7:65535', { host: '10.0.0.7', port: 65_535 }],
    ['[fd00::7]:5432', { host: 'fd00::7', port: 5432 }],
  ])('%s is read, and written the same', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
    expect(formatTarget(parseTarget(text))).toBe(text);
  });

  it.each([
    '',
    'sql01',
    'sql01:',
    ':1433',
    'sql01:0',
    'sql01:65536',
    'sql01:1433/x',
    'fd00::7:1',
    '[sql01]:1',
    '[::1',
    'a b:1',
    `${'a'.repeat(60_000)}:1`,
  ])('is refused when it is %.20j', (text) => {
    const told = expect.objectContaining({
      code: 'ERR_MANAGER_CONFIG',
      message: expect.stringMatching(/^.{1,250}$/),
    });
    expect(() => parseTarget(text)).toThrow(told);
  });
});

describe('dialling a target', () => {
  it('gives a connection with nothing read from it yet', async () => {
    const port = await listening(createServer((socket) => socket.on('error', () => undefined).end('hello')));
    const { socket } = await dialTarget({ host: '127.0.0.1', port }, { timeoutMs: 5_000 }).connected;
    expect(socket.isPaused()).toBe(true);
    expect(socket.bytesRead).toBe(0);
    expect(socket.allowHalfOpen).toBe(true);
    socket.destroy();
  });

  it('fails with ECONNREFUSED when nobody listens', async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    await expect(
      dialTarget({ host: '127.0.0.1', port }, { timeoutMs: 5_000 }).connected,
    ).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('fails with ENOTFOUND when the name does not resolve', async () => {
    const lookup: LookupFunction = (hostname, _options, callback) =>
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);
    await expect(
      dialTarget({ host: 'gone.example', port: 1 }, { timeoutMs: 5_000, lookup }).connected,
    ).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });

  it('fails with ETIMEDOUT when the name or the target does not answer in time', async () => {
    const dial = dialTarget({ host: 'slow.example', port: 1433 }, { timeoutMs: 20, lookup: () => {} });
    await expect(dial.connected).rejects.toMatchObject({ code: 'ETIMEDOUT', syscall: 'connect' });
  });

  it('ends with the reason why it was given up', async () => {
    const reason = new Error('the sender left');
    const dial = dialTarget({ host: 'slow.example', port: 1433 }, { timeoutMs: 5_000, lookup: () => {} });
    dial.abort(reason);
    await expect(dial.connected).rejects.toBe(reason);
  });

  it('cannot be given up once it is connected', async () => {
    const port = await listening(createServer((socket) => socket.on('error', () => undefined)));
    const dial = dialTarget({ host: '127.0.0.1', port }, { timeoutMs: 5_000 });
    const { socket } = await dial.connected;
    dial.abort(new Error('too late'));
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });
});

async function listening(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}
