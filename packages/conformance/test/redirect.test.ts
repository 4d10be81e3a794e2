/**
 * Connections of this process to private names, redirected by the library call.
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import dns from 'node:dns';
import dnsPromises from 'node:dns/promises';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { type Redirection, redirect } from '@hybridge/redirect';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { freePort, serverCertificate, TargetServer, Tunnel } from '../src/index.js';

const NAME = 'sql01.corp.example';
const PORT = 1433;

let target: TargetServer;
let tunnel: Tunnel;
let redirection: Redirection | undefined;

beforeAll(async () => {
  target = await TargetServer.start();
  tunnel = await Tunnel.open(target);
});
afterAll(async () => {
  target?.stop();
  await tunnel?.close();
});
afterEach(async () => {
  redirection?.undo();
  redirection = undefined;
  await tunnel.idle();
});

/** Redirects one endpoint to the target. */
function redirecting(endpoint = `${NAME}:${PORT}`, connectionString = tunnel.connectionString): Redirection {
  redirection = redirect({ connections: [{ connectionString, endpoint }] });
  return redirection;
}

function echo(socket: net.Socket): void {
  socket.pipe(socket);
}

/** Says something, ends, and gives back what came. */
async function exchange(socket: net.Socket, text = 'hello'): Promise<string> {
  socket.end(text);
  return (await buffer(socket)).toString();
}

/** Why a connection failed. It also tells with 'close' that it did. */
function failureOf(socket: net.Socket): Promise<NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', (hadError) => {
      expect(hadError).toBe(true);
      resolve(failure!);
    });
  });
}

function closed(socket: net.Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve).on('error', () => {}));
}

