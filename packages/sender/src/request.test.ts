import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { generateKey } from '@hybridge/sas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RequestOptions, request } from './index.js';

const key = generateKey();
let server: http.Server;
/** Answers as the relay does. */
let serve: http.RequestListener;
let connections: number;

beforeEach(async () => {
  connections = 0;
  server = http.createServer((asked, answer) => serve(asked, answer));
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const VIA = { Via: '1.1 relay.example.net' };

function relay(): Pick<RequestOptions, 'connectionString'> {
  const { port } = server.address() as AddressInfo;
  const endpoint = `ws://127.0.0.1:${port}`;
  return {
    connectionString: `Endpoint=${endpoint};SharedAccessKeyName=send;SharedAccessKey=${key};EntityPath=orders/eu`,
  };
}

describe('a request', () => {
  it('goes to the hybrid connection with a token, and gives what the listener answers', async () => {
    serve = async (asked, answer) => {
      const { method, url, headers } = asked;
      answer.writeHead(404, 'Not here', { ...VIA, 'Set-Cookie': ['a=1', 'b=2'] });
      answer.end(JSON.stringify({ method, url, headers, body: await text(asked) }));
    };
    const answer = await request({
      ...relay(),
      method: 'PUT',
      path: '/7?x=%20y',
      headers: { Authorization: 'Bearer mine', 'Content-Type': 'text/plain' },
      body: 'hello',
    });
    expect(answer).toMatchObject({ status: 404, statusText: 'Not here' });
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(JSON.parse(await text(answer.body))).toMatchObject({
      method: 'PUT',
      url: '/orders/eu/7?x=%20y',
      headers: {
        host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        authorization: 'Bearer mine',
        'content-length': '5',
        'content-type': 'text/plain',
        servicebusauthorization: expect.stringMatching(/^SharedAccessSignature sr=http%3A%2F%2F127\.0\.0\.1/),
      },
      body: 'hello',
    });
  });

  it('needs nothing but a connection string', async () => {
    serve = (asked, answer) => answer.writeHead(200, VIA).end(asked.url);
    const { body } = await request(relay().connectionString!);
    expect(await text(body)).toBe('/orders/eu');
  });

  it('streams both bodies', async () => {
    serve = (asked, answer) =>
      asked.pipe(answer.writeHead(200, { ...VIA, 'X-Length': `${asked.headers['content-length']}` }));
    const chunk = Buffer.alloc(100_000, 'x');
    const source = Readable.from(
      (function* () {
        for (let i = 0; i < 50; i += 1) yield chunk;
      })(),
    );
    const { body, headers } = await request({ ...relay(), method: 'POST', body: source });
    expect(headers['x-length']).toBe('undefined');
    expect((await buffer(body)).length).toBe(5_000_000);
  });

  it('shares a connection with the one before', async () => {
    serve = (_asked, answer) => answer.writeHead(200, VIA).end('x');
    for (let i = 0; i < 3; i += 1) await text((await request(relay())).body);
    expect(connections).toBe(1);
    await text((await request({ ...relay(), tls: {} })).body);
    expect(connections).toBe(2);
  });

  it.each([
    [401, 'InvalidSignature: The token has an invalid signature.', 'EACCES', 'ERR_RELAY_UNAUTHORIZED'],
    [403, "Forbidden: The token does not grant the 'Send' claim.", 'EACCES', 'ERR_RELAY_FORBIDDEN'],
    [404, 'Endpoint does not exist.', 'ENOTFOUND', 'ERR_RELAY_ENDPOINT_NOT_FOUND'],
    [502, 'There are no listeners connected for the endpoint.', 'ECONNREFUSED', 'ERR_RELAY_NO_LISTENER'],
    [504, 'The listener did not respond in the required time.', 'ETIMEDOUT', 'ERR_RELAY_TIMEOUT'],
  ])('that the relay answers by itself with %d fails', async (status, message, code, relayCode) => {
    serve = (_asked, answer) => {
      answer.writeHead(status, { 'Content-Type': 'application/json' });
      answer.end(JSON.stringify({ error: { code: 'x', message: `${message} TrackingId:t-1` } }));
    };
    await expect(request(relay())).rejects.toMatchObject({
      code,
      syscall: 'connect',
      message: expect.stringContaining(`request ${code}: hybrid connection orders/eu on 127.0.0.1`),
      cause: { code: relayCode, status, trackingId: 't-1' },
    });
    await expect(request(relay())).rejects.toThrow(message);
  });

  it('fails with the connection', async () => {
    const options = relay();
    serve = (asked) => asked.socket.destroy();
    await expect(request(options)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await new Promise((resolve) => server.close(resolve));
    await expect(request(options)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining('the relay cannot be reached'),
    });
  });

  it('whose answer is cut short fails while it is read', async () => {
    serve = (_asked, answer) => {
      answer.writeHead(200, VIA).write('half');
      setImmediate(() => answer.destroy());
    };
    const { body } = await request(relay());
    await expect(text(body)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('gives up after silence', async () => {
    serve = () => undefined;
    await expect(request({ ...relay(), idleTimeoutMs: 30 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('can be aborted, before and while it is answered', async () => {
    const stop = new AbortController();
    serve = (_asked, answer) => {
      answer.writeHead(200, VIA).write('half');
    };
    const { body } = await request({ ...relay(), signal: stop.signal });
    stop.abort();
    await expect(text(body)).rejects.toMatchObject({ name: 'AbortError' });
    await expect(request({ ...relay(), signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    const later = new AbortController();
    serve = () => later.abort();
    await expect(request({ ...relay(), signal: later.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('whose body fails, fails as its body did', async () => {
    serve = (asked) => asked.resume();
    const body = Readable.from(
      (async function* () {
        yield 'half';
        throw new Error('the disk is gone');
      })(),
    );
    await expect(request({ ...relay(), method: 'POST', body })).rejects.toMatchObject({
      cause: { message: 'the disk is gone' },
    });
  });

  it.each<[string, Partial<RequestOptions>]>([
    ['a path that is not one', { path: 'orders' }],
    ['a path that is not encoded', { path: '/a b' }],
    ['a header of the connection', { headers: { Connection: 'close' } }],
    ['the header of the credential', { headers: { ServiceBusAuthorization: 'secret' } }],
    ['a header with a line break', { headers: { 'X-App': 'secret\r\n' } }],
    ['a time that is none', { idleTimeoutMs: -1 }],
  ])('refuses %s', async (_what, options) => {
    const failure = await request({ ...relay(), ...options }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'ERR_RELAY_ARGUMENT' });
    expect(failure.message).not.toContain('secret');
  });
});
