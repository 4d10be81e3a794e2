/**
 * A sender's request and what the listener makes of it: translation both ways, and what the sender is told when there is
 * no answer.
 *
 * Source: docs/protocol.md, sections 4.1 to 4.3, 4.5 and 4.6.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  connectUrl,
  handshakeText,
  Listener,
  listenUrl,
  open,
  RawPeer,
  roundTrip,
  tokenFor,
} from '../../test/clients.js';
import {
  answerTo,
  ask,
  begin,
  type HttpAnswer,
  HttpListener,
  type HttpQuestion,
  head,
  type Received,
  respond,
} from '../../test/http-clients.js';
import type { RelayEvents } from '../events.js';
import type { RelayServer } from '../relay-server.js';
import { type StartRelayOptions, startRelay } from '../start-relay.js';

const ID = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';

let relay: RelayServer;
afterEach(() => relay.close({ graceMs: 0 }));

const start = async (options: StartRelayOptions = {}) => {
  relay = await startRelay({ hybridConnections: ['web'], ...options });
};
const echo = (received: Received) => respond(received, received.body);
const errorIn = ({ body }: HttpAnswer) => JSON.parse(String(body)).error as { code: string; message: string };
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a request', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'REPORT'])(
    '%s reaches the listener, and its response the sender',
    async (method) => {
      await start();
      const listener = await HttpListener.start(relay, 'web', (received) =>
        respond(received, 'hello', {
          statusCode: 201,
          statusDescription: 'Request Processed - OK!',
          responseHeaders: { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'], 'Content-Length': '999' },
        }),
      );
      const answer = await ask(relay, 'web', { method, rest: '/orders?x=1' });
      expect(answer).toMatchObject({ status: 201, reason: 'Request Processed - OK!' });
      expect(String(answer.body)).toBe(method === 'HEAD' ? '' : 'hello');
      expect(answer.headers).toMatchObject({
        'x-a': '1',
        'set-cookie': ['a=1', 'b=2'],
        via: '1.1 localhost',
      });
      expect(listener.received[0]!.request).toMatchObject({
        method,
        requestTarget: '/web/orders?x=1',
        body: false,
        remoteEndpoint: { address: '127.0.0.1', port: expect.any(Number) },
      });
    },
  );

  it('comes with its headers, each once, and without what was for the relay', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', echo);
    await ask(relay, 'web', {
      method: 'POST',
      body: 'hello',
      headers: {
        'X-A': ['1', '2'],
        cookie: 'a=1',
        Authorization: 'Bearer mine',
        Connection: 'close, X-Hop',
        'X-Hop': '1',
        TE: 'trailers',
        'Keep-Alive': 'timeout=5',
        'Proxy-Connection': 'keep-alive',
        Via: '1.0 fred',
      },
    });
    expect(listener.received[0]!.request.requestHeaders).toEqual({
      'X-A': '1, 2',
      cookie: 'a=1',
      Authorization: 'Bearer mine',
      Host: new URL(relay.url).host,
      Via: '1.0 fred, 1.1 localhost',
    });
  });

  it.each([
    ['', 'GET', undefined, 'GET without a body'],
    ['hello', 'POST', false, 'a length'],
    ['hello', 'POST', true, 'chunks'],
  ])('has %j in one message with %s: %s %s', async (body, method, chunked, _title) => {
    await start();
    const listener = await HttpListener.start(relay, 'web', echo);
    const question = body === '' ? {} : { body, ...(chunked !== undefined && { chunked }) };
    expect(String((await ask(relay, 'web', { method, ...question })).body)).toBe(body);
    expect(listener.pointers).toEqual([]);
    expect(listener.received[0]!.channel).toBe(listener.control);
  });

  it.each([0, 1, 65_535, 65_536, 65_537, 1_000_000])('with %d bytes of body comes and goes', async (size) => {
    await start();
    const listener = await HttpListener.start(relay, 'web', echo);
    const body = Buffer.alloc(size, 'x');
    for (const chunked of [true, false]) {
      const answer = await ask(relay, 'web', { method: 'POST', body, chunked });
      expect(answer.status).toBe(200);
      expect(answer.body.equals(body)).toBe(true);
    }
    expect(listener.pointers).toHaveLength(size > 65_536 ? 2 : 0);
    for (const pointer of listener.pointers) {
      expect(pointer).toMatch(
        new RegExp(
          `^${relay.url}/\\$hc/web\\?sb-hc-action=request&sb-hc-id=[0-9a-f-]{36}&sb-hc-rv=[\\w-]{22}$`,
        ),
      );
    }
  });

  it('whose body comes slowly is fetched by the listener, and read as it comes', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
    const request = begin(relay, 'web', { method: 'POST' });
    const answer = answerTo(request);
    request.write('one');
    await expect.poll(() => listener.pointers).toHaveLength(1);
    const channel = await listener.dial(listener.pointers[0]!);
    const [text] = await once(channel, 'message');
    const message = JSON.parse(String(text)).request;
    expect(message).toMatchObject({
      method: 'POST',
      requestTarget: '/web',
      body: true,
      address: listener.pointers[0],
    });
    request.write('two');
    setTimeout(() => request.end('three'), 150);
    const [body] = await once(channel, 'message');
    expect(String(body)).toBe('onetwothree');
    channel.send(`{"response":{"requestId":"${message.id}","statusCode":200}}`);
    expect(await answer).toMatchObject({ status: 200 });
  });

  it('with 30 kB of headers goes whole; with a body as well it is fetched', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', echo);
    const headers = { 'X-Long': '"'.repeat(31_000) };
    expect(await ask(relay, 'web', { headers })).toMatchObject({ status: 200 });
    expect(listener.pointers).toHaveLength(0);
    expect(await ask(relay, 'web', { headers, method: 'POST', body: 'x' })).toMatchObject({ status: 200 });
    expect(listener.pointers).toHaveLength(1);
    expect(listener.received[1]!.request.requestHeaders).toMatchObject(headers);
  });

  it('keeps its id, unless that is in use', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const asked = [0, 1].map(() => ask(relay, 'web', { rest: `?sb-hc-id=${ID}_G3` }));
    await expect.poll(() => listener.received).toHaveLength(2);
    const ids = listener.received.map(({ request }) => request.id);
    expect(ids[0]).toBe(`${ID}_G3`);
    expect(ids[1]).toMatch(/^[0-9a-f-]{36}$/);
    for (const received of listener.received) respond(received, received.request.id);
    expect((await Promise.all(asked)).map(({ body }) => String(body)).sort()).toEqual([...ids].sort());
  });

  it('waits for 100 before it sends its body, where it wants to', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', echo);
    const request = begin(relay, 'web', {
      method: 'POST',
      headers: { Expect: '100-continue', 'Content-Length': 5 },
    });
    const answer = answerTo(request);
    request.flushHeaders();
    await once(request, 'continue');
    request.end('hello');
    expect(String((await answer).body)).toBe('hello');
    expect(listener.received[0]!.request.requestHeaders).not.toHaveProperty('Expect');
  });

  it('that waits for 100 and is refused is told so without sending its body', async () => {
    await start();
    const request = begin(relay, 'web', {
      method: 'POST',
      token: false,
      headers: { Expect: '100-continue', 'Content-Length': 5 },
    });
    let continued = false;
    request.on('continue', () => {
      continued = true;
    });
    request.flushHeaders();
    const [response] = await once(request, 'response');
    expect([response.statusCode, continued]).toEqual([401, false]);
    request.destroy();
  });

  it('goes to the listener that it names', async () => {
    await start();
    const ids = ['11111111-0000-4000-8000-000000000000', '22222222-0000-4000-8000-000000000000'];
    for (const id of ids) await HttpListener.start(relay, 'web', (received) => respond(received, id), { id });
    for (let i = 0; i < 6; i += 1) {
      const headers = { 'Microsoft-Relay-AllowedListeners': ids[i % 2] };
      expect(String((await ask(relay, 'web', { headers })).body)).toBe(ids[i % 2]);
    }
    const headers = { 'Microsoft-Relay-DisallowedListeners': ids.join(',') };
    const refused = await ask(relay, 'web', { headers });
    expect(refused).toMatchObject({ status: 404, reason: expect.stringContaining('AllowedListeners') });
  });

  it('is counted, and told of, from its begin to its end', async () => {
    await start();
    const events: unknown[] = [];
    relay.events.on('request-received', ({ method, policy }) => events.push([method, policy]));
    relay.events.on('request-ended', ({ status, failure, requestBytes, responseBytes }) =>
      events.push([status, failure, requestBytes, responseBytes]),
    );
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const asked = ask(relay, 'web', { method: 'POST', body: 'abc' });
    const received = await listener.next();
    expect(relay.status().namespaces[0]).toMatchObject({ requests: 1 });
    respond(received, 'hello', { statusCode: 404 });
    await asked;
    expect(relay.status().namespaces[0]).toMatchObject({ requests: 0 });
    expect(events).toEqual([
      ['POST', 'RootManageSharedAccessKey'],
      [404, undefined, 3, 5],
    ]);
  });
});

describe('a response', () => {
  it.each([
    [200, 'OK'],
    [299, ''],
    [404, 'Not Found'],
    [418, "I'm a Teapot"],
    [450, ''],
    [502, 'Bad Gateway'],
    [504, 'Gateway Timeout'],
  ])('of %d without words has the usual ones', async (statusCode, reason) => {
    await start();
    await HttpListener.start(relay, 'web', (received) => respond(received, 'x', { statusCode }));
    expect(await ask(relay, 'web')).toMatchObject({
      status: statusCode,
      reason,
      headers: { via: '1.1 localhost' },
    });
  });

  it('cannot write headers that it was not asked for', async () => {
    await start();
    await HttpListener.start(relay, 'web', (received) =>
      respond(received, 'x', {
        statusDescription: 'fine\r\nX-Evil: 1\r\n\r\nbody',
        responseHeaders: {
          'X-A': '1\r\nX-Evil: 1',
          'X-Evil: 1\r\nX-B': '1',
          'X-C': '1',
          'Transfer-Encoding': 'chunked',
        },
      }),
    );
    const answer = await ask(relay, 'web');
    expect(answer).toMatchObject({ status: 200, reason: 'fine X-Evil: 1 body', headers: { 'x-c': '1' } });
    expect(answer.rawHeaders.filter((_, i) => i % 2 === 0).sort()).toEqual([
      'Connection',
      'Content-Length',
      'Date',
      'Via',
      'X-C',
    ]);
  });
});

describe('a sender without an answer is told why:', () => {
  const NO_TOKEN: HttpQuestion = { token: false };
  it.each<[number, string, string, string, (relay: RelayServer) => [string, HttpQuestion]]>([
    [401, 'TokenMissingOrInvalid', 'MissingToken', 'no token', () => ['web', NO_TOKEN]],
    [401, 'TokenMissingOrInvalid', 'MalformedToken', 'no token but a word', () => ['web', { token: 'x' }]],
    [
      401,
      'TokenMissingOrInvalid',
      'token has an invalid signature',
      'a wrong key',
      (relay) => ['web', { token: tokenFor(relay, 'web', { key: 'x' }) }],
    ],
    [
      403,
      'Forbidden',
      "'Send' claim",
      'no right to send',
      (relay) => ['web', { token: tokenFor(relay, 'web', { policy: 'defaultListener' }) }],
    ],
    [
      404,
      'EndpointNotFound',
      'Endpoint does not exist',
      'no such hybrid connection',
      () => ['nowhere', NO_TOKEN],
    ],
    [400, 'BadRequest', 'broken escape', 'a path that cannot be read', () => ['web', { rest: '/%zz' }]],
    [400, 'BadRequest', '.. segment', 'a path that leads elsewhere', () => ['web', { rest: '/../admin' }]],
    [
      414,
      'BadRequest',
      'too long',
      'an address without an end',
      () => ['web', { rest: `?${'x'.repeat(17_000)}` }],
    ],
    [502, 'NoListeners', 'no listeners connected', 'nobody listens', () => ['web', {}]],
    [
      502,
      'NoListeners',
      'no listeners connected',
      'nobody listens, with a body',
      () => ['web', { method: 'PUT', body: Buffer.alloc(300_000) }],
    ],
  ])('%d %s %s: %s', async (status, code, words, _, question) => {
    await start();
    const events: RelayEvents['refused'][0][] = [];
    relay.events.on('refused', (event) => events.push(event));
    const answer = await ask(relay, ...question(relay));
    expect(answer).toMatchObject({ status, reason: expect.stringContaining('TrackingId:') });
    expect(answer.reason).toContain(words);
    expect(errorIn(answer)).toEqual({ code, message: expect.stringContaining(words) });
    expect(errorIn(answer).message).toContain('TrackingId:');
    expect(answer.headers).not.toHaveProperty('via');
    expect(answer.headers['content-type']).toContain('application/json');
    expect(events).toMatchObject([{ action: 'http', status }]);
    expect(JSON.stringify([events, answer.headers])).not.toContain('SharedAccessSignature');
  });

  it('504 when the listener does not respond in time; what it says later is dropped', async () => {
    await start({ timeouts: { responseMs: 150 } });
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const answer = await ask(relay, 'web');
    expect(answer).toMatchObject({ status: 504 });
    expect(errorIn(answer)).toMatchObject({
      code: 'GatewayTimeout',
      message: expect.stringContaining(
        'The request was routed to the listener but the listener did not respond',
      ),
    });
    respond(listener.received[0]!, 'late');
    await wait(20);
    expect(listener.control.readyState).toBe(listener.control.OPEN);
  });

  it('504 when the body of the response is announced and does not come', async () => {
    await start({ timeouts: { responseMs: 150 } });
    await HttpListener.start(relay, 'web', (received) =>
      received.channel.send(head(received, { body: true })),
    );
    expect(await ask(relay, 'web')).toMatchObject({ status: 504 });
  });

  it('504 when the listener does not come for the request', async () => {
    await start({ timeouts: { acceptMs: 200, nextListenerAfterMs: 50 } });
    const listener = await HttpListener.start(relay, 'web', echo, { fetches: false });
    const answer = await ask(relay, 'web', { method: 'POST', body: Buffer.alloc(100_000) });
    expect(answer).toMatchObject({ status: 504 });
    const channel = await listener.dial(listener.pointers[0]!);
    expect((await once(channel, 'close'))[0]).toBe(1001);
  });

  it('504 when the listener dials, and says nothing', async () => {
    await start({ timeouts: { responseMs: 150 } });
    await HttpListener.start(
      relay,
      'web',
      (received, listener) => void listener.dial(received.request.address),
    );
    expect(await ask(relay, 'web')).toMatchObject({ status: 504 });
  });

  it('504 when the listener does not take the body', async () => {
    await start({ timeouts: { bodyIdleMs: 300 } });
    const listener = await HttpListener.start(relay, 'web', echo, { fetches: false });
    const request = begin(relay, 'web', { method: 'POST', headers: { 'Content-Length': 200_000_000 } });
    const answer = answerTo(request);
    request.on('error', () => undefined);
    request.write(Buffer.alloc(50_000_000));
    await expect.poll(() => listener.pointers).toHaveLength(1);
    const peer = await RawPeer.connect(relay);
    peer.socket.pause();
    peer.socket.write(handshakeText(listener.pointers[0]!));
    expect(await answer).toMatchObject({ status: 504 });
    request.destroy();
    peer.socket.destroy();
  });

  it.each([true, false])('408 when its own body stands still (large: %j)', async (large) => {
    await start({ timeouts: { bodyIdleMs: 150 } });
    await HttpListener.start(relay, 'web', echo);
    const request = begin(relay, 'web', {
      method: 'POST',
      headers: { 'Content-Length': large ? 100_000 : 10 },
    });
    const answer = answerTo(request);
    request.write('x');
    expect(await answer).toMatchObject({ status: 408 });
    request.destroy();
  });

  it('a cut when the body of the response stands still', async () => {
    await start({ timeouts: { bodyIdleMs: 150 } });
    await HttpListener.start(relay, 'web', async (received, listener) => {
      const channel = await listener.dial(received.request.address);
      channel.send(head(received, { body: true }));
      channel.send(Buffer.from('x'), { fin: false });
    });
    await expect(ask(relay, 'web')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('503 when the namespace has too many connections', async () => {
    await start({ limits: { connectionsPerNamespace: 2 } });
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const asked = [ask(relay, 'web'), ask(relay, 'web')];
    await expect.poll(() => listener.received).toHaveLength(2);
    const answer = await ask(relay, 'web');
    expect(answer).toMatchObject({ status: 503, reason: expect.stringContaining('QuotaExceeded') });
    for (const received of listener.received) respond(received, 'x');
    expect(await Promise.all(asked)).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  it('404 when the hybrid connection is removed meanwhile', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const asked = ask(relay, 'web');
    await listener.next();
    await relay.removeHybridConnection('web');
    expect(await asked).toMatchObject({ status: 404 });
  });
});

describe('a listener that dies', () => {
  it('before it has the request is passed over', async () => {
    await start();
    const dead = await HttpListener.start(relay, 'web', () => undefined);
    dead.control.terminate();
    await HttpListener.start(relay, 'web', echo);
    expect(await ask(relay, 'web', { method: 'POST', body: 'x' })).toMatchObject({ status: 200 });
  });

  it('with the request is a 502', async () => {
    await start();
    await HttpListener.start(relay, 'web', ({ channel }) => channel.terminate());
    const answer = await ask(relay, 'web');
    expect(answer).toMatchObject({ status: 502 });
    expect(errorIn(answer)).toMatchObject({ code: 'ListenerGone' });
  });

  it('between head and body is a 502', async () => {
    await start();
    await HttpListener.start(relay, 'web', (received) => {
      received.channel.send(head(received, { body: true }), () => received.channel.terminate());
    });
    expect(await ask(relay, 'web')).toMatchObject({ status: 502 });
  });

  it('before it comes for a request leaves it to the next one', async () => {
    await start();
    const dead = await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
    const asked = ask(relay, 'web', { method: 'POST', body: Buffer.alloc(100_000, 'x') });
    await expect.poll(() => dead.pointers).toHaveLength(1);
    const next = await HttpListener.start(relay, 'web', echo);
    dead.control.terminate();
    expect(await asked).toMatchObject({ status: 200 });
    expect(next.pointers).toEqual(dead.pointers);
  });

  it('or does not come for a request leaves it to the next one', async () => {
    await start({ timeouts: { nextListenerAfterMs: 50 } });
    await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
    await HttpListener.start(relay, 'web', echo);
    for (let i = 0; i < 4; i += 1) {
      const answer = await ask(relay, 'web', { method: 'POST', body: Buffer.alloc(100_000, 'x') });
      expect(answer).toMatchObject({ status: 200 });
    }
  });

  it('while it is sent a body is a 502', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
    const request = begin(relay, 'web', { method: 'POST' });
    const answer = answerTo(request);
    request.write(Buffer.alloc(100_000));
    await expect.poll(() => listener.pointers).toHaveLength(1);
    const channel = await listener.dial(listener.pointers[0]!);
    await once(channel, 'message');
    channel.terminate();
    expect(await answer).toMatchObject({ status: 502 });
    request.destroy();
  });
});

describe('a listener that does not keep up', () => {
  it('gets bodies announced instead of sent, then is left alone, and is never cut for requests', async () => {
    await start({ limits: { controlBacklogBytes: 400_000 } });
    const peer = await RawPeer.connect(relay);
    peer.socket.pause();
    peer.socket.write(handshakeText(listenUrl(relay, 'web')));
    await expect.poll(() => relay.status().namespaces[0]?.hybridConnections[0]?.listeners.length).toBe(1);
    const ended: (number | undefined)[] = [];
    relay.events.on('refused', ({ status }) => ended.push(status));
    // More than the buffers of the kernel take, by far.
    const agent = new Agent({ keepAlive: true });
    const body = Buffer.alloc(60_000);
    const asked: Promise<unknown>[] = [];
    for (let i = 0; i < 400; i += 1) {
      asked.push(ask(relay, 'web', { method: 'POST', body, agent }).catch(() => undefined));
      if (i % 20 === 19) await wait(5);
    }
    await expect
      .poll(() => ended.length + relay.status().namespaces[0]!.requests, { timeout: 10_000 })
      .toBe(400);
    expect(relay.status().namespaces[0]?.hybridConnections[0]?.listeners).toHaveLength(1);
    expect(ended.filter((status) => status !== 503)).toEqual([]);
    peer.socket.destroy();
    await relay.close({ graceMs: 0 });
    await Promise.all(asked);
    agent.destroy();
  });
});

describe('a sender', () => {
  it('that leaves before the answer frees its place', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const request = begin(relay, 'web').on('error', () => undefined);
    request.end();
    await listener.next();
    request.destroy();
    await expect.poll(() => relay.status().namespaces[0]?.requests).toBe(0);
  });

  it('that leaves while its body is fetched ends the rendezvous with 1001', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
    const request = begin(relay, 'web', { method: 'POST' }).on('error', () => undefined);
    request.write(Buffer.alloc(100_000));
    await expect.poll(() => listener.pointers).toHaveLength(1);
    const channel = await listener.dial(listener.pointers[0]!);
    await once(channel, 'message');
    request.destroy();
    const [code, reason] = await once(channel, 'close');
    expect([code, String(reason)]).toEqual([1001, expect.stringContaining('the sender went away')]);
  });

  it('may stay on its connection, whatever became of a request', async () => {
    await start({ timeouts: { responseMs: 100 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    await HttpListener.start(relay, 'web', (received) => {
      ports.add(received.request.remoteEndpoint.port);
      const { requestTarget } = received.request;
      if (requestTarget.endsWith('silent')) return;
      // Half of the requests are answered before their body was taken.
      respond(received, requestTarget);
    });
    for (const rest of ['/1', '/silent', '/2', '/3', '/silent', '/4']) {
      const body = Buffer.alloc(rest === '/3' ? 200_000 : 10);
      const answer = await ask(relay, 'web', { rest, method: 'POST', body, agent });
      expect(answer.status).toBe(rest === '/silent' ? 504 : 200);
    }
    expect(await ask(relay, 'nowhere', { token: false, agent })).toMatchObject({ status: 404 });
    expect(await ask(relay, 'web', { rest: '/5', agent })).toMatchObject({ status: 200 });
    expect(ports.size).toBe(1);
    agent.destroy();
  });

  it('gets answers in the order of its requests when it does not wait for them', async () => {
    await start({ hybridConnections: [{ name: 'web', requiresClientAuthorization: false }] });
    await HttpListener.start(relay, 'web', async (received) => {
      await wait(received.request.requestTarget.endsWith('0') ? 60 : 0);
      respond(received, received.request.requestTarget);
    });
    const { host } = new URL(relay.url);
    const lines = Array.from({ length: 10 }, (_, i) => `GET /web/${i} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const peer = await RawPeer.connect(relay, lines.join(''));
    await expect.poll(() => peer.received.match(/^\/web\/\d/gm)).toEqual(lines.map((_, i) => `/web/${i}`));
    peer.socket.destroy();
  });

  it('needs no token where none is asked for, and keeps its own then', async () => {
    await start({ hybridConnections: [{ name: 'web', requiresClientAuthorization: false }] });
    const listener = await HttpListener.start(relay, 'web', echo);
    const headers = { Authorization: 'Basic eA==', ServiceBusAuthorization: 'x' };
    expect(await ask(relay, 'web', { token: false, headers, rest: '?sb-hc-token=y' })).toMatchObject({
      status: 200,
    });
    expect(listener.received[0]!.request).toMatchObject({
      requestTarget: '/web',
      requestHeaders: { Authorization: 'Basic eA==' },
    });
    expect(listener.received[0]!.request.requestHeaders).not.toHaveProperty('ServiceBusAuthorization');
  });

  it.each(['ServiceBusAuthorization', 'Authorization', 'sb-hc-token'])(
    'may have its token in %s',
    async (place) => {
      await start();
      const listener = await HttpListener.start(relay, 'web', echo);
      const token = tokenFor(relay, 'web');
      const question: HttpQuestion =
        place === 'sb-hc-token'
          ? { rest: `?sb-hc-token=${encodeURIComponent(token)}` }
          : { headers: { [place]: token } };
      expect(await ask(relay, 'web', { token: false, ...question })).toMatchObject({ status: 200 });
      expect(JSON.stringify(listener.received[0]!.request)).not.toContain('SharedAccessSignature');
    },
  );

  it('in a browser sends preflights like any request', async () => {
    await start();
    await HttpListener.start(relay, 'web', (received) =>
      respond(received, undefined, {
        statusCode: 204,
        responseHeaders: { 'Access-Control-Allow-Origin': '*' },
      }),
    );
    expect(await ask(relay, 'web', { method: 'OPTIONS', token: false })).toMatchObject({ status: 401 });
    const rest = `?sb-hc-token=${encodeURIComponent(tokenFor(relay, 'web'))}`;
    expect(await ask(relay, 'web', { method: 'OPTIONS', token: false, rest })).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': '*' },
    });
  });

  it('of HTTP/1.0 is answered, and its connection closed', async () => {
    await start({ hybridConnections: [{ name: 'web', requiresClientAuthorization: false }] });
    await HttpListener.start(relay, 'web', async (received, listener) => {
      const channel = await listener.dial(received.request.address);
      respond({ ...received, channel }, 'hello');
    });
    const peer = await RawPeer.connect(relay, 'GET /web HTTP/1.0\r\n\r\n');
    const received = await peer.ended;
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(received).toMatch(/\r\n\r\nhello$/);
    expect(received).not.toMatch(/chunked/i);
  });
});

describe('a relay that shuts down', () => {
  it('lets requests be answered that are under way, and takes no more', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const asked = [ask(relay, 'web'), ask(relay, 'web')];
    await expect.poll(() => listener.received).toHaveLength(2);
    const closed = relay.close({ graceMs: 5_000 });
    expect(await ask(relay, 'web', { token: 'x' }).catch(() => ({ status: 503 }))).toMatchObject({
      status: 503,
    });
    const [first, second] = listener.received;
    respond(first!, 'one');
    const channel = await listener.dial(second!.request.address);
    respond({ ...second!, channel }, 'two');
    expect((await Promise.all(asked)).map(({ body }) => String(body)).sort()).toEqual(['one', 'two']);
    await closed;
  });

  it('refuses them when the time is over', async () => {
    await start();
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const asked = ask(relay, 'web');
    await listener.next();
    await relay.close({ graceMs: 50 });
    expect(await asked).toMatchObject({ status: 503 });
  });
});

describe('next to HTTP requests', () => {
  it('WebSockets work as ever', async () => {
    await start();
    await Listener.start(relay, 'web');
    await roundTrip(await open(connectUrl(relay, 'web')));
  });
});