describe('a connection to an endpoint that is redirected', () => {
  it.each<[string, () => net.Socket]>([
    ['net.connect(port, host)', () => net.connect(PORT, NAME)],
    ['net.connect(options)', () => net.connect({ host: NAME, port: PORT })],
    [
      'net.createConnection(port as text, host)',
      () => net.createConnection({ host: NAME, port: `${PORT}` as never }),
    ],
    ['new net.Socket().connect()', () => new net.Socket().connect(PORT, NAME)],
    ['a name in other letters', () => net.connect(PORT, 'SQL01.Corp.Example.')],
    [
      'with a lookup of its own',
      () => net.connect({ host: NAME, port: PORT, lookup: () => expect.unreachable() }),
    ],
    ['with an address of its own', () => net.connect({ host: NAME, port: PORT, localAddress: '192.0.2.1' })],
    ['by IPv6 alone', () => net.connect({ host: NAME, port: PORT, family: 6 })],
  ])('reaches the target: %s', async (_, connect) => {
    redirecting();
    target.serve = echo;
    expect(await exchange(connect())).toBe('hello');
  });

  it('reaches it by whatever address the name was resolved to', async () => {
    redirecting();
    target.serve = echo;
    for (const options of [{}, { family: 6 }]) {
      const { address } = await dns.promises.lookup(NAME, options);
      expect(await exchange(net.connect(PORT, address))).toBe('hello');
    }
  });

  it.each(['10.99.0.7', 'fd00:99::7', '::ffff:10.99.0.7'])(
    'may be one by IP address: %s',
    async (address) => {
      redirecting(
        address.includes(':') && !address.includes('.') ? `[${address}]:${PORT}` : `10.99.0.7:${PORT}`,
      );
      target.serve = echo;
      const socket = net.connect(PORT, address);
      await once(socket, 'connect');
      expect(socket.remoteAddress).toBe(address.replace('::ffff:', ''));
      expect(socket.remotePort).toBe(PORT);
      expect(await exchange(socket)).toBe('hello');
    },
  );

  it('calls back, and is in the states of one that connects', async () => {
    redirecting();
    target.serve = echo;
    const events: string[] = [];
    const socket = net.connect(PORT, NAME, () => events.push('callback'));
    for (const event of ['lookup', 'connect', 'ready', 'end', 'close']) {
      socket.on(event, () => events.push(event));
    }
    expect([socket.connecting, socket.pending, socket.readyState]).toEqual([true, true, 'opening']);
    await once(socket, 'connect');
    expect([socket.connecting, socket.pending, socket.readyState]).toEqual([false, false, 'open']);
    const over = closed(socket);
    await exchange(socket);
    await over;
    expect(events).toEqual(['lookup', 'callback', 'connect', 'ready', 'end', 'close']);
  });

  it('tells of itself in the context of whoever connected, also in the turn of the redirection', async () => {
    redirecting();
    target.serve = echo;
    const context = new AsyncLocalStorage<string>();
    for (const whose of ['in that turn', 'in a later one']) {
      const seen = new Set<unknown>();
      await context.run(whose, async () => {
        const socket = net.connect(PORT, NAME);
        for (const event of ['connect', 'data', 'end', 'close']) {
          socket.on(event, () => seen.add(context.getStore()));
        }
        const over = closed(socket);
        socket.end('hello');
        await over;
      });
      expect([...seen]).toEqual([whose]);
    }
  });

  it('has the peer that the application asked for', async () => {
    const { routes } = redirecting();
    target.serve = echo;
    const socket = net.connect(PORT, NAME);
    expect(socket.remoteAddress).toBeUndefined();
    await once(socket, 'connect');
    expect(socket.remoteAddress).toBe(routes.virtualAddress(NAME));
    expect(socket.remoteFamily).toBe('IPv4');
    expect(socket.remotePort).toBe(PORT);
    await exchange(socket);
  });

  it('is a net.Socket, with a handle', async () => {
    redirecting();
    target.serve = echo;
    const socket = net.connect(PORT, NAME);
    await once(socket, 'connect');
    expect(socket).toBeInstanceOf(net.Socket);
    expect((socket as unknown as { _handle: object })._handle).toBeDefined();
    await exchange(socket);
  });

  it('carries much both ways', async () => {
    redirecting();
    target.serve = echo;
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'redirect');
    const socket = net.connect(PORT, NAME);
    socket.end(bytes);
    expect((await buffer(socket)).equals(bytes)).toBe(true);
  });

  it('ends each direction on its own', async () => {
    redirecting();
    target.serve = (socket) => {
      socket.resume().on('end', () => socket.end('after the end'));
    };
    const socket = net.connect({ host: NAME, port: PORT, allowHalfOpen: true });
    expect(await exchange(socket)).toBe('after the end');
  });

  it('is reset when the target resets', async () => {
    redirecting();
    target.serve = (socket) => socket.once('data', () => socket.resetAndDestroy()).resume();
    const socket = net.connect(PORT, NAME);
    socket.write('now');
    expect(await failureOf(socket)).toMatchObject({ code: 'ECONNRESET' });
  });

  it('resets the target when it is reset', async () => {
    redirecting();
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => {
      target.serve = (socket) => socket.once('error', resolve).resume();
    });
    const socket = net.connect(PORT, NAME);
    await once(socket, 'connect');
    socket.resetAndDestroy();
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
  });

  it('may be given up while it connects', async () => {
    redirecting();
    let arrived = 0;
    target.serve = () => (arrived += 1);
    const socket = net.connect(PORT, NAME);
    socket.destroy();
    await closed(socket);
    const aborted = net.connect({ host: NAME, port: PORT, signal: AbortSignal.abort() });
    expect((await once(aborted, 'error').catch((error) => [error]))[0]).toMatchObject({ name: 'AbortError' });
    await tunnel.idle();
    expect(arrived).toBe(0);
  });

  it('may be one of very many', async () => {
    redirecting();
    target.serve = echo;
    const texts = Array.from({ length: 200 }, (_, index) => `connection ${index}`);
    const answers = await Promise.all(texts.map((text) => exchange(net.connect(PORT, NAME), text)));
    expect(answers).toEqual(texts);
  });

  it('may be made with an object that was connected before', async () => {
    redirecting();
    target.serve = echo;
    const socket = new net.Socket();
    for (const text of ['one', 'two']) {
      socket.connect(PORT, NAME);
      const over = closed(socket);
      expect(await exchange(socket, text)).toBe(text);
      await over;
    }
  });

  it('leaves nothing on an object that is connected to somewhere else afterwards', async () => {
    redirecting(undefined, tunnel.unusedConnectionString);
    const socket = new net.Socket();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      socket.connect(PORT, NAME);
      expect(await failureOf(socket)).toMatchObject({ code: 'ECONNREFUSED' });
      socket.removeAllListeners('error');
    }
    expect(socket.listenerCount('connect')).toBe(0);
    target.serve = echo;
    socket.connect(target.port, target.host);
    await once(socket, 'connect');
    expect(socket.remotePort).toBe(target.port);
    expect(await exchange(socket)).toBe('hello');
  });
});

