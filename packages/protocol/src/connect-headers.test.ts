import { describe, expect, it } from 'vitest';
import { connectHeaders, isDeflateOffer } from './connect-headers.js';

const keep = { dropAuthorization: false };

describe('the headers of a sender', () => {
  it('reach the listener in the sender’s spelling and order', () => {
    const raw = [
      'Host',
      'ns.example:443',
      'Connection',
      'Upgrade',
      'upgrade',
      'websocket',
      'Sec-WebSocket-Key',
      'a==',
      'X-App',
      '1',
    ];
    expect(Object.entries(connectHeaders(raw, keep))).toEqual([
      ['Host', 'ns.example:443'],
      ['Connection', 'Upgrade'],
      ['upgrade', 'websocket'],
      ['Sec-WebSocket-Key', 'a=='],
      ['X-App', '1'],
    ]);
  });

  it('are one string a name, however often they were sent', () => {
    expect(connectHeaders(['X-App', '1', 'Cookie', 'a=1', 'x-app', '2', 'cookie', 'b=2'], keep)).toEqual({
      'X-App': '1, 2',
      Cookie: 'a=1; b=2',
    });
  });

  it.each([
    [['ServiceBusAuthorization', 'secret', 'servicebusauthorization', 'secret', 'X', '1'], keep, { X: '1' }],
    [['Authorization', 'Bearer mine', 'X', '1'], keep, { Authorization: 'Bearer mine', X: '1' }],
    [['authorization', 'secret', 'X', '1'], { dropAuthorization: true }, { X: '1' }],
    [
      ['ServiceBusAuthorization', 's', 'Authorization', 'Bearer mine'],
      keep,
      { Authorization: 'Bearer mine' },
    ],
  ])('lose the relay’s credentials and no others (%#)', (raw, options, headers) => {
    expect(connectHeaders(raw, options)).toEqual(headers);
  });

  it('may be named like members of an object', () => {
    const headers = connectHeaders(['__proto__', 'x', 'constructor', 'y'], keep);
    expect(JSON.stringify(headers)).toBe('{"__proto__":"x","constructor":"y"}');
  });

  it('lose an offer of extensions that a listener could choke on', () => {
    const raw = [
      'Sec-WebSocket-Extensions',
      'permessage-deflate',
      'sec-websocket-extensions',
      'x-webkit-frame',
      'X',
      '1',
    ];
    expect(connectHeaders(raw, keep)).toEqual({ X: '1' });
    expect(connectHeaders(raw.slice(0, 2), keep)).toEqual({
      'Sec-WebSocket-Extensions': 'permessage-deflate',
    });
  });
});

describe('an offer of extensions', () => {
  it.each([
    'permessage-deflate',
    'permessage-deflate; client_max_window_bits',
    'permessage-deflate; client_max_window_bits=15; server_max_window_bits=8',
    'permessage-deflate;server_no_context_takeover;client_no_context_takeover',
    'permessage-deflate; server_max_window_bits="10"',
    'permessage-deflate; client_max_window_bits, permessage-deflate',
  ])('%s is legal', (value) => {
    expect(isDeflateOffer(value)).toBe(true);
  });

  it.each([
    '',
    'x-webkit-deflate-frame',
    'permessage-deflate, ',
    'permessage-deflate;',
    'permessage-deflate; foo',
    'permessage-deflate; server_max_window_bits',
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; server_max_window_bits=08',
    'permessage-deflate; client_max_window_bits=',
    'permessage-deflate; client_max_window_bits="15',
    'permessage-deflate; client_no_context_takeover=1',
    'permessage-deflate; client_max_window_bits; client_max_window_bits=10',
    'permessage-deflate; toString',
    'permessage-deflate; client_max_window_bits = 10',
    'Permessage-Deflate',
  ])('%j is not', (value) => {
    expect(isDeflateOffer(value)).toBe(false);
  });
});
