import { afterEach, describe, expect, it } from 'vitest';
import { ask, HttpListener, respond } from '../test/http-clients.js';
import type { RelayServer } from './relay-server.js';
import { startRelay } from './start-relay.js';

let relay: RelayServer;
afterEach(() => relay.close({ graceMs: 0 }));

describe('a request', () => {
  it('reaches the listener, and its response the sender', async () => {
    relay = await startRelay({ hybridConnections: ['web'] });
    const listener = await HttpListener.start(relay, 'web', (received) =>
      respond(received, `hello ${received.body}`, {
        statusCode: 201,
        statusDescription: 'Request Processed - OK!',
        responseHeaders: { 'X-A': '1', 'Set-Cookie': ['a=1', 'b=2'] },
      }),
    );
    const answer = await ask(relay, 'web', { method: 'POST', rest: '/orders?x=1', body: 'world' });
    expect(answer).toMatchObject({ status: 201, reason: 'Request Processed - OK!' });
    expect(String(answer.body)).toBe('hello world');
    expect(answer.headers).toMatchObject({
      'x-a': '1',
      'set-cookie': ['a=1', 'b=2'],
      via: '1.1 localhost',
      'content-length': '11',
    });
    expect(listener.received[0]!.request).toMatchObject({
      method: 'POST',
      requestTarget: '/web/orders?x=1',
      body: true,
      remoteEndpoint: { address: '127.0.0.1', port: expect.any(Number) },
    });
  });

  it('of any size comes and goes', async () => {
    relay = await startRelay({ hybridConnections: ['web'] });
    await HttpListener.start(relay, 'web', (received) => respond(received, received.body));
    for (const size of [0, 1, 65_536, 65_537, 1_000_000]) {
      for (const chunked of [true, false]) {
        const body = Buffer.alloc(size, 'x');
        const answer = await ask(relay, 'web', { method: 'POST', body, chunked });
        expect(answer.status).toBe(200);
        expect(answer.body.equals(body)).toBe(true);
      }
    }
  });
});
