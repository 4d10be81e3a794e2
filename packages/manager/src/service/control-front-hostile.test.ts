import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY, listenString, type Served, served } from '../../test/served.js';

const SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
const ADD = '/api/connections';

let one: Served;
beforeAll(async () => {
  one = await served({ text: `connections:\n  - connectionString: ${listenString('sql')}\n` });
  mkdirSync(one.pages);
  writeFileSync(join(one.pages, 'index.html'), '<!doctype html>');
});
afterAll(() => one[Symbol.asyncDispose]());

const head = (method: string, path: string, more = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${one.port}\r\nAuthorization: Bearer ${one.token}\r\n${more}`;

describe.each(['browser', 'command'] as const)('by the front for a %s, a body', (front) => {
  it.each<[string, unknown, string | undefined]>([
    [ADD, {}, 'connectionString'],
    [ADD, [], 'body'],
    [ADD, 'null', 'body'],
    [ADD, '{', 'body'],
    [ADD, { connectionString: 7 }, 'connectionString'],
    [ADD, { connectionString: listenString('a'), endpiont: 'a:1' }, 'endpiont'],
    [ADD, { connectionString: listenString('a'), login: 'x' }, 'namespace'],
    [ADD, { connectionString: 'x'.repeat(8_193) }, 'connectionString'],
    [ADD, { connectionString: 'Endpoint=sb://a/' }, 'connectionString'],
    [ADD, { connectionString: `${KEY}` }, 'connectionString'],
    [ADD, { connectionString: listenString('a'), endpoint: 'a' }, 'endpoint'],
    [ADD, { connectionString: 'env:NOT_THERE' }, 'connectionString'],
    [ADD, { connectionString: 'file:/etc/hostname' }, 'connectionString'],
    [ADD, '{"connectionString":"x","__proto__":{"endpoint":"a:1"}}', '__proto__'],
    ['/api/test', { target: 'a' }, 'target'],
    ['/api/test', { target: 'a:0' }, 'target'],
    ['/api/test', { target: `${SCRIPT}:1` }, 'target'],
    ['/api/test', { target: 'a:1', host: 'b' }, 'host'],
    ['/api/login', { url: 'x', token: 'y' }, 'url'],
    ['/api/login', { url: 'file:///etc/passwd', token: 'y' }, 'url'],
    ['/api/login', { url: 'http://a:b@c/', token: 'y' }, 'url'],
    ['/api/login', { url: 'http://127.0.0.1:1/', token: 'a\r\nb: c' }, 'token'],
    ['/api/login', { url: 'http://127.0.0.1:1/' }, 'token'],
  ])('of POST %s that is %j is refused for its %s', async (path, body, target) => {
    const { status, text, body: answer } = await one[front]('POST', path, body);
    expect([status, answer.error.target]).toEqual([400, target]);
    expect(text).not.toContain(KEY);
    expect(one.service.connections()).toHaveLength(1);
  });

  it('that is missing, of another type or too large is refused', async () => {
    expect((await one[front]('POST', ADD)).status).toBe(400);
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    expect((await one[front]('POST', ADD, '{}', form)).status).toBe(415);
    expect((await one[front]('POST', ADD, `{"a":"${'x'.repeat(1_048_576)}"}`)).status).toBe(413);
  });

  it.each([
    ['GET', '/api/nothing', 404],
    ['GET', '/api', 404],
    ['GET', '/api/status/', 404],
    ['POST', '/api/status', 405],
    ['PUT', ADD, 405],
    ['GET', '/api/connections/nope', 404],
    ['GET', '/api/connections/relay.example.net/sql', 404],
    ['GET', '/api/connections/relay.example.net%2Fsql', 200],
    ['GET', '/api/connections/relay.example.net%252Fsql', 404],
    ['POST', '/api/connections/nope/test', 404],
    ['POST', '/api/connections/nope/restart', 404],
    ['DELETE', '/api/connections/nope', 404],
    ['DELETE', '/api/login/nope', 404],
    ['GET', '/api/logs?limit=-1', 400],
    ['GET', '/api/logs?limit=1001', 400],
    ['GET', '/api/logs?limt=1', 400],
    ['GET', '/api/events?only=x', 400],
    ['GET', '/api/audit', 501],
    ['GET', '/metrics', 501],
  ])('asked with %s %s it answers %d', async (method, path, status) => {
    expect((await one[front](method, path)).status).toBe(status);
  });

  it('answers HEAD as GET, without a body', async () => {
    const { status, text, headers } = await one[front]('HEAD', '/api/status');
    expect([status, text]).toEqual([200, '']);
    expect(Number(headers['content-length'])).toBeGreaterThan(100);
    expect((await one[front]('HEAD', '/api/events')).status).toBe(200);
  });

  it('never says a key, whatever is asked', async () => {
    const paths = ['/api/status', ADD, '/api/logs', '/api/login', `${ADD}/relay.example.net%2Fsql`];
    for (const path of paths) {
      const { status, text } = await one[front]('GET', path);
      expect([path, status, text.includes(KEY)]).toEqual([path, 200, false]);
    }
  });

  it('answers as JSON, which no browser takes for a page', async () => {
    const { headers } = await one[front]('GET', `/api/connections/${encodeURIComponent(SCRIPT)}`);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
  });
});

describe('an address at the loopback port', () => {
  it.each([
    '/../api/status',
    '/%2e%2e/api/status',
    '/api/connections/..',
    '/api/%00',
    '/api\\status',
    'http://127.0.0.1/api/status',
    '/%ff',
  ])('%s is refused as it is', async (path) => {
    expect(await one.raw(head('GET', path, '\r\n'))).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['/', '/index.html'])('%s is a page, for which no token is needed', async (path) => {
    const { status, headers } = await one.browser('GET', path, undefined, { Authorization: '' });
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect((await one.browser('POST', path)).status).toBe(405);
  });

  it.each(['/manager.yaml', '/.hidden.html', '/nope.html', '/pages/'])('%s is no page', async (path) => {
    expect((await one.browser('GET', path)).status).toBe(404);
  });

  it('gives nobody the address of the pages', async () => {
    expect((await one.browser('GET', '/api/ui')).status).toBe(404);
    const { body } = await one.command('GET', '/api/ui');
    expect(body).toEqual({ url: `http://127.0.0.1:${one.port}/#token=${one.token}` });
  });
});

