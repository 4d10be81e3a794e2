import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConnectProxy } from './connect-proxy.js';
import { SocksServer } from './socks-server.js';
import { REQUEST_MS } from './tunnel-proxy.js';

const NO_ROUTES = { find: () => undefined, hasHost: () => false, portsOf: () => [] };
const SOCKS_TO_EVIL = '\x05\x01\x00\x05\x01\x00\x03\x04evil\x00\x50';

describe('a client that was refused', () => {
  it.each([
    ['SOCKS', SocksServer, SOCKS_TO_EVIL],
    ['SOCKS', SocksServer, 'GET / HTTP/1.1\r\n\r\n'],
    ['HTTP CONNECT', ConnectProxy, 'CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n'],
  ])('by %s does not stay by going on talking', async (_, Server, words) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const proxy = new Server(NO_ROUTES);
    onTestFinished(() => proxy.close({ graceMs: 0 }));
    const { host, port } = await proxy.listen({ host: '127.0.0.1', port: 0 });
    const refused = once(proxy, 'refused');
    const client = connect({ host, port, allowHalfOpen: true });
    client.on('error', () => {}).resume();
    client.write(Buffer.from(words, 'latin1'));
    await refused;
    client.write('and on');
    vi.advanceTimersByTime(REQUEST_MS);
    while (!client.destroyed) {
      client.write('and on');
      await turn();
    }
    expect(client.errored).toBeTruthy();
  });
});
