import { describe, expect, it } from 'vitest';
import { parseStatusCode, relayedResponseHeaders } from './http-response.js';

const VIA = ['Via', '1.1 contoso.example.net'];
const relayed = (headers: Parameters<typeof relayedResponseHeaders>[0]) =>
  relayedResponseHeaders(headers, { namespaceHost: 'contoso.example.net' });

describe('the headers of a relayed response', () => {
  it('are the listener’s, with Via', () => {
    expect(relayed({ 'Content-Type': 'text/plain', 'set-cookie': ['a=1', 'b=2'] })).toEqual([
      ['Content-Type', 'text/plain'],
      ['set-cookie', ['a=1', 'b=2']],
      VIA,
    ]);
  });

  it('add to a Via that is there', () => {
    expect(relayed({ VIA: '1.0 fred' })).toEqual([['Via', '1.0 fred, 1.1 contoso.example.net']]);
    expect(relayed({ VIA: ['1.0 a', '1.1 b'] })).toEqual([['Via', '1.0 a,1.1 b, 1.1 contoso.example.net']]);
  });

  it.each(['Content-Length', 'transfer-encoding', 'CONNECTION', 'Keep-Alive', 'Upgrade', 'Trailer', 'TE'])(
    'lack %s, since the relay frames the body itself',
    (name) => {
      expect(relayed({ [name]: '5' })).toEqual([VIA]);
    },
  );

  it('lack what Connection names', () => {
    expect(relayed({ 'X-Hop': '1', Connection: 'x-hop', 'X-End': '2' })).toEqual([['X-End', '2'], VIA]);
  });

  it('have Via also when the listener calls it one for its own connection', () => {
    expect(relayed({ Connection: 'via', Via: '1.1 a' })).toEqual([['Via', `1.1 a, ${VIA[1]}`]]);
  });

  it.each([
    ['a name with a space', { 'X A': '1' }],
    ['an empty name', { '': '1' }],
    ['a name that ends the line', { 'X:1\r\nY': '1' }],
    ['a value that ends the line', { X: '1\r\nSet-Cookie: evil' }],
    ['a value with a lone line feed', { X: '1\nY: 2' }],
    ['a value with a zero', { X: '\0' }],
    ['a value above one byte', { X: 'żółć' }],
    ['a list of nothing', { X: [] }],
    ['a list of such values', { X: ['\r\n'] }],
    ['a Via that ends the line', { Via: '1.1 a\r\nX: y' }],
  ])('lack %s', (_, headers) => {
    expect(relayed(headers)).toEqual([VIA]);
  });

  it('keep what is legal of a list', () => {
    expect(relayed({ X: ['a', '\n', 'é'] })).toEqual([['X', ['a', 'é']], VIA]);
  });
});

describe('a status code', () => {
  it.each([
    [200, 200],
    ['200', 200],
    [299, 299],
    [418, 418],
    [450, 450],
    [502, 502],
    ['504', 504],
    [999, 999],
  ])('%j is one', (value, status) => {
    expect(parseStatusCode(value)).toBe(status);
  });

  it.each([100, 101, 103, '100', 0, 99, 1000, -200, 200.5, Number.NaN, '', 'OK', '2e2', ' 200', '0200'])(
    '%j is none that can answer a request',
    (value) => {
      expect(() => parseStatusCode(value)).toThrow(expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' }));
    },
  );
});
