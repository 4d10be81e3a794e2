import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { FakeRequests } from '../test/fake-requests.js';
import { until, useSetting } from '../test/setting.js';
import type { HybridConnectionListener, RequestHandler } from './index.js';

const setting = useSetting();
let relay: FakeRequests;
let listener: HybridConnectionListener;

beforeEach(async () => {
  relay = new FakeRequests(setting.relay);
  listener = setting.listener();
  await listener.listen();
});

/** What a handler is given, for a request in either way. */
const WAYS = ['ask', 'point'] as const;

describe.each(WAYS)('a request that the relay passes on (%s)', (way) => {
  it('comes as an IncomingMessage, and is answered by a ServerResponse', async () => {
    listener.on('request', async (request, response) => {
      const { method, url, headers, rawHeaders, httpVersion } = request;
      const { remoteAddress, remotePort } = request.socket;
      const facts = { method, url, headers, rawHeaders, httpVersion, remoteAddress, remotePort };
      response.writeHead(201, 'Done', { 'X-App': 'yes' });
      response.end(JSON.stringify({ ...facts, body: await text(request) }));
    });
    const answer = await relay[way]({
      method: 'POST',
      target: '/sql/orders?x=1%202',
      headers: { Host: 'relay.example.net', Accept: 'a, b', 'X-One': '1' },
      body: 'hello',
    });
    expect(answer).toMatchObject({ status: 201, description: 'Done', headers: { 'X-App': 'yes' } });
    expect(answer.way).toBe(way === 'ask' ? 'control' : 'rendezvous');
    expect(JSON.parse(String(answer.body))).toMatchObject({
      method: 'POST',
      url: '/sql/orders?x=1%202',
      headers: { host: 'relay.example.net', accept: 'a, b', 'x-one': '1' },
      httpVersion: '1.1',
      remoteAddress: '203.0.113.7',
      remotePort: 51544,
      body: 'hello',
    });
  });

  it('is answered with 501 where nobody takes requests', async () => {
    const { status, description, body } = await relay[way]();
    expect(status).toBe(501);
    expect(description).toMatch(
      /^The listener RequestHandler has not been configured\. TrackingId:[\w-]+, Address:http:\/\/127\.0\.0\.1:\d+\/sql, Timestamp:\d{4}-/,
    );
    expect(body).toBeUndefined();
  });

  it.each<[string, RequestHandler]>([
    [
      'throws',
      (_request, response) => {
        response.setHeader('Set-Cookie', 'a=secret');
        throw new Error('secret');
      },
    ],
    [
      'rejects',
      async (_request, response) => {
        response.setHeader('Set-Cookie', 'a=secret');
        await Promise.reject(new Error('secret'));
      },
    ],
  ])('is answered with 500, and no details, by a handler that %s', async (_how, handler) => {
    listener.attach(handler);
    const answer = await relay[way]();
    expect(answer.status).toBe(500);
    expect(answer.description).toMatch(/^The listener RequestHandler threw an exception\..*TrackingId:/);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(setting.warnings[0]).toMatchObject({ cause: { message: 'secret' } });
  });

  it('is answered with 501 where a server is attached that does not take them', async () => {
    listener.attach(createServer());
    expect((await relay[way]()).status).toBe(501);
  });

  it('keeps its answer when the handler throws after it', async () => {
    listener.attach((_request, response) => {
      response.end('done');
      throw new Error('too late');
    });
    expect(await relay[way]()).toMatchObject({ status: 200, body: Buffer.from('done') });
    expect(setting.warnings).toHaveLength(1);
  });

  it('is answered with 502 when the application destroys it', async () => {
    listener.on('request', (request) => request.socket.destroy());
    expect((await relay[way]()).status).toBe(502);
  });
});

