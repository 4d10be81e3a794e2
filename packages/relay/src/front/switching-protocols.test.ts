import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { handshakeProblem, offeredProtocols, switchingProtocols } from './switching-protocols.js';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

function request(headers: Record<string, string | undefined> = {}, rest: Partial<IncomingMessage> = {}) {
  const good = {
    host: 'a.example:443',
    upgrade: 'WebSocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
  };
  return { method: 'GET', httpVersion: '1.1', headers: { ...good, ...headers }, ...rest } as IncomingMessage;
}

describe('a handshake', () => {
  it.each([{}, { host: '[::1]:8080' }, { host: 'under_score' }, { 'sec-websocket-protocol': 'a, b' }])(
    'is in order with %j',
    (headers) => {
      expect(handshakeProblem(request(headers))).toBeUndefined();
    },
  );

  it.each([
    [request({}, { method: 'POST' }), 'method'],
    [request({}, { httpVersion: '1.0' }), 'version'],
    [request({ upgrade: 'h2c' }), 'Upgrade'],
    [request({ 'sec-websocket-version': undefined }), 'Version'],
    [request({ 'sec-websocket-version': '8' }), 'Version'],
    [request({ 'sec-websocket-key': undefined }), 'Key'],
    [request({ 'sec-websocket-key': 'short' }), 'Key'],
    [request({ host: undefined }), 'Host'],
    [request({ host: 'a b' }), 'Host'],
    [request({ host: 'a/b' }), 'Host'],
    [request({ 'sec-websocket-protocol': 'a,,b' }), 'Protocol'],
    [request({ 'sec-websocket-protocol': 'a b' }), 'Protocol'],
  ])('is refused: %#', (bad, word) => {
    expect(handshakeProblem(bad)).toContain(word);
  });
});

describe('a 101', () => {
  it('has three headers, and with a subprotocol four', () => {
    expect(switchingProtocols(KEY, undefined)).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
    expect(switchingProtocols(KEY, 'chat')).toContain('=\r\nSec-WebSocket-Protocol: chat\r\n\r\n');
  });
});

describe('a list of subprotocols', () => {
  it.each([
    [undefined, []],
    ['a', ['a']],
    [' a ,b', ['a', 'b']],
    ['', undefined],
    ['a\u00e4', undefined],
  ])('%j is %j', (header, names) => {
    expect(offeredProtocols(header)).toEqual(names);
  });
});
