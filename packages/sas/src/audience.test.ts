import { describe, expect, it } from 'vitest';
import { audienceOf } from './audience.js';

describe('the audience of an endpoint', () => {
  it.each([
    ['sb://contoso.servicebus.windows.net/', 'hyco', 'http://contoso.servicebus.windows.net/hyco/'],
    ['sb://contoso.servicebus.windows.net', 'hyco', 'http://contoso.servicebus.windows.net/hyco/'],
    [
      'sb://Contoso.ServiceBus.Windows.NET:443/',
      'Sales/EU-1/hyco',
      'http://contoso.servicebus.windows.net/Sales/EU-1/hyco/',
    ],
    [
      'wss://contoso.servicebus.windows.net:443/$hc/hyco',
      undefined,
      'http://contoso.servicebus.windows.net/hyco/',
    ],
    ['https://h/a', '/b/', 'http://h/a/b/'],
    ['ws://127.0.0.1:8080', 'sql', 'http://127.0.0.1/sql/'],
    ['http://[::1]:8080', 'sql', 'http://[::1]/sql/'],
    ['sb://h/', '', 'http://h/'],
    ['sb://h/', undefined, 'http://h/'],
    ['sb://bücher.example/', 'hyco', 'http://xn--bcher-kva.example/hyco/'],
    ['sb://h/', 'café bar', 'http://h/caf%C3%A9%20bar/'],
    ['sb://h/', 'a?b#c', 'http://h/a%3Fb%23c/'],
  ])('%s with the path %j is %s', (endpoint, path, audience) => {
    expect(audienceOf(endpoint, path)).toBe(audience);
  });

  it('takes a URL as well', () => {
    expect(audienceOf(new URL('sb://H.example/'), 'x')).toBe('http://h.example/x/');
  });

  it.each([
    '',
    'h',
    '/a',
    'ftp://h/',
    'sb:',
    'sb:h',
    'sb://',
    'sb://u:p@h/',
    'sb://h/?q',
    'sb://h/#f',
    'sb://a%00b/',
    'sb://1.2.3.256/',
    'hc://h/x',
  ])('is not to be had from %j', (endpoint) => {
    expect(() => audienceOf(endpoint)).toThrow(
      expect.objectContaining({ name: 'SasError', code: 'ERR_SAS_ARGUMENT' }),
    );
  });
});