describe('the body of a request that the listener fetches', () => {
  it('is read as the application takes it', async () => {
    const { id, dialled } = relay.pointByHand();
    const webSocket = await dialled;
    const arrived = once(listener, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    webSocket.send(relay.message(id, { method: 'POST', body: '' }));
    const [request, response] = await arrived;
    expect(request.headers['transfer-encoding']).toBe('chunked');
    const chunk = Buffer.alloc(1_000_000, 'x');
    for (let i = 0; i < 40; i += 1) webSocket.send(chunk, { fin: i === 39 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(webSocket.bufferedAmount).toBeGreaterThan(20_000_000);
    expect(request.complete).toBe(false);
    let bytes = 0;
    for await (const each of request) bytes += (each as Buffer).length;
    expect(bytes).toBe(40_000_000);
    expect(request.complete).toBe(true);
    response.end();
  });

  it('may be empty', async () => {
    listener.on('request', async (request, response) => response.end(`[${await text(request)}]`));
    expect(String((await relay.point({ method: 'POST', body: '' })).body)).toBe('[]');
  });

  it.each([
    ['closes', (webSocket: WebSocket) => webSocket.close(1001)],
    ['is cut', (webSocket: WebSocket) => webSocket.terminate()],
  ])('never looks complete when the rendezvous %s', async (_how, leave) => {
    const { id, dialled } = relay.pointByHand();
    const webSocket = await dialled;
    const arrived = once(listener, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    webSocket.send(relay.message(id, { method: 'POST', body: '' }));
    webSocket.send('half', { binary: true, fin: false });
    const [request, response] = await arrived;
    const closed = once(response, 'close');
    const read = text(request);
    leave(webSocket);
    await expect(read).rejects.toMatchObject({ code: 'ECONNRESET' });
    await closed;
    expect([request.aborted, request.complete, response.writableFinished]).toEqual([true, false, false]);
    expect(setting.warnings).toEqual([]);
  });

  it('is not waited for by an answer', async () => {
    const { id, dialled } = relay.pointByHand();
    const webSocket = await dialled;
    listener.on('request', (_request, response) => response.writeHead(413).end());
    const closed = once(webSocket, 'close');
    const [said] = [once(webSocket, 'message')];
    webSocket.send(relay.message(id, { method: 'POST', body: '' }));
    webSocket.send(Buffer.alloc(10_000_000), { fin: false });
    expect(JSON.parse(String((await said)[0]))).toMatchObject({ response: { statusCode: 413, body: false } });
    expect((await closed)[0]).toBe(1000);
  });
});

describe('a request', () => {
  it.each([
    ['/sql/orders?x=1', '/orders?x=1'],
    ['/SQL?x=1', '/?x=1'],
    ['/sql', '/'],
    ['/sql/', '/'],
    ['/s%71l/a%2Fb', '/a%2Fb'],
    ['/sqlx/orders', '/sqlx/orders'],
    ['/other', '/other'],
    ['/%', '/%'],
  ])('for %s shows the application %s when the path is to be stripped', async (target, url) => {
    const stripping = setting.listener({ stripPath: true });
    await stripping.listen();
    stripping.on('request', (request, response) => {
      response.end(JSON.stringify([request.url, (request as { originalUrl?: string }).originalUrl]));
    });
    const { body } = await relay.ask({ target });
    expect(JSON.parse(String(body))).toEqual([url, target]);
  });

  it('without Host names the relay', async () => {
    listener.on('request', (request, response) => response.end(request.headers.host));
    expect(String((await relay.ask()).body)).toBe(new URL(setting.relay.url).host);
  });

  it('that nobody answers in the time that the application set is given up', async () => {
    listener.on('request', (request) => request.setTimeout(10));
    expect((await relay.ask()).status).toBe(502);
  });

  it('whose time limit the application minds is not', async () => {
    listener.on('request', (_request, response) => response.setTimeout(10, () => response.end('timed out')));
    expect(String((await relay.ask()).body)).toBe('timed out');
  });

  it('can be one of a hundred, answered in any order', async () => {
    const responses: ServerResponse[] = [];
    listener.on('request', (request, response) => {
      responses.push(response);
      response.setHeader('X-Url', request.url ?? '');
    });
    const answers = Array.from({ length: 100 }, (_, i) => relay.ask({ target: `/sql/${i}`, body: `${i}` }));
    await until(() => responses.length === 100);
    for (const [i, response] of responses.reverse().entries()) response.end(Buffer.alloc(i * 1_000));
    const urls = (await Promise.all(answers)).map(({ headers }) => headers['X-Url']);
    expect(urls).toEqual(Array.from({ length: 100 }, (_, i) => `/sql/${i}`));
  });
});

describe('closing a listener', () => {
  it('lets requests be answered, by their rendezvous, and then is done', async () => {
    const arrived = once(listener, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const answer = relay.ask();
    const [, response] = await arrived;
    let isClosed = false;
    const closed = listener.close().then(() => {
      isClosed = true;
    });
    await until(() => setting.relay.controls.length === 0);
    expect(isClosed).toBe(false);
    response.end('still here');
    expect(await answer).toMatchObject({ way: 'rendezvous', body: Buffer.from('still here') });
    await closed;
  });

  it('tells the sender when the grace is over', async () => {
    const arrived = once(listener, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const answer = relay.ask();
    const [, response] = await arrived;
    await listener.close({ graceMs: 50 });
    expect((await answer).status).toBe(502);
    expect(response.destroyed).toBe(true);
  });

  it('at once does not wait for a rendezvous', async () => {
    const arrived = once(listener, 'request');
    const answer = relay.ask();
    await arrived;
    await listener.close({ graceMs: 0 });
    expect((await answer).status).toBe(502);
  });
});
