/**
 * Section 8, the HTTP cells: how each listener frames what it says, written as bytes.
 *
 * hyco-https itself is in `http-suites.test.ts`.
 * Source: docs/protocol.md, sections 4.2 to 4.6.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, payloadOf, valuesOf } from '../../src/wire/answer.js';
import type { TokenForm } from '../../src/wire/client-tokens.js';
import { Contoso, type HeaderLines, HOST } from '../../src/wire/contoso.js';
import { Opcode, type RawWebSocket } from '../../src/wire/raw-websocket.js';

const ID = '9c1f2f6e-0c52-4a0a-8a39-3f4c1d0b77e1';
const KIB = 1024;

let contoso: Contoso;
beforeAll(async () => {
  contoso = await Contoso.open(['hyco', { name: 'open', requiresClientAuthorization: false }]);
});
afterEach(() => contoso.drop());
afterAll(() => contoso.close());

interface RawRequest {
  readonly address: string;
  readonly id: string;
  readonly requestTarget: string;
  readonly method: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly body: boolean;
}

const listen = (client: TokenForm, entity = 'hyco') =>
  contoso.upgrade(`/$hc/${entity}?sb-hc-action=listen`, [
    ['ServiceBusAuthorization', contoso.listenToken(client, entity)],
  ]);

const ask = (method: string, rest = '', headers: HeaderLines = [], body = ''): Promise<Answer> =>
  contoso.exchange(
    method,
    `/hyco${rest}`,
    [['ServiceBusAuthorization', contoso.sendToken('.NET', 'hyco')], ...headers],
    body,
  );

async function nextRequest(control: RawWebSocket): Promise<RawRequest> {
  const message = await control.json();
  expect(Object.keys(message)).toEqual(['request']);
  return message.request as RawRequest;
}

/** `{"response":{…}}`, members in this order. */
const head = (members: object) => JSON.stringify({ response: members });

describe('.NET', () => {
  it('answers on its channel: text with escaped slashes, then one binary message', async () => {
    const control = await listen('.NET');
    const asked = ask('GET', '/orders?x=1');
    const { id, requestTarget, body } = await nextRequest(control);
    expect({ requestTarget, body }).toEqual({ requestTarget: '/hyco/orders?x=1', body: false });
    const response = {
      requestId: id,
      statusCode: 200,
      statusDescription: 'OK',
      responseHeaders: { 'Content-Type': 'text/plain' },
      body: true,
    };
    control.text(head(response).replaceAll('/', '\\/'));
    control.frame(Opcode.binary, 'hello ', false);
    control.frame(Opcode.continuation, 'there', true);
    const answer = await asked;
    expect(answer.statusLine).toBe('HTTP/1.1 200 OK');
    expect(valuesOf(answer, 'Content-Type')).toEqual(['text/plain']);
    expect(payloadOf(answer)).toBe('hello there');
  });

  it('answers a write of nothing with one empty binary message', async () => {
    const control = await listen('.NET');
    const asked = ask('GET');
    const { id } = await nextRequest(control);
    control.text(head({ requestId: id, statusCode: 200, body: true }));
    control.frame(Opcode.binary, '');
    expect(payloadOf(await asked)).toBe('');
  });

  it('ends a body on a rendezvous with an empty final continuation and then Close 1000', async () => {
    const control = await listen('.NET');
    const asked = ask('GET');
    const { id, address } = await nextRequest(control);
    const rendezvous = await contoso.meet(address, [['Host', `${HOST}:443`]]);
    rendezvous.text(head({ requestId: id, statusCode: 200, responseHeaders: {}, body: true }));
    rendezvous.frame(Opcode.binary, 'a'.repeat(64 * KIB), false);
    rendezvous.frame(Opcode.continuation, 'b'.repeat(10), false);
    rendezvous.frame(Opcode.continuation, '', true);
    rendezvous.close(1000, 'NormalClosure');
    expect(payloadOf(await asked).length).toBe(64 * KIB + 10);
  });

  it('takes the absence of body for a pointer: a large request is announced by its address alone', async () => {
    const control = await listen('.NET');
    const asked = ask('POST', '', [], 'x'.repeat(100_000));
    const pointer = await nextRequest(control);
    expect(Object.keys(pointer)).toEqual(['address']);
    const rendezvous = await contoso.meet(pointer.address);
    const { request } = (await rendezvous.json()) as unknown as { request: RawRequest };
    expect(request).toMatchObject({ method: 'POST', body: true, requestTarget: '/hyco' });
    expect((await rendezvous.message()).payload.length).toBe(100_000);
    rendezvous.text(head({ requestId: request.id, statusCode: 201, body: false }));
    expect((await asked).status).toBe(201);
  });

  it('gets a body right behind its request, with nothing in between', async () => {
    const control = await listen('.NET');
    const asked = Promise.all(
      Array.from({ length: 20 }, (_, index) => ask('PUT', `/${index}`, [], `body ${index}`)),
    );
    for (let count = 0; count < 20; count += 1) {
      const { id, requestTarget } = await nextRequest(control);
      const { opcode, payload } = await control.message();
      expect({ opcode, text: `/hyco/${payload.toString().slice(5)}` }).toEqual({
        opcode: Opcode.binary,
        text: requestTarget,
      });
      control.text(head({ requestId: id, statusCode: 204, body: false }));
    }
    for (const { status } of await asked) expect(status).toBe(204);
  });
});

