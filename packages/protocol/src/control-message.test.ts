import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Accept,
  formatFromListener,
  formatFromRelay,
  parseFromListener,
  parseFromRelay,
  type Request,
  type Response,
} from './control-message.js';
import { RelayError } from './errors.js';

const guid = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa_G3_G9';
const address = `wss://ns.example:443/$hc/hyco?sb-hc-action=accept&sb-hc-id=${guid}&sb-hc-rv=Zk3x9`;
const protocolError = expect.objectContaining({ name: 'RelayError', code: 'ERR_RELAY_PROTOCOL' });

describe('an accept message', () => {
  const accept = {
    address,
    id: guid,
    connectHeaders: { Host: 'ns.example', 'Sec-WebSocket-Key': 'c2FtcGxlLWtleS0wMTIzNA==' },
    remoteEndpoint: { address: '203.0.113.7', port: 51544 },
  };

  it('is read', () => {
    expect(parseFromRelay(JSON.stringify({ accept }))).toEqual({ type: 'accept', ...accept });
  });

  it('may lack what not every relay sends', () => {
    expect(
      parseFromRelay(JSON.stringify({ accept: { address, id: 'any id', remoteEndpoint: { port: -1 } } })),
    ).toEqual({
      type: 'accept',
      address,
      id: 'any id',
      connectHeaders: {},
      remoteEndpoint: { address: '', port: 0 },
    });
  });

  it('may hold members of a newer relay', () => {
    expect(parseFromRelay(JSON.stringify({ accept: { ...accept, priority: { level: 1 } } }))).toEqual({
      type: 'accept',
      ...accept,
    });
  });

  it.each([
    { address: undefined },
    { address: '' },
    { address: 'not a url' },
    { address: 'https://ns.example/' },
    { address: 'wss://' },
    { id: 1 },
    { id: undefined },
    { connectHeaders: 'Host: x' },
    { connectHeaders: { Host: {} } },
    { connectHeaders: { Host: null } },
    { remoteEndpoint: 'x' },
  ])('is refused with %j', (change) => {
    expect(() => parseFromRelay(JSON.stringify({ accept: { ...accept, ...change } }))).toThrow(protocolError);
  });

  it('is written with every member', () => {
    expect(JSON.parse(formatFromRelay({ type: 'accept', ...accept }))).toEqual({ accept });
  });

  it('is not written when it exceeds what clients can read', () => {
    const message: Accept = { type: 'accept', ...accept, connectHeaders: { X: 'x'.repeat(65_536) } };
    expect(() => formatFromRelay(message)).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL', status: 431 }),
    );
  });
});

describe('a request message', () => {
  const request = {
    address,
    id: guid,
    requestTarget: '/hyco/orders?x=1',
    method: 'POST',
    remoteEndpoint: { address: '203.0.113.7', port: 51544 },
    requestHeaders: { 'Content-Type': 'application/json', Via: '1.1 ns.example' },
    body: true,
  };

  it('is read', () => {
    expect(parseFromRelay(JSON.stringify({ request }))).toEqual({ type: 'request', ...request });
  });

  it.each(['id', 'method', 'requestTarget', 'body'])('without its %s is a pointer', (member) => {
    const { [member]: _, ...rest } = request as Record<string, unknown>;
    expect(parseFromRelay(JSON.stringify({ request: rest }))).toEqual({ type: 'requestPointer', address });
  });

  it('with the address only is a pointer, and written as one', () => {
    expect(parseFromRelay(JSON.stringify({ request: { address } }))).toEqual({
      type: 'requestPointer',
      address,
    });
    expect(formatFromRelay({ type: 'requestPointer', address })).toBe(
      JSON.stringify({ request: { address } }),
    );
  });

  it.each([{ address: undefined }, { body: 'yes' }, { requestHeaders: [] }, { requestHeaders: { A: [{}] } }])(
    'is refused with %j',
    (change) => {
      expect(() => parseFromRelay(JSON.stringify({ request: { ...request, ...change } }))).toThrow(
        protocolError,
      );
    },
  );
});