describe('somebody without the token', () => {
  it.each([
    ['/api/status', ''],
    ['/API/status', ''],
    ['/api/nothing', ''],
    ['/metrics', ''],
    ['/api/status', 'Bearer '],
    ['/api/status', 'Basic eDp5'],
    ['/api/status', `Token ${'x'.repeat(43)}`],
  ])('learns nothing of %s by %j', async (path, authorization) => {
    const { status, headers } = await one.browser('GET', path, undefined, { Authorization: authorization });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  it('cannot give it in the address or in a cookie', async () => {
    const path = `/api/status?token=${one.token}&access_token=${one.token}`;
    const headers = { Authorization: '', Cookie: `token=${one.token}` };
    expect((await one.browser('GET', path, undefined, headers)).status).toBe(401);
  });

  it('is not read', async () => {
    const answer = await one.raw(
      `POST ${ADD} HTTP/1.1\r\nHost: 127.0.0.1:${one.port}\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('who guesses has to wait, and locks nobody out', async () => {
    await using other = await served();
    const statuses: number[] = [];
    for (let count = 0; count < 12; count += 1) {
      const wrong = { Authorization: `Bearer wrong-${count}` };
      statuses.push((await other.browser('GET', '/api/status', undefined, wrong)).status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses).toContain(429);
    expect((await other.browser('GET', '/api/status')).status).toBe(200);
  });
});

describe('the page of another site', () => {
  it.each([
    { Origin: 'https://evil.example' },
    { Origin: 'http://127.0.0.1:1' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])('is refused by %j, even with the token', async (headers) => {
    const { status, headers: told } = await one.browser('GET', '/api/status', undefined, headers);
    expect(status).toBe(403);
    expect(Object.keys(told).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([() => `http://127.0.0.1:${one.port}`, () => `http://localhost:${one.port}`])(
    'is not what our own pages are',
    async (origin) => {
      const headers = { Origin: origin(), 'Sec-Fetch-Site': 'same-origin' };
      expect((await one.browser('GET', '/api/status', undefined, headers)).status).toBe(200);
    },
  );

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', '10.0.0.1', ''])(
    'does not get here by the name %j, for a page or anything else',
    async (host) => {
      for (const path of ['/', '/api/status']) {
        const answer = await one.raw(
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${one.token}\r\n\r\n`,
        );
        expect(answer).toMatch(/^HTTP\/1\.1 421 /);
      }
    },
  );
});

describe('somebody who holds on', () => {
  it('may not watch more than 32 times at once, and others are answered meanwhile', async () => {
    const watching: net.Socket[] = [];
    for (let count = 0; count < 32; count += 1) {
      const socket = net.connect(one.port, '127.0.0.1');
      watching.push(socket);
      socket.write(head('GET', '/api/events?only=log', '\r\n'));
      await new Promise((resolve) => socket.once('data', resolve));
    }
    const { status, headers } = await one.browser('GET', '/api/events');
    expect([status, headers['retry-after']]).toEqual([503, '10']);
    expect((await one.browser('GET', '/api/status')).status).toBe(200);
    for (const socket of watching) socket.destroy();
    await expect.poll(async () => (await one.browser('HEAD', '/api/events')).status).toBe(200);
  });
});