describe('Java', () => {
  it('ends a body on a rendezvous by Close 1000 alone, without any final frame', async () => {
    const control = await listen('Java listener');
    const asked = ask('GET');
    const { id, address } = await nextRequest(control);
    // Its members come in this order, and what it needs of the address is an id that starts with a UUID.
    expect(address).toMatch(/[?&]sb-hc-id=[0-9a-f]{8}-/);
    const rendezvous = await contoso.meet(address);
    rendezvous.text(
      head({ requestId: id, body: true, statusCode: 200, responseHeaders: {}, statusDescription: '' }),
    );
    rendezvous.frame(Opcode.binary, 'never ', false);
    rendezvous.frame(Opcode.continuation, 'final', false);
    rendezvous.close(1000, 'NormalClosure');
    expect(payloadOf(await asked)).toBe('never final');
  });

  it('is sent a request without a body whole, since it cannot fetch one: also with 30 kB of headers', async () => {
    const control = await listen('Java listener');
    const asked = ask('GET', '', [['X-Long', 'v'.repeat(30_000)]]);
    const { id, method, body } = await nextRequest(control);
    expect({ method, body }).toEqual({ method: 'GET', body: false });
    control.text(head({ requestId: id, body: false, statusCode: 200 }));
    expect((await asked).status).toBe(200);
  });

  it('reads each header as one string', async () => {
    const control = await listen('Java listener');
    const asked = ask('GET', '', [
      ['X-Tag', 'one'],
      ['X-Tag', 'two'],
    ]);
    const { id, requestHeaders } = await nextRequest(control);
    expect(requestHeaders['X-Tag']).toBe('one, two');
    expect(Object.values(requestHeaders).every((value) => typeof value === 'string')).toBe(true);
    control.text(head({ requestId: id, body: false, statusCode: 200 }));
    await asked;
  });
});

describe('hyco-https', () => {
  it('sends a stray empty binary message after a response that has no body', async () => {
    const control = await listen('hyco-https');
    for (let visit = 0; visit < 2; visit += 1) {
      const asked = ask('HEAD');
      const { id } = await nextRequest(control);
      control.text(
        head({ requestId: id, statusCode: 200, statusDescription: 'OK', responseHeaders: {}, body: false }),
      );
      control.frame(Opcode.binary, '');
      expect((await asked).status).toBe(200);
    }
    expect(control.over).toBe(false);
  });

  it('never closes a rendezvous: the relay does, with 1000', async () => {
    const control = await listen('hyco-https');
    const asked = ask('GET');
    const { id, address } = await nextRequest(control);
    const rendezvous = await contoso.meet(address);
    rendezvous.text(head({ requestId: id, statusCode: 200, responseHeaders: {}, body: true }));
    rendezvous.frame(Opcode.binary, 'all', false);
    rendezvous.frame(Opcode.continuation, '', true);
    expect(payloadOf(await asked)).toBe('all');
    await expect(rendezvous.closed()).resolves.toMatchObject({ code: 1000 });
  });

  it('comes late, and would end with its process if it were refused: it is let in, and told 1001', async () => {
    const control = await listen('hyco-https');
    const sender = await contoso.dial();
    const token = contoso.sendToken('hyco-https', 'hyco');
    sender.write(`GET /hyco HTTP/1.1\r\nHost: ${HOST}\r\nServiceBusAuthorization: ${token}\r\n\r\n`);
    const { address } = await nextRequest(control);
    sender.destroy();
    const rendezvous = await contoso.meet(address);
    await expect(rendezvous.closed()).resolves.toMatchObject({ code: 1001 });
  });
});

