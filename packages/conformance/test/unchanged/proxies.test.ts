/** What SOCKS, CONNECT and virtual addresses do with a tunnel, and with what is not configured. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { ConnectProxy, DnsServer, RouteTable, SocksServer, VirtualListeners } from '@hybridge/redirect';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../../src/deadline.js';
import { routeTo } from '../../src/routes.js';
import { Tunnel } from '../../src/tunnel.js';

const NAME = 'echo.corp.example';
/** Where the endpoint is in the other network; the application knows nothing but that and the name. */
const PORT = 21_433;

let tunnel: Tunnel;
let table: RouteTable;
const target = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => undefined);
  socket.on('data', (data) => socket.write(String(data).toUpperCase()));
  socket.on('end', () => socket.end('.'));
});

beforeAll(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as { port: number };
  tunnel = await Tunnel.open({ host: '127.0.0.1', port });
  table = new RouteTable([
    routeTo(NAME, PORT, tunnel.connectionString),
    routeTo('10.9.8.7', PORT, tunnel.connectionString),
    routeTo('refusing.corp.example', PORT, tunnel.refusingConnectionString),
    routeTo('nobody.corp.example', PORT, tunnel.unusedConnectionString),
  ]);
});
afterAll(async () => {
  await tunnel?.close();
  target.close();
});

function dial(port: number, host = '127.0.0.1'): Socket {
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** How a connection ended before it said anything. */
function failure(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''));
    socket.once('data', (data) => resolve(`data: ${data}`));
    socket.once('end', () => resolve('an end in good order'));
  });
}

describe('SOCKS 5', () => {
  const socks = async () => {
    const server = new SocksServer(table);
    onTestFinished(() => server.close({ graceMs: 0 }));
    return (await server.listen({ host: '127.0.0.1', port: 0 })).port;
  };
  const request = (host: string, port: number) =>
    Buffer.concat([
      Buffer.from([5, 1, 0, 5, 1, 0, 3, host.length]),
      Buffer.from(host),
      Buffer.from([port >> 8, port & 255]),
    ]);
  const ADDRESS = [0, 1, 0, 0, 0, 0, 0, 0];

  it('leads to the endpoint of a name, with what was said in advance, half-close included', async () => {
    const client = dial(await socks());
    client.end(Buffer.concat([request(NAME, PORT), Buffer.from('early')]));
    const said = await buffer(client);
    expect([...said.subarray(0, 12)]).toEqual([5, 0, 5, 0, ...ADDRESS]);
    expect(String(said.subarray(12))).toBe('EARLY.');
  });

  it('leads to an endpoint that is an IP address', async () => {
    const client = dial(await socks());
    client.end(Buffer.from([5, 1, 0, 5, 1, 0, 1, 10, 9, 8, 7, PORT >> 8, PORT & 255, 0x61]));
    expect(String((await buffer(client)).subarray(12))).toBe('A.');
  });

  it.each([
    ['a name that is not configured', 'www.example.org', 443, 2],
    ['a loopback service of this machine', '127.0.0.1', 80, 2],
    ['another port of a configured name', NAME, 80, 5],
    ['a target that refuses', 'refusing.corp.example', PORT, 5],
  ])('refuses %s, in its own words', async (_, host, port, reply) => {
    const client = dial(await socks());
    client.write(request(host, port));
    expect([...(await buffer(client))]).toEqual([5, 0, 5, reply, ...ADDRESS]);
  });

  it('refuses a hybrid connection that nobody listens on', async () => {
    const client = dial(await socks());
    client.write(request('nobody.corp.example', PORT));
    const said = [...(await buffer(client))];
    expect(said.slice(0, 3)).toEqual([5, 0, 5]);
    expect(said[3]).not.toBe(0);
  });

  it.each(['GET / HTTP/1.1\r\n\r\n', '\x04\x01\x00\x50\x0a\x00\x00\x01\x00'])(
    'says nothing to another protocol: %j',
    async (text) => {
      const client = dial(await socks());
      client.write(text, 'latin1');
      expect(String(await buffer(client))).toBe('');
    },
  );
});

