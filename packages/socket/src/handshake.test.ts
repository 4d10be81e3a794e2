import { describe, expect, it } from 'vitest';
import { acceptKey, checkUpgrade, formatUpgradeRequest, newKey, type UpgradeRequest } from './handshake.js';
import { ResponseHead } from './response-head.js';

const request: UpgradeRequest = {
  target: '/$hc/sql?sb-hc-action=connect',
  host: 'relay.example.net:8443',
  key: 'dGhlIHNhbXBsZSBub25jZQ==',
};
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

describe('acceptKey', () => {
  it('answers the key of RFC 6455, section 1.3, as that section does', () => {
    expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe(ACCEPT);
  });
});

describe('newKey', () => {
  it('is 16 random bytes in base64', () => {
    expect(Buffer.from(newKey(), 'base64')).toHaveLength(16);
    expect(newKey()).not.toBe(newKey());
  });
});

describe('the upgrade request', () => {
  it('has what the handshake needs and nothing more', () => {
    expect(formatUpgradeRequest(request).toString()).toBe(
      [
        'GET /$hc/sql?sb-hc-action=connect HTTP/1.1',
        'Host: relay.example.net:8443',
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version: 13',
        '\r\n',
      ].join('\r\n'),
    );
  });

  it('carries subprotocols and further headers', () => {
    const text = formatUpgradeRequest({
      ...request,
      protocols: ['a', 'b'],
      headers: { ServiceBusAuthorization: 'SharedAccessSignature sr=x', 'X-Tenant': '7' },
    }).toString();
    expect(text).toContain('\r\nSec-WebSocket-Protocol: a, b\r\n');
    expect(text).toContain('\r\nServiceBusAuthorization: SharedAccessSignature sr=x\r\nX-Tenant: 7\r\n\r\n');
  });

  it.each([
    ['ends the line', { 'X-A': 'secret\r\nX-B: 1' }],
    ['has a line feed', { 'X-A': 'secret\n' }],
    ['has a NUL', { 'X-A': 'secret\0' }],
    ['is not Latin-1', { 'X-A': 'secret€' }],
    ['has a name with a blank', { 'X A': 'secret' }],
    ['has a name with a colon', { 'X:A': 'secret' }],
    ['has no name', { '': 'secret' }],
    ['belongs to the handshake', { connection: 'secret' }],
    ['belongs to the handshake too', { 'Sec-WebSocket-Key': 'secret' }],
    ['would give it a body', { 'Content-Length': 'secret' }],
  ])('is refused when a header %s, without telling its value', (_, headers) => {
    const format = () => formatUpgradeRequest({ ...request, headers });
    expect(format).toThrow(expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }));
    expect(format).not.toThrow(/secret/);
  });

  it.each([[['a b']], [['a', 'a']], [['']], [['a,b']]])('is refused when it offers %j', (protocols) => {
    expect(() => formatUpgradeRequest({ ...request, protocols })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });
});

describe('the answer to an upgrade', () => {
  const check = (lines: string[], asked = request) =>
    checkUpgrade(new ResponseHead(lines.join('\r\n')), asked);
  const good = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${ACCEPT}`,
  ];

  it('is accepted when it is as RFC 6455 says', () => {
    expect(check(good)).toBeUndefined();
  });

  it.each([
    ['no reason phrase', good.with(0, 'HTTP/1.1 101')],
    ['other letter case', good.with(1, 'upgrade: WebSocket').with(2, 'CONNECTION: upgrade')],
    ['more in Connection', good.with(2, 'Connection: keep-alive, Upgrade')],
    ['an empty extension header', [...good, 'Sec-WebSocket-Extensions:']],
    ['headers that it does not know', [...good, 'Date: today', 'Server: x', 'Content-Length: 0']],
  ])('is accepted with %s', (_, lines) => {
    expect(check(lines)).toBeUndefined();
  });

  it.each([
    ['another status', good.with(0, 'HTTP/1.1 200 OK')],
    ['HTTP/1.0', good.with(0, 'HTTP/1.0 101 Switching Protocols')],
    ['no Upgrade', good.toSpliced(1, 1)],
    ['another Upgrade', good.with(1, 'Upgrade: h2c')],
    ['Upgrade twice', [...good, 'Upgrade: websocket']],
    ['a list in Upgrade', good.with(1, 'Upgrade: websocket, h2c')],
    ['no Connection', good.toSpliced(2, 1)],
    ['another Connection', good.with(2, 'Connection: close')],
    ['Connection twice', [...good, 'Connection: Upgrade']],
    ['no Sec-WebSocket-Accept', good.toSpliced(3, 1)],
    ['a wrong Sec-WebSocket-Accept', good.with(3, `Sec-WebSocket-Accept: ${ACCEPT.toLowerCase()}`)],
    ['Sec-WebSocket-Accept twice', [...good, `Sec-WebSocket-Accept: ${ACCEPT}`]],
    ['an extension', [...good, 'Sec-WebSocket-Extensions: permessage-deflate']],
    ['a subprotocol that nobody asked for', [...good, 'Sec-WebSocket-Protocol: a']],
  ])('is refused with %s', (_, lines) => {
    expect(() => check(lines)).toThrow(expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' }));
  });

  describe('when subprotocols were offered', () => {
    const asked = { ...request, protocols: ['a', 'b'] };

    it('may choose one', () => {
      expect(check([...good, 'Sec-WebSocket-Protocol: b'], asked)).toBe('b');
    });

    it('may choose none', () => {
      expect(check(good, asked)).toBeUndefined();
    });

    it.each([
      ['another', ['Sec-WebSocket-Protocol: c']],
      ['two', ['Sec-WebSocket-Protocol: a, b']],
      ['two in two headers', ['Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: b']],
      ['one in other letter case', ['Sec-WebSocket-Protocol: A']],
    ])('may not choose %s', (_, lines) => {
      expect(() => check([...good, ...lines], asked)).toThrow(
        expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' }),
      );
    });
  });
});
