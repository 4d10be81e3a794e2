import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fetchThrough } from './fetch-through.js';

async function serving(answer: RequestListener) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, base: `http://127.0.0.1:${port}`, asked, sockets };
}

/** Leads everything to one port, and says what it was asked for. */
async function proxying(port: number) {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', ({ url = '' }, client) => {
    asked.push(url);
    const server = net.connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    for (const socket of [server, client]) socket.on('error', () => undefined);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return { asked, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

const signal = new AbortController().signal;

describe('a request by the way to a relay', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('says and hears what it should, and keeps no connection', async () => {
    const { base, asked, sockets } = await serving(async (request, response) => {
      let body = '';
      for await (const more of request) body += more;
      response.writeHead(201, { 'X-Told': 'a' }).end(`${request.method} ${body}`);
    });
    const headers = { Authorization: 'Bearer x' };
    const response = await fetchThrough({})(`${base}/a%2Fb?c=d`, {
      method: 'PATCH',
      headers,
      body: 'é',
      signal,
    });
    expect([response.status, response.headers.get('x-told'), await response.text()]).toEqual([
      201,
      'a',
      'PATCH é',
    ]);
    expect([asked[0]!.url, asked[0]!.headers.authorization]).toEqual(['/a%2Fb?c=d', 'Bearer x']);
    await expect.poll(() => sockets.size).toBe(0);
  });

  it.each([204, 304, 302, 500])('hears %d as it is', async (status) => {
    const { base } = await serving(
      (_request, response) => void response.writeHead(status, { Location: '/x' }).end(),
    );
    const response = await fetchThrough({})(base, { signal });
    expect([response.status, await response.text()]).toEqual([status, '']);
  });

  it('goes through the proxy that is configured, or that the environment names, and not where that excepts it', async () => {
    const { port, asked } = await serving((_request, response) => void response.end('{}'));
    const proxy = await proxying(port);
    const url = 'http://admin.corp.example:8081/api';
    await fetchThrough({ proxy: proxy.url })(url, { signal });
    vi.stubEnv('http_proxy', proxy.url);
    vi.stubEnv('no_proxy', 'other.example');
    await fetchThrough({})(url, { signal });
    expect(proxy.asked).toEqual(['admin.corp.example:8081', 'admin.corp.example:8081']);
    expect(asked.map(({ headers }) => headers.host)).toEqual([
      'admin.corp.example:8081',
      'admin.corp.example:8081',
    ]);
    vi.stubEnv('no_proxy', '.corp.example');
    await expect(
      fetchThrough({ lookup: (_host, _options, done) => done(new Error('directly'), []) })(url, { signal }),
    ).rejects.toThrow('directly');
  });

  it('ends with its signal, also in the middle of the answer', async () => {
    const silent = await serving(() => undefined);
    const slow = await serving((_request, response) => void response.write('{'));
    const leaving = () => AbortSignal.timeout(50);
    await expect(fetchThrough({})(silent.base, { signal: leaving() })).rejects.toThrow(
      expect.objectContaining({ name: 'TimeoutError' }),
    );
    const response = await fetchThrough({})(slow.base, { signal: leaving() }).catch(() => undefined);
    await expect(response?.text() ?? Promise.reject(new Error('left before'))).rejects.toThrow();
    await expect.poll(() => silent.sockets.size + slow.sockets.size).toBe(0);
  });
});
