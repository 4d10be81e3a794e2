import type net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, acceptingRelay, joins, TestProxy, type TestServer } from '../test/proxy.js';
import type { DataChannel } from './data-channel.js';
import { type DialOptions, dial } from './dial.js';
import { openSocket } from './open-socket.js';

/** Nobody but the proxy knows it. */
const RELAY = 'ws://relay.test/$hc/a';

let relay: ReturnType<typeof acceptingRelay>;
const running: TestServer[] = [];

beforeEach(async () => {
  relay = acceptingRelay();
  running.push(await relay.start());
});
afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));

async function proxied(answer: Answer): Promise<TestProxy> {
  const proxy = await new TestProxy(relay.port, answer).start();
  running.push(proxy);
  return proxy;
}

function firstData(channel: DataChannel): Promise<string> {
  return new Promise((resolve) => {
    channel.onData = (payload) => {
      resolve(payload.toString());
      return true;
    };
    channel.start();
  });
}

describe('a relay behind a proxy', () => {
  it('is asked for by its name, which the proxy resolves', async () => {
    const proxy = await proxied(joins);
    const { channel } = await dial(RELAY, { proxy: proxy.url }).upgrade();
    expect(proxy.requests).toEqual(['CONNECT relay.test:80 HTTP/1.1\r\nHost: relay.test:80\r\n\r\n']);
    expect(relay.requests[0]).toMatch(/^GET \/\$hc\/a HTTP\/1\.1\r\nHost: relay\.test\r\n/);
    expect(await firstData(channel)).toBe('hello');
    channel.abort();
    await proxy.deserted();
  });

  it('is asked for with brackets when it is an IPv6 address', async () => {
    const proxy = await proxied(joins);
    const { channel } = await dial('ws://[2001:db8::7]:9000/', { proxy: proxy.url }).upgrade();
    expect(proxy.requests[0]).toMatch(
      /^CONNECT \[2001:db8::7\]:9000 HTTP\/1\.1\r\nHost: \[2001:db8::7\]:9000\r\n/,
    );
    channel.abort();
  });

  it('is not told the credentials, which the proxy gets at once', async () => {
    const proxy = await proxied(joins);
    const url = proxy.url.replace('//', '//jane:s%20ecret@');
    const { channel } = await dial(RELAY, { proxy: url }).upgrade();
    const credentials = Buffer.from('jane:s ecret').toString('base64');
    expect(proxy.requests[0]).toContain(`\r\nProxy-Authorization: Basic ${credentials}\r\n`);
    expect(relay.requests[0]).not.toMatch(/proxy/i);
    channel.abort();
  });

  it('may be the first to speak, in one packet with the proxy', async () => {
    const proxy = await proxied((client, _, { join }) => {
      join.call(proxy, client, 'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nfrom the ');
    });
    const greeting = openSocket(RELAY, { proxy: proxy.url, signal: new AbortController().signal });
    const socket = await greeting.opened;
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes;
    });
    for (const far of relay.sockets) far.write('relay');
    await expect.poll(() => text).toBe('from the relay');
    socket.destroy();
  });

  it('is reached by whoever takes time with the answer, byte by byte', async () => {
    const proxy = await proxied(async (client) => {
      for (const byte of 'HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.0 200 ok\r\nX: y\r\n\r') {
        client.write(byte);
        await new Promise(setImmediate);
      }
      proxy.join(client, '\n');
    });
    const { channel } = await dial(RELAY, { proxy: proxy.url }).upgrade();
    expect(await firstData(channel)).toBe('hello');
    channel.abort();
  });

  it('is connected to at once and asked later, and anew when the proxy lost its patience', async () => {
    const proxy = await proxied(joins);
    const dialling = dial(RELAY, { proxy: proxy.url });
    await expect.poll(() => relay.sockets.length).toBe(1);
    expect(relay.requests).toEqual([]);
    proxy.sockets[0]!.end();
    await expect.poll(() => proxy.sockets[0]!.closed).toBe(true);
    const { channel } = await dialling.upgrade();
    expect(proxy.requests).toHaveLength(2);
    channel.abort();
    await proxy.deserted();
  });

  it('is reached directly when there is to be no proxy', async () => {
    const { channel } = await dial(`ws://127.0.0.1:${relay.port}/`, { proxy: false }).upgrade();
    channel.abort();
  });

  it('is reached through a proxy that is found by the own resolver', async () => {
    const proxy = await proxied(joins);
    const names: string[] = [];
    const lookup: net.LookupFunction = (name, _, callback) => {
      names.push(name);
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const { channel } = await dial(RELAY, { proxy: `http://proxy.test:${proxy.port}`, lookup }).upgrade();
    expect(names).toEqual(['proxy.test']);
    channel.abort();
  });
});