describe('a response message', () => {
  const response = {
    requestId: guid,
    statusCode: 200,
    statusDescription: 'OK',
    responseHeaders: { A: '1' },
    body: true,
  };

  it('is read', () => {
    expect(parseFromListener(JSON.stringify({ response }))).toEqual({ type: 'response', ...response });
  });

  it('may have its status as a string, as the documentation’s sample and Go have it', () => {
    const text = JSON.stringify({ response: { ...response, statusCode: '418' } });
    expect(parseFromListener(text)).toMatchObject({ statusCode: 418 });
  });

  it('may lack body, headers and description, as Python leaves them out', () => {
    expect(parseFromListener(JSON.stringify({ response: { requestId: guid, statusCode: 204 } }))).toEqual({
      type: 'response',
      requestId: guid,
      statusCode: 204,
      responseHeaders: {},
      body: false,
    });
  });

  it('may have null for what is not there, and headers as lists', () => {
    const text = JSON.stringify({
      response: {
        ...response,
        statusDescription: null,
        body: null,
        responseHeaders: { A: ['1', '2'], B: 3, C: true },
      },
    });
    expect(parseFromListener(text)).toEqual({
      type: 'response',
      requestId: guid,
      statusCode: 200,
      responseHeaders: { A: ['1', '2'], B: '3', C: 'true' },
      body: false,
    });
  });

  it('may answer no request at all, as Go does what it does not know', () => {
    const parsed = parseFromListener(JSON.stringify({ response: { ...response, requestId: '' } }));
    expect(parsed).toMatchObject({ type: 'response', requestId: '' });
  });

  it.each([
    { statusCode: 99 },
    { statusCode: 1000 },
    { statusCode: 200.5 },
    { statusCode: '2e2' },
    { statusCode: '' },
    { statusCode: null },
    { requestId: undefined },
    { statusDescription: 1 },
    { responseHeaders: 'A: 1' },
    { body: 1 },
  ])('is refused with %j', (change) => {
    expect(() => parseFromListener(JSON.stringify({ response: { ...response, ...change } }))).toThrow(
      protocolError,
    );
  });
});

describe('a token renewal', () => {
  it('carries the token as it is', () => {
    const token =
      'SharedAccessSignature sr=http%3A%2F%2Fns.example%2Fhyco&sig=a%2Bb%3D&se=1700003600&skn=rule';
    const text = formatFromListener({ type: 'renewToken', token });
    expect(text).toBe(`{"renewToken":{"token":"${token}"}}`);
    expect(parseFromListener(text)).toEqual({ type: 'renewToken', token });
  });

  it.each([
    '{"renewToken":{}}',
    '{"renewToken":{"token":""}}',
    '{"renewToken":{"token":1}}',
    '{"renewToken":"x"}',
  ])('is refused when it is %s', (text) => {
    expect(() => parseFromListener(text)).toThrow(protocolError);
  });
});