describe('HTTP CONNECT', () => {
  const proxy = async () => {
    const server = new ConnectProxy(table);
    onTestFinished(() => server.close({ graceMs: 0 }));
    return (await server.listen({ host: '127.0.0.1', port: 0 })).port;
  };
  const said = async (text: string) => {
    const client = dial(await proxy());
    client.end(text);
    return String(await buffer(client));
  };

  it('leads to the endpoint, with what was said in advance', async () => {
    expect(await said(`CONNECT ${NAME}:${PORT} HTTP/1.1\r\nHost: x\r\n\r\nearly`)).toBe(
      'HTTP/1.1 200 Connection established\r\n\r\nEARLY.',
    );
  });

  it.each([
    ['CONNECT www.example.org:443', 403, /www.example.org:443 is not the endpoint/],
    ['CONNECT 127.0.0.1:22', 403, /not the endpoint/],
    [`CONNECT ${NAME}:80`, 502, /at port 21433/],
    [`CONNECT refusing.corp.example:${PORT}`, 502, /refused/i],
    ['CONNECT nonsense', 400, /host:port/],
    ['GET http://www.example.org/', 405, /CONNECT only/],
    [`GET http://${NAME}:${PORT}/`, 405, /CONNECT only/],
  ])('answers %j with %i', async (request, status, words) => {
    const answer = await said(`${request} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(words);
  });
});

describe('virtual addresses', () => {
  const listeners = async (of: RouteTable, options = {}) => {
    const all = new VirtualListeners(of, options);
    onTestFinished(() => all.close({ graceMs: 0 }));
    const failed: string[] = [];
    all.on('failed', (_, { message }) => failed.push(message));
    await all.start();
    return { all, failed };
  };

  it('have a port open for each name that is configured, and none for an IP address', async () => {
    const { all } = await listeners(table);
    expect(all.endpoints.map(({ name, port }) => [name, port])).toEqual([
      [NAME, PORT],
      ['refusing.corp.example', PORT],
      ['nobody.corp.example', PORT],
    ]);
    expect(all.addressOf(NAME)).toBe(table.virtualAddress(NAME));
    const client = dial(PORT, all.addressOf(NAME));
    client.end('hello');
    expect(String(await buffer(client))).toBe('HELLO.');
  });

  it('reset a connection whose tunnel does not open', async () => {
    const { all } = await listeners(table);
    expect(await failure(dial(PORT, all.addressOf('refusing.corp.example')))).toBe('ECONNRESET');
  });

  it('follow the table: a route that comes is there, one that goes is not, and its connections stay', async () => {
    const changing = new RouteTable([routeTo('one.corp.example', PORT, tunnel.connectionString)]);
    const { all } = await listeners(changing);
    const address = all.addressOf('one.corp.example')!;
    const held = dial(PORT, address);
    held.write('a');
    expect(String((await once(held, 'data'))[0])).toBe('A');

    changing.replace([routeTo('two.corp.example', PORT, tunnel.connectionString)]);
    await once(all, 'change');
    expect(all.addressOf('one.corp.example')).toBeUndefined();
    expect(await failure(dial(PORT, address))).toBe('ECONNREFUSED');
    const other = dial(PORT, all.addressOf('two.corp.example'));
    other.end('b');
    expect(String(await buffer(other))).toBe('B.');
    held.end('c');
    expect(String(await buffer(held))).toBe('C.');
  });

  it('say who may have a port that is taken, and go on with the others', async () => {
    const first = await listeners(table);
    const second = await listeners(table);
    expect(second.failed).toHaveLength(first.all.endpoints.length);
    expect(second.failed[0]).toMatch(/EADDRINUSE.*another hybridge/);
    expect(second.all.endpoints).toEqual([]);
  });

  it('are others for a child of its own, when somebody has the first ones', async () => {
    const first = await listeners(table);
    const second = await listeners(table, { mayMove: true });
    expect(second.failed).toEqual([]);
    const address = second.all.addressOf(NAME);
    expect(address).not.toBe(first.all.addressOf(NAME));
    const client = dial(PORT, address);
    client.end('moved');
    expect(String(await buffer(client))).toBe('MOVED.');
  });
});

describe('hostile clients', () => {
  /** Says bytes in two pieces, and goes away in one way or another. @returns once nothing is left of it */
  const bother = (port: number, pieces: readonly Uint8Array[], ending: 'end' | 'reset' | 'stay') =>
    new Promise<void>((resolve) => {
      const client = connect(port, '127.0.0.1');
      client.on('error', () => undefined).once('close', () => resolve());
      client.resume();
      for (const piece of pieces) client.write(piece);
      if (ending === 'end') client.end();
      else if (ending === 'reset') client.once('connect', () => client.resetAndDestroy());
      else client.once('connect', () => setTimeout(() => client.destroy(), 5));
    });

  it('leave nothing behind, and the next one is served', async () => {
    const socks = new SocksServer(table);
    const proxy = new ConnectProxy(table);
    const dns = new DnsServer({ addressOf: () => '127.77.1.2', nameOf: () => undefined });
    onTestFinished(async () => {
      await Promise.all([socks.close({ graceMs: 0 }), proxy.close({ graceMs: 0 }), dns.close()]);
    });
    const anywhere = { host: '127.0.0.1', port: 0 };
    const ports = [(await socks.listen(anywhere)).port, (await proxy.listen(anywhere)).port];
    ports.push((await dns.listen(anywhere)).port);

    const known = [
      Buffer.from([5, 1, 0, 5, 1, 0, 3, NAME.length, ...Buffer.from(NAME), PORT >> 8, PORT & 255]),
      Buffer.from(`CONNECT ${NAME}:${PORT} HTTP/1.1\r\nHost: x\r\n\r\n`),
      Buffer.from([0, 12, 0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ];
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom(...known),
      fc.tuple(fc.constantFrom(...known), fc.nat(60)).map(([bytes, at]) => bytes.subarray(0, at)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ports),
        fc.array(piece, { maxLength: 3 }),
        fc.constantFrom('end', 'reset', 'stay'),
        bother,
      ),
    );
    await until(() => socks.open + proxy.open === 0, 20_000, 'their connections to be gone');
    const client = dial(ports[0]!);
    client.end(Buffer.concat([known[0]!, Buffer.from('served')]));
    expect(String(await buffer(client))).toContain('SERVED.');
  });
});