describe('a proxy that does not do what it is asked', () => {
  const failure = async (answer: Answer, user = '', options: DialOptions = {}) => {
    const proxy = await proxied(answer);
    const error = await dial(RELAY, { proxy: proxy.url.replace('//', `//${user}`), ...options })
      .upgrade()
      .catch((reason: unknown) => reason);
    await proxy.deserted();
    expect(relay.requests).toEqual([]);
    const { message } = error as Error;
    expect(message).not.toMatch(/s3cret|czNjcmV0/);
    return Object.assign(error as Error, { said: message.replaceAll(`127.0.0.1:${proxy.port}`, 'P') });
  };
  const says =
    (text: string): Answer =>
    (client) =>
      client.end(text);

  it.each<[string, string, Answer, object]>([
    [
      'wants credentials, and was given none',
      '',
      says(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x, y"\r\n\r\n<html>',
      ),
      {
        status: 407,
        said: 'The proxy P wants credentials: give them in its URL, as user:password@ before the host',
      },
    ],
    [
      'does not take the credentials',
      'jane:s3cret@',
      says('HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n'),
      { status: 407, said: 'The proxy P does not accept the credentials in its URL' },
    ],
    [
      'says 401 to the credentials',
      'jane:s3cret@',
      says('HTTP/1.1 401 Unauthorized\r\n\r\n'),
      { status: 401, said: 'The proxy P does not accept the credentials in its URL' },
    ],
    [
      'takes other credentials only',
      'jane:s3cret@',
      says(
        'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate, NTLM\r\nProxy-Authenticate: Digest a=b, c="d"\r\n\r\n',
      ),
      {
        status: 407,
        said: expect.stringMatching(/^The proxy P wants credentials by Negotiate, NTLM, Digest, and only/),
      },
    ],
    [
      'forbids it',
      'jane:s3cret@',
      says('HTTP/1.1 403 Forbid\xe9den\r\nContent-Length: 9\r\n\r\nforbidden'),
      {
        status: 403,
        said: 'The proxy P refused the connection to relay.test:80 (403 Forbid den): it has to allow CONNECT to that host and port, and to reach them',
      },
    ],
    ['cannot reach the relay', '', says('HTTP/1.1 502 Bad Gateway\r\n\r\n'), { status: 502 }],
    ['redirects', '', says('HTTP/1.1 302 Found\r\nLocation: http://login.test/\r\n\r\n'), { status: 302 }],
    [
      'is none',
      'jane:s3cret@',
      says('220 smtp.test ESMTP\r\n'),
      { status: undefined, said: 'P does not answer as an HTTP proxy' },
    ],
    [
      'sends garbage',
      '',
      says('HTTP/1.1 200 OK\r\nno header\r\n\r\n'),
      { said: 'P does not answer as an HTTP proxy' },
    ],
    [
      'sends a header that never ends',
      '',
      (client) => client.write(`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(20_000)}`),
      { said: 'P does not answer as an HTTP proxy' },
    ],
    [
      'hangs up',
      'jane:s3cret@',
      (client) => client.end(),
      { said: 'The proxy P closed the connection before it answered' },
    ],
    [
      'hangs up in the middle',
      '',
      says('HTTP/1.1 200 OK\r\nA: b\r\n'),
      { said: 'The proxy P closed the connection before it answered' },
    ],
    [
      'resets',
      'jane:s3cret@',
      (client) => client.resetAndDestroy(),
      { said: expect.stringMatching(/^The proxy P broke the connection: .*ECONNRESET/) },
    ],
  ])('because it %s, is an error', async (_, user, answer, expected) => {
    expect(await failure(answer, user)).toMatchObject({ code: 'ERR_RELAY_PROXY', ...expected });
  });

  it('because it hangs, fails at the time limit', async () => {
    expect(await failure(() => undefined, 'jane:s3cret@', { timeoutMs: 60 })).toMatchObject({
      code: 'ERR_RELAY_PROXY',
      said: 'The proxy P did not answer within 60 ms',
    });
  });

  it('because it hangs, is named by a socket that is opened within a time limit too', async () => {
    const proxy = await proxied(() => undefined);
    const { opened } = openSocket(RELAY, { proxy: proxy.url, signal: AbortSignal.timeout(60) });
    await expect(opened).rejects.toMatchObject({
      code: 'ERR_RELAY_PROXY',
      message: `The proxy 127.0.0.1:${proxy.port} did not answer in time`,
      cause: { name: 'TimeoutError' },
    });
    await proxy.deserted();
  });

  it('because it sends a byte now and then, fails at the time limit', async () => {
    const drip: Answer = (client) => {
      client.write('HTTP/1.1 200 OK\r\nA: ');
      const timer = setInterval(() => client.write('a'), 10);
      client.on('close', () => clearInterval(timer));
    };
    expect(await failure(drip, '', { timeoutMs: 80 })).toMatchObject({ code: 'ERR_RELAY_PROXY' });
  });

  it('because it closes behind its yes, is told from a relay that refuses', async () => {
    expect(await failure((client) => client.end('HTTP/1.1 200 OK\r\n\r\n'))).toMatchObject({
      code: 'ERR_RELAY_CUT',
    });
  });

  it('and a relay that does not answer behind it are told apart', async () => {
    expect(
      await failure((client) => client.write('HTTP/1.1 200 OK\r\n\r\n'), '', { timeoutMs: 60 }),
    ).toMatchObject({
      code: 'ERR_RELAY_TIMEOUT',
      message: 'The relay at relay.test did not answer within 60 ms',
    });
  });

  it('because nobody listens there, is an error with that of Node as its cause', async () => {
    const proxy = await proxied(joins);
    await proxy.stop();
    running.splice(running.indexOf(proxy), 1);
    const url = 'http://jane:s3cret@127.0.0.1:1';
    await expect(dial(RELAY, { proxy: url }).upgrade()).rejects.toMatchObject({
      code: 'ERR_RELAY_PROXY',
      message: 'The proxy 127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('because it cannot be read, is an argument error at once', () => {
    expect(() => dial(RELAY, { proxy: 'socks5://jane:s3cret@proxy.test' })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
    expect(() => dial(RELAY, { keepAliveIntervalMs: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });
});

describe('a dial through a proxy that is given up', () => {
  const reason = new Error('enough');

  it.each<[string, Answer]>([
    ['while the proxy is asked', () => undefined],
    ['while the relay is asked', (client) => client.write('HTTP/1.1 200 OK\r\n\r\n')],
  ])('%s rejects, and closes', async (_, answer) => {
    const proxy = await proxied(answer);
    const dialling = dial(RELAY, { proxy: proxy.url });
    const upgrade = dialling.upgrade();
    setTimeout(() => dialling.abort(reason), 40);
    await expect(upgrade).rejects.toBe(reason);
    await proxy.deserted();
  });

  it('at any moment leaves nothing open', async () => {
    const proxy = await proxied(joins);
    const dials = Array.from({ length: 60 }, async (_, turns) => {
      const dialling = dial(RELAY, { proxy: proxy.url });
      const upgrade = dialling.upgrade().then(
        ({ channel }) => channel.abort(),
        () => undefined,
      );
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      dialling.abort(reason);
      await upgrade;
    });
    await Promise.all(dials);
    await proxy.deserted();
    await relay.deserted();
  });
});
