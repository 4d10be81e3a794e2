/** What the adapters hand to drivers, without the drivers: those are run in packages/conformance. */
import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeRelay } from '../../test/fake-relay.js';
import { HybridConnectionSender } from '../sender.js';
import { forMariadb } from './mariadb.js';
import { forMongodb, type MongodbTunnel } from './mongodb.js';
import { forNodemailer } from './nodemailer.js';
import { forPg } from './pg.js';
import { forTedious } from './tedious.js';
import { tlsOver } from './tls-over.js';
import type { TunnelSource } from './tunnel-source.js';

let relay: FakeRelay;
let tunnel: { readonly endpoint: string; readonly entityPath: string };

beforeEach(async () => {
  relay = await new FakeRelay().start();
  tunnel = { endpoint: relay.url, entityPath: 'sql' };
});
afterEach(() => relay.stop());

const echoed = (stream: Duplex) => text(stream.end('there and back'));

describe('a tunnel for a driver', () => {
  it.each<[string, () => TunnelSource]>([
    ['a connection string', () => `Endpoint=${relay.url};EntityPath=sql`],
    ['options', () => tunnel],
    ['a sender', () => new HybridConnectionSender(tunnel)],
  ])('is said by %s', async (_, source) => {
    expect(await echoed(forPg(source()).stream())).toBe('there and back');
  });

  it('is refused at once when it makes no sense', () => {
    expect(() => forPg('Endpoint=nowhere')).toThrow(expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }));
  });

  it('is opened anew for each connection', () => {
    const { stream } = forPg(tunnel);
    const [one, other] = [stream(), stream()];
    expect(one).not.toBe(other);
    for (const each of [one, other]) each.destroy();
  });
});

describe('a connection for mariadb', () => {
  const streamFor = (options: unknown): Promise<Duplex> =>
    new Promise((resolve) => {
      forMariadb(tunnel).stream.call(options, (_, stream) => resolve(stream!));
    });

  it.each([
    ['a stream without TLS', { ssl: false }, false],
    ['a net.Socket with TLS', { ssl: { rejectUnauthorized: true } }, true],
    ['a net.Socket where its options cannot be seen', undefined, true],
  ])('is %s', async (_, options, isNative) => {
    const stream = await streamFor(options);
    expect(stream instanceof net.Socket).toBe(isNative);
    expect(await echoed(stream)).toBe('there and back');
  });
});

describe('a driver that wants its connection open', () => {
  it('gets it open', async () => {
    const socket = await forTedious(tunnel).connector();
    expect(socket.readyState).toBe('open');
    socket.destroy();
  });

  it('gets the failure instead', async () => {
    relay.answer = { status: 404, reason: 'There are no listeners connected' };
    await expect(forTedious(tunnel).connector()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const error = await new Promise((resolve) => forNodemailer(tunnel).getSocket({}, resolve));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each([
    ['before', () => AbortSignal.abort(new Error('given up'))],
    ['while it opens', () => AbortSignal.timeout(10)],
  ])('leaves no connection behind when it gives up %s', async (_, signal) => {
    relay.answer = 'silence';
    await expect(forTedious(tunnel).connector(undefined, undefined, signal())).rejects.toThrow();
    await expect.poll(() => relay.connections).toBe(0);
  });
});

describe('TLS over a tunnel', () => {
  it('is connecting for as long as the tunnel is', async () => {
    const below = new HybridConnectionSender(tunnel).connect();
    const above = tlsOver(below, 'sql.test', {});
    above.on('error', () => {});
    expect(above.connecting).toBe(true);
    await once(above, 'connect');
    expect(above.connecting).toBe(false);
    above.destroy();
  });

  it('fails as the tunnel fails', async () => {
    relay.answer = { status: 404, reason: 'There are no listeners connected' };
    const above = tlsOver(new HybridConnectionSender(tunnel).connect(), 'sql.test', {});
    const error = await new Promise((resolve) => above.once('error', resolve));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('the SOCKS5 proxy for mongodb', () => {
  const controller = () => new AbortController();
  const greeting = ({ proxyUsername: name, proxyPassword: password }: Partial<MongodbTunnel>) =>
    Buffer.concat([
      Buffer.of(5, 1, 2, 1),
      ...[name!, password!].flatMap((word) => [Buffer.of(word.length), Buffer.from(word)]),
      Buffer.from('\x05\x01\x00\x03\x07db.corp\x69\x89', 'latin1'),
    ]);
  const dial = ({ proxyHost, proxyPort }: MongodbTunnel) => net.connect(proxyPort, proxyHost);
  const WELCOME = Buffer.of(5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0).toString('latin1');

  it('leads into the tunnel, and carries ends and bytes both ways', async () => {
    const port = controller();
    const given = await forMongodb(tunnel, { signal: port.signal });
    const socket = dial(given).setEncoding('latin1');
    socket.end(Buffer.concat([greeting(given), Buffer.from('hello')]));
    expect(await text(socket)).toBe(`${WELCOME}hello`);
    port.abort();
  });

  it('asks whoever has one for each server which one it is', async () => {
    const asked: unknown[] = [];
    const port = controller();
    const tunnelFor = (...server: [string, number]) => {
      asked.push(server);
      return tunnel;
    };
    const given = await forMongodb(tunnelFor, { signal: port.signal });
    expect(given.directConnection).toBe(false);
    const socket = dial(given);
    socket.end(greeting(given));
    await text(socket);
    expect(asked).toEqual([['db.corp', 27017]]);
    port.abort();
  });

  it('lets nobody in who does not know the password', async () => {
    const port = controller();
    const given = await forMongodb(tunnel, { signal: port.signal });
    const socket = dial(given).setEncoding('latin1');
    socket.write(greeting({ ...given, proxyPassword: 'guessed' }));
    expect(await text(socket)).toBe(`${WELCOME.slice(0, 3)}\x01`);
    expect(relay.received).toEqual([]);
    port.abort();
  });

  it('says that a connection is refused', async () => {
    relay.answer = { status: 404, reason: 'There are no listeners connected' };
    const port = controller();
    const given = await forMongodb(tunnel, { signal: port.signal });
    const socket = dial(given).setEncoding('latin1');
    socket.write(greeting(given));
    expect((await text(socket)).slice(4, 6)).toBe('\x05\x05');
    port.abort();
  });

  it('outlives a connection that the system has no descriptor for', async () => {
    const port = controller();
    const listen = vi.spyOn(net.Server.prototype, 'listen');
    const given = await forMongodb(tunnel, { signal: port.signal });
    const server = listen.mock.contexts[0] as net.Server;
    listen.mockRestore();
    // As Node does it when accept() fails.
    server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' }));
    const socket = dial(given).setEncoding('latin1');
    socket.end(Buffer.concat([greeting(given), Buffer.from('hello')]));
    expect(await text(socket)).toBe(`${WELCOME}hello`);
    port.abort();
  });

  it('closes its port when it is told to', async () => {
    const port = controller();
    const given = await forMongodb(tunnel, { signal: port.signal });
    port.abort();
    const [error] = await once(dial(given), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
