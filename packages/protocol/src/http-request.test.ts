import { describe, expect, it } from 'vitest';
import { parseHttpTarget, relayedRequestHeaders } from './http-request.js';

const namespaceHost = 'contoso.example.net';
const headersOf = (raw: readonly string[], options: { dropAuthorization?: boolean; host?: string } = {}) =>
  relayedRequestHeaders(raw, { namespaceHost, dropAuthorization: false, ...options });

describe('the target of an HTTP request', () => {
  // Left: what the sender wrote; right: what the live service delivered.
  it.each([
    ['?sb-hc-id=1&custom=value', '?custom=value'],
    ['?custom=value&sb-hc-id=1', '?custom=value'],
    ['?sb-hc-undefined=true', ''],
    ['?sb-hc-whatever=', ''],
    ['?SB-HC-Token=x&a=1', '?a=1'],
    ['?sb-hc-undefined', '?sb-hc-undefined'],
    ['?a=1&a=2&', '?a=1&a=2&'],
    ['?&&&', '?&&&'],
    ['?&foo=bar', '?&foo=bar'],
    ['?&custom&value&', '?&custom&value&'],
    ['?+', '?+'],
    ['?%2B', '?%2B'],
    ['?%20', '?%20'],
    ['?%2f%3a%3d%26', '?%2f%3a%3d%26'],
    ["?key='value'", "?key='value'"],
    ['?key="value"', '?key=%22value%22'],
    ['?key=<value>', '?key=%3Cvalue%3E'],
    ['?name=\u00c3\u00b8', '?name=%C3%B8'],
    ['?name=%C3%b8', '?name=%C3%B8'],
    ['? Key =  Value ', '?%20Key%20=%20%20Value'],
    ['?api-version=abc', '?api-version=abc'],
    ['', ''],
  ])('with the query %j reaches the listener with %j', (sent, delivered) => {
    expect(parseHttpTarget(`/hyco/a%20b${sent}`)).toMatchObject({
      path: 'hyco/a b',
      requestTarget: `/hyco/a%20b${delivered}`,
      appQuery: delivered,
    });
  });

  it('holds the token and the id', () => {
    expect(parseHttpTarget('/hyco?sb-hc-token=Shared%20a%2Bb+c&sb-hc-id=x%0a1')).toMatchObject({
      token: 'Shared a+b c',
      id: 'x1',
      requestTarget: '/hyco',
    });
    expect(parseHttpTarget('/hyco')).toMatchObject({ token: undefined, id: undefined });
  });

  it.each([
    ['http://contoso.example.net:443/hyco/x?y', 'hyco/x', '/hyco/x?y'],
    ['/a%2Fb/c', 'a/b/c', '/a%2Fb/c'],
    ['/hyco%3Fsb-hc-id=1', 'hyco', '/hyco'],
    ['/hyco?null?sb-hc-token=t', 'hyco', '/hyco'],
    ['*', '*', '*'],
    ["/a/~b!$&'()*+,;=:@-_/", "a/~b!$&'()*+,;=:@-_/", "/a/~b!$&'()*+,;=:@-_/"],
    ['//a/b', 'a/b', '//a/b'],
    ['/', '', '/'],
    ['/a.b/c', 'a.b/c', '/a.b/c'],
  ])('%s is %s', (text, path, requestTarget) => {
    expect(parseHttpTarget(text)).toMatchObject({ path, requestTarget });
  });

  it.each([
    ['/a/../b', 400],
    ['/a/%2e%2e/b', 400],
    ['/%', 400],
    ['/a%00b', 400],
    ['/a\u0001', 400],
    [`/${'a'.repeat(20_000)}`, 414],
  ])('%s is refused', (text, status) => {
    expect(() => parseHttpTarget(text)).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL', status }),
    );
  });
});

describe('the headers of a relayed request', () => {
  it('are the sender’s, in its spelling, with Via', () => {
    expect(headersOf(['Host', 'a.example', 'X-App', '1', 'content-type', 'text/plain'])).toEqual({
      Host: 'a.example',
      'X-App': '1',
      'content-type': 'text/plain',
      Via: '1.1 contoso.example.net',
    });
  });

  it('have each name once', () => {
    const raw = ['X-A', '1', 'x-a', '2', 'Cookie', 'a=1', 'cookie', 'b=2', '__proto__', 'x'];
    expect(Object.entries(headersOf(raw))).toEqual([
      ['X-A', '1, 2'],
      ['Cookie', 'a=1; b=2'],
      ['__proto__', 'x'],
      ['Via', '1.1 contoso.example.net'],
    ]);
  });

  it('add to a Via that is there', () => {
    expect(headersOf(['via', '1.0 fred', 'Via', '1.1 p'])).toEqual({
      via: '1.0 fred, 1.1 p, 1.1 contoso.example.net',
    });
  });

  it.each([
    'Connection',
    'Content-Length',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Close',
    'Keep-Alive',
    'Proxy-Connection',
    'Expect',
    'HTTP2-Settings',
    'ServiceBusAuthorization',
    'servicebusauthorization',
  ])('lack %s', (name) => {
    expect(headersOf([name, 'x', 'X-A', '1'])).toEqual({ 'X-A': '1', Via: '1.1 contoso.example.net' });
  });

  it('lack what Connection names, but for Host', () => {
    expect(
      headersOf(['Host', 'a', 'X-Hop', '1', 'Connection', 'close, x-hop', 'connection', 'Host']),
    ).toEqual({
      Host: 'a',
      Via: '1.1 contoso.example.net',
    });
  });

  it('lack Authorization when it was for the relay', () => {
    const raw = ['Authorization', 'Bearer x'];
    expect(headersOf(raw)).toHaveProperty('Authorization');
    expect(headersOf(raw, { dropAuthorization: true })).not.toHaveProperty('Authorization');
  });

  it('can have another Host', () => {
    expect(headersOf(['host', 'a'], { host: 'b' })).toMatchObject({ host: 'b' });
    expect(headersOf([], { host: 'b' })).toMatchObject({ Host: 'b' });
  });
});