describe('a control message', () => {
  it('survives a kind that only newer peers send', () => {
    expect(parseFromRelay('{"drain":{}}')).toEqual({ type: 'unrecognized', key: 'drain' });
    expect(parseFromListener('{"injectFault":{"delay":"1"}}')).toEqual({
      type: 'unrecognized',
      key: 'injectFault',
    });
    expect(formatFromRelay({ type: 'unrecognized', key: 'drain' })).toBe('{"drain":{}}');
  });

  it.each([
    '',
    'null',
    '[]',
    '[1]',
    '{}',
    '"x"',
    '1',
    '{',
    '{"accept":null}',
    '{"accept":[]}',
    '{"accept":{"id":1}}',
    '{"response":null}',
    '{"renewToken":null}',
    '{"accept":{},"request":{}}',
    '{"a":1,"b":2}',
  ])('is refused when it is %j', (text) => {
    const parsers =
      text.includes('renew') || text.includes('response')
        ? [parseFromListener]
        : text.includes('accept')
          ? [parseFromRelay]
          : [parseFromRelay, parseFromListener];
    for (const parse of parsers) expect(() => parse(text)).toThrow(protocolError);
  });

  it('may be 64 KiB long and no longer, counted in bytes', () => {
    const message = (length: number, unit: string) =>
      `{"drain":"${unit.repeat((length - 12) / unit.length)}"}`;
    expect(parseFromRelay(message(65_536, 'x'))).toMatchObject({ key: 'drain' });
    expect(() => parseFromRelay(message(65_537, 'x'))).toThrow(protocolError);
    expect(() => parseFromRelay(message(32_800, 'é'))).toThrow(protocolError);
  });

  it('is not quoted by the error it causes: it may hold a token', () => {
    for (const text of ['{"renewToken":{"token":secret}}', '{"renewToken":{"token":["secret"]}}']) {
      try {
        parseFromListener(text);
        expect.unreachable();
      } catch (error) {
        expect(String(error) + String((error as Error).cause ?? '')).not.toContain('secret');
      }
    }
  });

  it('with a header named __proto__ changes no object', () => {
    const text = `{"accept":{"id":"x","address":"${address}","connectHeaders":{"__proto__":"y"}}}`;
    const { connectHeaders } = parseFromRelay(text) as Accept;
    expect(Object.entries(connectHeaders)).toEqual([['__proto__', 'y']]);
    expect(Object.getPrototypeOf(connectHeaders)).toBe(Object.prototype);
  });

  it('from the relay reads as what was written', () => {
    const header = fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 });
    const endpoint = fc.record({ address: fc.string(), port: fc.integer({ min: 0, max: 65_535 }) });
    const filled = fc.string({ minLength: 1 });
    const message = fc.oneof(
      fc.record<Accept>({
        type: fc.constant('accept'),
        id: filled,
        address: fc.constant(address),
        connectHeaders: header,
        remoteEndpoint: endpoint,
      }),
      fc.record<Request>({
        type: fc.constant('request'),
        id: filled,
        address: fc.constant(address),
        requestTarget: filled,
        method: filled,
        remoteEndpoint: endpoint,
        requestHeaders: header,
        body: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(message, (given) => {
        expect(parseFromRelay(formatFromRelay(given))).toEqual(given);
      }),
    );
  });

  it('from a listener reads as what was written', () => {
    const message = fc.record<Response, 'type' | 'requestId' | 'statusCode' | 'responseHeaders' | 'body'>(
      {
        type: fc.constant('response'),
        requestId: fc.string({ minLength: 1 }),
        statusCode: fc.integer({ min: 100, max: 999 }),
        statusDescription: fc.string(),
        responseHeaders: fc.dictionary(fc.string(), fc.string(), { maxKeys: 5 }),
        body: fc.boolean(),
      },
      { requiredKeys: ['type', 'requestId', 'statusCode', 'responseHeaders', 'body'] },
    );
    fc.assert(
      fc.property(message, (given) => {
        expect(parseFromListener(formatFromListener(given))).toEqual(given);
      }),
    );
  });

  it('is a value or ERR_RELAY_PROTOCOL, whatever was sent', () => {
    const member = fc.constantFrom(
      'id',
      'address',
      'token',
      'connectHeaders',
      'requestId',
      'statusCode',
      'body',
      'method',
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(member, fc.oneof(fc.jsonValue(), fc.constant(address))),
    );
    const keys = fc.constantFrom('accept', 'request', 'response', 'renewToken', 'other', '__proto__');
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.tuple(keys, body).map(([key, value]) => `{${JSON.stringify(key)}:${JSON.stringify(value)}}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        for (const parse of [parseFromRelay, parseFromListener]) {
          try {
            expect(parse(given)).toHaveProperty('type');
          } catch (error) {
            expect(error).toBeInstanceOf(RelayError);
            expect(error).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
          }
        }
      }),
    );
  });
});
