import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRequests } from '../test/fake-requests.js';
import { useSetting } from '../test/setting.js';
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

  it('is answered with 502 when the application destroys it', async () => {
    listener.on('request', (request) => request.socket.destroy());
    expect((await relay[way]()).status).toBe(502);
  });
});
