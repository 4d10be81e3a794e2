import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGreeting, readRequest, replyFor, SocksError, SocksReply } from './socks-message.js';

const bytes = (...values: number[]) => Buffer.from(values);
const name = (text: string, port: number) =>
  Buffer.concat([bytes(5, 1, 0, 3, text.length), Buffer.from(text), bytes(port >> 8, port & 255)]);

describe('a greeting', () => {
  it.each([
    [bytes(5, 1, 0), 3],
    [bytes(5, 2, 2, 0), 4], // as Java offers
    [bytes(5, 1, 0, 5, 1), 3], // the request may follow at once
  ])('that takes no authentication is accepted: %j', (greeting, length) => {
    expect(readGreeting(greeting)).toEqual({ value: bytes(5, 0), length });
  });

  it('is waited for', () => {
    expect([bytes(), bytes(5), bytes(5, 2, 0)].map(readGreeting)).toEqual([undefined, undefined, undefined]);
  });

  it('that wants a password is told that there is none', () => {
    expect(() => readGreeting(bytes(5, 1, 2))).toThrow(expect.objectContaining({ answer: bytes(5, 255) }));
    expect(() => readGreeting(bytes(5, 0))).toThrow(expect.objectContaining({ answer: bytes(5, 255) }));
  });

  it.each(['CONNECT a:1 HTTP/1.1', 'GET / HTTP/1.1', '\x04\x01', '\x16\x03\x01'])(
    'in another protocol gets no word: %j',
    (text) => {
      expect(() => readGreeting(Buffer.from(text))).toThrow(
        expect.objectContaining({ answer: Buffer.alloc(0) }),
      );
    },
  );
});

describe('a request', () => {
  it.each([
    [name('sql01.corp.example', 1433), { host: 'sql01.corp.example', port: 1433 }],
    [bytes(5, 1, 0, 1, 10, 0, 0, 7, 0, 80), { host: '10.0.0.7', port: 80 }],
    [
      bytes(5, 1, 0, 4, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 1, 187),
      { host: 'fd00:0:0:0:0:0:0:7', port: 443 },
    ],
  ])('names its target: %j', (request, target) => {
    expect(readRequest(request)).toEqual({ value: target, length: request.length });
    expect(readRequest(Buffer.concat([request, bytes(1, 2, 3)]))?.length).toBe(request.length);
    for (let cut = 0; cut < request.length; cut += 1) {
      expect(readRequest(request.subarray(0, cut))).toBeUndefined();
    }
  });

  it.each([
    ['BIND', bytes(5, 2, 0, 1, 0, 0, 0, 0, 0, 0), SocksReply.commandNotSupported],
    ['UDP', bytes(5, 3, 0, 1, 0, 0, 0, 0, 0, 0), SocksReply.commandNotSupported],
    ['an unknown kind of address', bytes(5, 1, 0, 2, 0, 0), SocksReply.addressTypeNotSupported],
    ['no name', name('', 80), SocksReply.hostUnreachable],
    ['a line break in a name', name('a\nb', 80), SocksReply.hostUnreachable],
  ])('is refused: %s', (_, request, reply) => {
    expect(() => readRequest(request)).toThrow(
      expect.objectContaining({ answer: bytes(5, reply, 0, 1, 0, 0, 0, 0, 0, 0) }),
    );
  });
});

describe('the answer for a target that is not reached', () => {
  it.each([
    ['host', 'EACCES', SocksReply.notAllowed],
    ['port', 'ECONNREFUSED', SocksReply.connectionRefused],
    ['tunnel', 'ECONNREFUSED', SocksReply.connectionRefused],
    ['tunnel', 'ENOTFOUND', SocksReply.hostUnreachable],
    ['tunnel', 'ETIMEDOUT', SocksReply.ttlExpired],
    ['tunnel', 'EACCES', SocksReply.notAllowed],
    ['tunnel', 'ECONNRESET', SocksReply.failure],
  ] as const)('for reason %s, code %s is %i', (reason, code, reply) => {
    expect(replyFor({ reason, code })).toBe(reply);
  });
});

it('takes any bytes with an answer, a wait, or an error of its own', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (tail, isGreeting) => {
      const said = Buffer.concat([bytes(5, 1, 0), tail]);
      try {
        const part = isGreeting ? readGreeting(said) : readRequest(said);
        if (part !== undefined) expect(part.length).toBeLessThanOrEqual(said.length);
      } catch (error) {
        expect(error).toBeInstanceOf(SocksError);
      }
    }),
  );
});
