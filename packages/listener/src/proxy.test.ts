import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { until, useSetting } from '../test/setting.js';

const setting = useSetting();
const servers: net.Server[] = [];
const sockets: net.Socket[] = [];

/** A proxy that gets requests and says this, or nothing. */
async function proxySaying(answer: string | undefined): Promise<{ url: string; host: string }> {
  const server = net.createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.once('data', () => answer === undefined || socket.end(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  servers.push(server);
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return { url: `http://jane:s3cret@${host}`, host };
}

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await once(server.close(), 'close');
});

describe('a listener behind a proxy', () => {
  it('that refuses its credentials fails to listen: another attempt would end the same', async () => {
    const proxy = await proxySaying('HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n');
    const listener = setting.listener({ proxy: proxy.url });
    await expect(listener.listen()).rejects.toMatchObject({
      code: 'ERR_RELAY_PROXY',
      status: 407,
      message: `The proxy ${proxy.host} does not accept the credentials in its URL`,
    });
    expect(listener.state.name).toBe('closed');
  });

  it.each([
    [
      'is out of order',
      'HTTP/1.1 503 Busy\r\n\r\n',
      {},
      /^The proxy \S+ refused the connection to 127\.0\.0\.1:\d+ \(503 Busy\)/,
    ],
    ['does not answer', undefined, { openTimeoutMs: 60 }, /^The proxy \S+ did not answer within 60 ms$/],
  ])('that %s says so, and goes on trying', async (_, answer, options, message) => {
    const proxy = await proxySaying(answer);
    const listener = setting.listener({ proxy: proxy.url, ...options });
    listener.listen().catch(() => undefined);
    await until(() => listener.state.name === 'waiting');
    expect(listener.state).toMatchObject({
      because: { code: 'ERR_RELAY_PROXY', message: expect.stringMatching(message) },
    });
    await until(() => sockets.length > 1);
  });

  it('that the environment names in a way that cannot be used says which variable it is', async () => {
    vi.stubEnv('http_proxy', '');
    vi.stubEnv('HTTP_PROXY', 'socks5://jane:s3cret@proxy.test');
    const listener = setting.listener({
      connectionString: undefined,
      endpoint: 'ws://relay.test',
      entityPath: 'sql',
      token: 'SharedAccessSignature sr=x&sig=y&se=4102444800&skn=z',
    });
    listener.listen().catch(() => undefined);
    await until(() => listener.state.name === 'waiting');
    expect(listener.state).toMatchObject({
      because: {
        code: 'ERR_RELAY_PROXY',
        message: expect.stringMatching(/^HTTP_PROXY cannot be used: .* socks5:\/\/ address/),
      },
    });
  });

  it('is not asked for a relay on this machine when only the environment names one', async () => {
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    const listener = setting.listener();
    await listener.listen();
    expect(listener.state.name).toBe('online');
  });

  it('cannot have one that makes no sense', () => {
    expect(() => setting.listener({ proxy: 'socks5://jane:s3cret@proxy.test' })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
    expect(() => setting.listener({ keepAliveIntervalMs: 50_000, livenessTimeoutMs: 45_000 })).toThrow(
      'livenessTimeoutMs must be above keepAliveIntervalMs',
    );
  });
});