describe('a connection to an endpoint that is redirected, and does not open,', () => {
  it.each<[string, () => string, string]>([
    ['since the target refuses', () => tunnel.refusingConnectionString, 'ECONNREFUSED'],
    ['since nobody listens', () => tunnel.unusedConnectionString, 'ECONNREFUSED'],
    [
      'since the relay knows no such hybrid connection',
      () => tunnel.connectionString.replace(/EntityPath=.*/, 'EntityPath=none'),
      'ENOTFOUND',
    ],
    [
      'since the key is wrong',
      () => tunnel.connectionString.replace(/SharedAccessKey=[^;]*/, 'SharedAccessKey=wrong'),
      'EACCES',
    ],
  ])('says so: %s', async (_, connectionString, code) => {
    redirecting(`${NAME}:${PORT}`, connectionString());
    const socket = net.connect(PORT, NAME, () => expect.unreachable());
    const error = await failureOf(socket);
    expect(error).toMatchObject({ code, syscall: 'connect', address: NAME, port: PORT });
    expect(error.errno).toEqual(code === 'EACCES' ? -13 : expect.any(Number));
  });

  it('since the relay is out of reach', async () => {
    const closed = await freePort();
    const away = tunnel.connectionString.replace(/Endpoint=[^;]*/, `Endpoint=ws://127.0.0.1:${closed}/`);
    redirecting(`${NAME}:${PORT}`, away);
    expect(await failureOf(net.connect(PORT, NAME))).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('on top of a redirected connection', () => {
  it('TLS is verified against the private name', async () => {
    redirecting();
    const { ca, cert, key } = await serverCertificate([NAME]);
    target.serve = (socket) => {
      const secure = new tls.TLSSocket(socket, { isServer: true, cert, key });
      secure.pipe(secure);
    };
    const socket = tls.connect({ host: NAME, port: PORT, ca, servername: NAME });
    await once(socket, 'secureConnect');
    expect(socket.authorized).toBe(true);
    expect(socket.remotePort).toBe(PORT);
    expect(await exchange(socket)).toBe('hello');
    const underneath = net.connect(PORT, NAME);
    expect(await exchange(tls.connect({ socket: underneath, ca, servername: NAME }))).toBe('hello');
    const wrong = tls.connect({ host: NAME, port: PORT, ca, servername: 'other.example' });
    expect((await once(wrong, 'error'))[0]).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it.each([false, true])('HTTP goes its way: http, https and fetch, TLS %s', async (secure) => {
    redirecting();
    const { ca, cert, key } = await serverCertificate([NAME]);
    const handle: http.RequestListener = (request, response) =>
      response.end(`${request.headers.host} ${request.url}`);
    const server = secure ? https.createServer({ cert, key }, handle) : http.createServer(handle);
    target.serve = (socket) => server.emit('connection', socket.resume());
    const url = `${secure ? 'https' : 'http'}://${NAME}:${PORT}/path`;
    const agent = secure ? new https.Agent({ ca, keepAlive: true }) : new http.Agent({ keepAlive: true });
    for (let time = 0; time < 2; time += 1) {
      const request = (secure ? https : http).get(url, { agent });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      expect((await buffer(response)).toString()).toBe(`${NAME}:${PORT} /path`);
      expect(request.reusedSocket).toBe(time === 1);
    }
    agent.destroy();
    if (!secure)
      expect(await (await fetch(url, { headers: { connection: 'close' } })).text()).toBe(
        `${NAME}:${PORT} /path`,
      );
  });
});

describe('a name that is redirected', () => {
  const six = (address: string) => `::ffff:${address}`;

  it.each<[string, (address: string) => Promise<unknown>, (address: string) => unknown]>([
    ['dns.lookup', () => promisify(dns.lookup)(NAME), (address) => ({ address, family: 4 })],
    ['dns.lookup, family', () => promisify(dns.lookup)(NAME, 4), (address) => ({ address, family: 4 })],
    [
      'dns.lookup, family 6',
      () => promisify(dns.lookup)(NAME, 6),
      (address) => ({ address: six(address), family: 6 }),
    ],
    [
      'dns.lookup, all',
      () => promisify(dns.lookup)(NAME, { all: true }),
      (address) => [{ address, family: 4 }],
    ],
    ['dns.promises.lookup', () => dns.promises.lookup(NAME), (address) => ({ address, family: 4 })],
    ['dns/promises', () => dnsPromises.lookup(NAME, { all: true }), (address) => [{ address, family: 4 }]],
    ['dns.resolve', () => promisify(dns.resolve)(NAME), (address) => [address]],
    ['dns.resolve, A', () => promisify(dns.resolve)(NAME, 'A'), (address) => [address]],
    ['dns.resolve4', () => promisify(dns.resolve4)(NAME), (address) => [address]],
    [
      'dns.resolve4, ttl',
      () => promisify(dns.resolve4)(NAME, { ttl: true }),
      (address) => [{ address, ttl: 0 }],
    ],
    ['dns.resolveAny', () => promisify(dns.resolveAny)(NAME), (address) => [{ type: 'A', address, ttl: 0 }]],
    ['dns.promises.resolve4', () => dns.promises.resolve4(NAME), (address) => [address]],
    ['dns.promises.resolve', () => dns.promises.resolve(NAME, 'A'), (address) => [address]],
    ['Resolver', () => new dns.promises.Resolver().resolve4(NAME), (address) => [address]],
    [
      'Resolver by callback',
      () => {
        const resolver = new dns.Resolver();
        return promisify(resolver.resolve4.bind(resolver))(NAME);
      },
      (address) => [address],
    ],
    ['dns.reverse', (address) => promisify(dns.reverse)(address), () => [NAME]],
    [
      'dns.lookupService',
      (address) => promisify(dns.lookupService)(address, 443),
      () => ({ hostname: NAME, service: 'https' }),
    ],
    [
      'dns.promises.lookupService',
      (address) => dns.promises.lookupService(address, 443),
      () => ({ hostname: NAME, service: 'https' }),
    ],
  ])('resolves to its address: %s', async (_, resolve, expected) => {
    const address = redirecting().routes.virtualAddress(NAME)!;
    expect(await resolve(address)).toEqual(expected(address));
  });

  it('has no IPv6 address in the DNS', async () => {
    redirecting();
    await expect(dns.promises.resolve6(NAME)).rejects.toMatchObject({ code: 'ENODATA', hostname: NAME });
  });

  it('answers after the call, never in it', () => {
    redirecting();
    let isCalled = false;
    dns.lookup(NAME, () => (isCalled = true));
    expect(isCalled).toBe(false);
  });

  it('keeps its other ports: they are where they would be', async () => {
    redirecting(`localhost:${PORT}`);
    const server = net.createServer((socket) => socket.end('really here')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const { address } = await dns.promises.lookup('localhost');
    expect(address).toMatch(/^127\.77\./);
    const custom: net.LookupFunction = (host, options, answer) => dns.lookup(host, options, answer);
    for (const options of [{ host: 'localhost' }, { host: address }, { host: 'localhost', lookup: custom }]) {
      expect(await exchange(net.connect({ port, ...options }), '')).toBe('really here');
    }
  });

  it('says which port would have been redirected, where another one leads nowhere', async () => {
    redirecting('nobody.invalid:1433');
    const error = await failureOf(net.connect(1434, 'nobody.invalid'));
    expect(error).toMatchObject({ code: 'ENOTFOUND', hostname: 'nobody.invalid' });
    expect(error.message).toContain('its hybrid connection is for port 1433');
  });
});

const hasBlockLists = 'blockList' in new net.Socket({ blockList: new net.BlockList() } as never);
describe('a socket with a list of addresses that it must not connect to', () => {
  beforeEach(({ skip }) => skip(!hasBlockLists, 'Node 20 knows no such lists'));

  const listed = (address: string) => {
    const blockList = new net.BlockList();
    blockList.addAddress(address);
    return { port: PORT, blockList };
  };

  it('is refused an endpoint that is on it', async () => {
    redirecting(`10.99.0.7:${PORT}`);
    const socket = net.connect({ ...listed('10.99.0.7'), host: '10.99.0.7' });
    expect(await failureOf(socket)).toMatchObject({
      code: 'ERR_IP_BLOCKED',
      message: expect.stringContaining('10.99.0.7'),
    });
  });

  it('is refused a name whose virtual address is on it', async () => {
    const address = redirecting().routes.virtualAddress(NAME)!;
    const socket = net.connect({ ...listed(address), host: NAME });
    expect(await failureOf(socket)).toMatchObject({ code: 'ERR_IP_BLOCKED' });
  });

  it('is connected where only the way leads over an address that is on it', async () => {
    target.serve = echo;
    redirecting();
    expect(await exchange(net.connect({ ...listed('127.0.0.1'), host: NAME }))).toBe('hello');
  });
});

describe('what is not redirected', () => {
  const functions = () => [
    net.Socket.prototype.connect,
    ...[dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype].flatMap((target) =>
      ['lookup', 'lookupService', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse'].map(
        (name) => (target as never)[name],
      ),
    ),
  ];

  it('is Node’s own again once it is undone', () => {
    const before = functions();
    const first = redirecting();
    const second = redirect({
      connections: [{ connectionString: tunnel.unusedConnectionString, endpoint: 'a:1' }],
    });
    expect(functions()).not.toEqual(before);
    first.undo();
    expect(functions()).not.toEqual(before);
    second.undo();
    second.undo();
    expect(functions().map((each, index) => each === before[index])).not.toContain(false);
  });

  it('looks like Node’s own meanwhile', () => {
    const shape = () =>
      functions()
        .filter((each) => each !== undefined)
        .map((each: (...args: never) => unknown) => [each.name, each.length]);
    const before = shape();
    redirecting();
    expect(shape()).toEqual(before);
  });

  it('connects, resolves and fails as ever', async () => {
    const server = net.createServer(echo).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const closed = await freePort();
    const results = async () => ({
      lookup: await dns.promises.lookup('localhost', { all: true }),
      address: await dns.promises.lookup('127.0.0.1'),
      unknown: plain(await dns.promises.lookup('nobody.invalid').catch((error) => error)),
      answer: await exchange(net.connect(port, 'localhost')),
      refused: plain(await failureOf(net.connect(closed, '127.0.0.1'))),
      unresolved: plain(await failureOf(net.connect(closed, 'nobody.invalid'))),
      badPort: thrownBy(() => net.connect(70_000, 'localhost')),
      badName: thrownBy(() => dns.lookup(7 as never, () => {})),
    });
    const before = await results();
    redirecting();
    expect(await results()).toEqual(before);
  });

  it('calls back in the order of the calls', async () => {
    const order = async () => {
      const seen: string[] = [];
      const done = ['127.0.0.1', '::1', '127.0.0.2'].map(
        (host) => new Promise<void>((resolve) => dns.lookup(host, () => resolve(void seen.push(host)))),
      );
      process.nextTick(() => seen.push('tick'));
      setImmediate(() => seen.push('immediate'));
      await Promise.all([...done, new Promise((resolve) => setImmediate(resolve))]);
      return seen;
    };
    const before = await order();
    redirecting();
    expect(await order()).toEqual(before);
  });

  it('includes whoever knocks at the port where sockets go over', async () => {
    redirecting();
    target.serve = echo;
    const socket = net.connect(PORT, NAME);
    await once(socket, 'connect');
    const crossing = (socket as unknown as { _handle: { getpeername(out: object): void } })._handle;
    const peer = { port: 0 };
    crossing.getpeername(peer);
    expect(peer.port).not.toBe(PORT);
    const stranger = net.connect(peer.port, '127.0.0.1');
    await closed(stranger);
    expect(stranger.bytesRead).toBe(0);
    expect(await exchange(socket)).toBe('hello');
  });
});

describe('a redirection that is undone', () => {
  it('leaves the connections that are open', async () => {
    redirecting();
    target.serve = echo;
    const socket = net.connect(PORT, NAME);
    await once(socket, 'connect');
    const opening = net.connect(PORT, NAME);
    redirection!.undo();
    expect(await exchange(socket)).toBe('hello');
    expect(await exchange(opening)).toBe('hello');
  });
});

function plain(error: Error): object {
  const { code, errno, syscall, hostname, address, port } = error as NodeJS.ErrnoException & {
    readonly hostname?: string;
    readonly address?: string;
    readonly port?: number;
  };
  return { name: error.name, message: error.message, code, errno, syscall, hostname, address, port };
}

function thrownBy(step: () => unknown): object {
  try {
    step();
    return {};
  } catch (error) {
    return plain(error as Error);
  }
}