describe('Python', () => {
  it('leaves out body and responseHeaders when there is nothing to say', async () => {
    const control = await listen('Python');
    const asked = ask('DELETE', '/1');
    const { id } = await nextRequest(control);
    control.text(head({ requestId: id, statusCode: 204, statusDescription: '' }));
    expect((await asked).status).toBe(204);
  });

  it('answers on the rendezvous with one message and Close 1000', async () => {
    const control = await listen('Python');
    const asked = ask('GET');
    const { id, address } = await nextRequest(control);
    const rendezvous = await contoso.meet(address, [
      ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
    ]);
    rendezvous.text(head({ requestId: id, statusCode: 200, body: true }));
    rendezvous.frame(Opcode.binary, 'p'.repeat(100_000));
    rendezvous.close(1000);
    expect(payloadOf(await asked).length).toBe(100_000);
  });
});

describe('Go', () => {
  it('writes the status as a string', async () => {
    const control = await listen('Go');
    const asked = ask('GET');
    const { id } = await nextRequest(control);
    control.text(
      head({ requestId: id, body: true, statusCode: '418', statusDescription: '', responseHeaders: {} }),
    );
    control.frame(Opcode.binary, 'short and stout');
    const answer = await asked;
    expect(answer.status).toBe(418);
    expect(payloadOf(answer)).toBe('short and stout');
  });

  it('is sent its request whole when it has a body of up to 64 KiB, since it knows no rendezvous', async () => {
    const control = await listen('Go');
    const asked = ask('POST', '', [], 'x'.repeat(64 * KIB));
    const { id, body } = await nextRequest(control);
    expect(body).toBe(true);
    expect((await control.message()).payload.length).toBe(64 * KIB);
    control.text(head({ requestId: id, body: false, statusCode: '200' }));
    expect((await asked).status).toBe(200);
  });
});

it('the next hyco-ws sends even a large body as one message on its channel', async () => {
  const control = await listen('hyco-ws');
  const asked = ask('GET');
  const { id } = await nextRequest(control);
  control.text(head({ requestId: id, statusCode: 200, responseHeaders: {}, body: true }));
  control.frame(Opcode.binary, 'h'.repeat(300_000));
  expect(payloadOf(await asked).length).toBe(300_000);
});

it("azbridge sends a header of several values as one, and lengths that are the relay's to say", async () => {
  const control = await listen('.NET');
  const asked = ask('GET');
  const { id } = await nextRequest(control);
  const responseHeaders = {
    'X-Tag': 'one,two',
    'Content-Length': '999',
    'Transfer-Encoding': 'chunked',
    Connection: 'close',
  };
  control.text(head({ requestId: id, statusCode: 200, responseHeaders, body: true }));
  control.frame(Opcode.binary, 'body');
  const answer = await asked;
  expect(valuesOf(answer, 'X-Tag')).toEqual(['one,two']);
  expect(payloadOf(answer)).toBe('body');
});

describe('a browser', () => {
  it('cannot put a credential into a preflight but in its address; the listener answers it', async () => {
    const control = await listen('hyco-https');
    const token = encodeURIComponent(contoso.sendToken('documentation snippet', 'hyco'));
    const preflight: HeaderLines = [
      ['Origin', 'https://app.contoso.com'],
      ['Access-Control-Request-Method', 'PUT'],
      ['Access-Control-Request-Headers', 'x-app'],
    ];
    const bare = await contoso.exchange('OPTIONS', '/hyco/1', preflight);
    expect(bare.status).toBe(401);
    const asked = contoso.exchange('OPTIONS', `/hyco/1?sb-hc-token=${token}`, preflight);
    const { id, method, requestTarget, requestHeaders } = await nextRequest(control);
    expect({ method, requestTarget }).toEqual({ method: 'OPTIONS', requestTarget: '/hyco/1' });
    expect(requestHeaders).toMatchObject(Object.fromEntries(preflight));
    const responseHeaders = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'PUT' };
    control.text(head({ requestId: id, statusCode: 204, responseHeaders, body: false }));
    const answer = await asked;
    expect(valuesOf(answer, 'Access-Control-Allow-Methods')).toEqual(['PUT']);
  });

  it('keeps its own Authorization where the relay asks for none', async () => {
    const control = await listen('hyco-https', 'open');
    const asked = contoso.exchange('GET', '/open', [['Authorization', 'Basic YTpi']]);
    const { id, requestHeaders } = await nextRequest(control);
    expect(requestHeaders.Authorization).toBe('Basic YTpi');
    control.text(head({ requestId: id, statusCode: 200, body: false }));
    expect((await asked).status).toBe(200);
  });
});

it('every request is told by an id that listeners can read', async () => {
  const control = await listen('.NET');
  const asked = ask('GET', `?sb-hc-id=${ID}&custom=value`);
  const { id, requestTarget } = await nextRequest(control);
  expect(id.startsWith(ID)).toBe(true);
  expect(requestTarget).toBe('/hyco?custom=value');
  control.text(head({ requestId: id, statusCode: 200, body: false }));
  await asked;
});
