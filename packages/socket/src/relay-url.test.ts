import { describe, expect, it } from 'vitest';
import { isSameServer, parseRelayUrl } from './relay-url.js';

describe('an address to dial', () => {
  it.each([
    [
      'ws://127.0.0.1:8080/$hc/a',
      { secure: false, hostname: '127.0.0.1', port: 8080, host: '127.0.0.1:8080', target: '/$hc/a' },
    ],
    [
      'wss://relay.example.net/$hc/a',
      { secure: true, hostname: 'relay.example.net', port: 443, host: 'relay.example.net' },
    ],
    ['wss://g18-prod.example.net:443/x', { port: 443, host: 'g18-prod.example.net' }],
    ['ws://relay.example.net', { port: 80, host: 'relay.example.net', target: '/' }],
    ['ws://relay.example.net?a=1', { target: '/?a=1' }],
    ['ws://[::1]:81/x', { hostname: '::1', port: 81, host: '[::1]:81' }],
    ['WSS://Relay.Example.NET/X', { secure: true, hostname: 'relay.example.net', target: '/X' }],
    ['ws://h/x?a=1#fragment', { target: '/x?a=1' }],
  ])('%s', (url, expected) => {
    expect(parseRelayUrl(url)).toMatchObject(expected);
  });

  it.each(['/$hc/a/../b/./c?x=%7E%2f', '/$hc/a//b', '/a%2e%2e/b', '/a?b=^|"\\{}', "/a'b"])(
    'keeps %s as it is written',
    (target) => {
      expect(parseRelayUrl(`ws://relay.example.net${target}`).target).toBe(target);
    },
  );

  it.each([
    '',
    'relay.example.net',
    'http://relay.example.net/',
    'ws:/relay.example.net',
    'ws:///x',
    'ws://host:port/',
    'ws://host:70000/',
    'ws://user:secret@host/',
    'ws://host/with blank?secret',
    'ws://host/secret\r\nX: 1',
    'ws://host/secret\0',
    'ws://host/umlaut-ü-secret',
  ])('is refused when it is %j, without repeating it', (url) => {
    expect(() => parseRelayUrl(url)).toThrow(expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }));
    expect(() => parseRelayUrl(url)).not.toThrow(/secret/);
  });

  it('is on the same server as another with the same scheme, host and port', () => {
    const a = parseRelayUrl('wss://relay.example.net/a');
    expect(isSameServer(a, parseRelayUrl('wss://RELAY.example.net:443/b?c'))).toBe(true);
    expect(isSameServer(a, parseRelayUrl('wss://relay.example.net:444/a'))).toBe(false);
    expect(isSameServer(a, parseRelayUrl('ws://relay.example.net:443/a'))).toBe(false);
    expect(isSameServer(a, parseRelayUrl('wss://other.example.net/a'))).toBe(false);
  });
});
