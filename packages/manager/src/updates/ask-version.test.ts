import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askVersion } from './ask-version.js';

async function registry(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tags?x=1`, requests };
}

const saying = (text: string, status = 200) =>
  registry((_request, response) => void response.writeHead(status, { Location: '/else' }).end(text));

describe('a registry that is asked for the latest version', () => {
  it.each(['{"latest":"1.2.3","next":"2.0.0-rc.1"}', '{"name":"hybridge","version":"1.2.3"}'])(
    'says it as %s',
    async (text) => {
      const { url } = await saying(text);
      expect(await askVersion({ url, transport: { proxy: false } })).toBe('1.2.3');
    },
  );

  it('learns nothing of who asks', async () => {
    const { url, requests } = await saying('{"latest":"1.2.3"}');
    await askVersion({ url, transport: { proxy: false } });
    const [{ method, url: path, headers } = {} as IncomingMessage] = requests;
    expect({ method, path }).toEqual({ method: 'GET', path: '/tags?x=1' });
    expect(Object.keys(headers).sort()).toEqual(['accept', 'connection', 'host']);
  });

  it.each([
    ['{"latest":"1.2.3"}', 302, 'answers with 302'],
    ['{}', 500, 'answers with 500'],
    ['{"latest":7}', 200, 'names no version'],
    ['{"latest":"<script>"}', 200, 'names no version'],
    ['null', 200, 'names no version'],
    ['<html>', 200, 'JSON'],
    [`{"latest":"1.2.3","x":"${'x'.repeat(70_000)}"}`, 200, 'too long'],
  ])('is not believed when it says %.30s with %d', async (text, status, message) => {
    const { url } = await saying(text, status);
    await expect(askVersion({ url, transport: { proxy: false } })).rejects.toThrow(message);
  });

  it('is not waited for without end', async () => {
    const { url } = await registry((_request, response) => void response.writeHead(200).write('{'));
    await expect(askVersion({ url, transport: { proxy: false }, timeoutMs: 50 })).rejects.toThrow();
  });

  it('is asked through the proxy that the relays are reached through', async () => {
    const asked: string[] = [];
    const proxy = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void proxy.close());
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await once(proxy, 'listening');
    const transport = { proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    await expect(askVersion({ url: 'https://registry.example/tags', transport })).rejects.toThrow();
    expect(asked).toEqual(['registry.example:443']);
  });
});
