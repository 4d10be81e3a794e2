import { describe, expect, it } from 'vitest';
import { parseProxy, proxyFor } from './proxy.js';

const relay = { secure: true, hostname: 'relay.example.net', port: 443 };
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a proxy', () => {
  it.each([
    [
      'http://proxy.test:3128',
      { secure: false, hostname: 'proxy.test', port: 3128, host: 'proxy.test:3128' },
    ],
    ['proxy.test:3128', { secure: false, hostname: 'proxy.test', port: 3128 }],
    ['proxy.test', { port: 80, host: 'proxy.test:80' }],
    ['HTTP://PROXY.TEST/', { hostname: 'proxy.test', port: 80 }],
    ['https://proxy.test', { secure: true, port: 443, host: 'proxy.test:443' }],
    [' http://10.0.0.1:8080 ', { hostname: '10.0.0.1', port: 8080 }],
    ['http://[2001:db8::1]:8080', { hostname: '2001:db8::1', host: '[2001:db8::1]:8080' }],
    ['http://proxy.test', { authorization: undefined }],
    ['http://user:pass@proxy.test', { authorization: basic('user:pass'), host: 'proxy.test:80' }],
    ['user:pass@proxy.test:3128', { authorization: basic('user:pass'), port: 3128 }],
    ['http://user@proxy.test', { authorization: basic('user:') }],
    ['http://corp%5Cjane:p%40ss%3Aw%23rd@proxy.test', { authorization: basic('corp\\jane:p@ss:w#rd') }],
    ['http://jane:p@ss@proxy.test', { authorization: basic('jane:p@ss') }],
    ['http://jane:100%@proxy.test', { authorization: basic('jane:100%') }],
    ['http://j%C3%BCrg:p%C3%A4ss@proxy.test', { authorization: basic('jürg:päss') }],
  ])('is read from %s', (text, expected) => {
    expect(parseProxy(text)).toMatchObject(expected);
  });

  it.each([
    '',
    ' ',
    'http://',
    'http://proxy.test:99999',
    'http://proxy.test/path',
    'http://proxy.test?x',
    'http://jane:s3cr#t@proxy.test',
    'http://jane:s3cr/t@proxy.test:3128',
    'http://ja%3Ane:s3cret@proxy.test',
    'socks5://jane:s3cret@proxy.test',
    'ftp://proxy.test',
    'two words',
  ])('is not read from %j, and none of it is repeated', (text) => {
    let message = '';
    try {
      parseProxy(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_RELAY_ARGUMENT' });
      ({ message } = error as Error);
    }
    expect(message).toMatch(/proxy/);
    expect(message).not.toContain('s3cr');
    expect(message).not.toContain('jane');
  });
});

describe('the proxy for an address', () => {
  const env = { https_proxy: 'http://environment.test:3128' };

  it('is the one that is given, exceptions of the environment or not', () => {
    expect(proxyFor(relay, 'http://given.test', { ...env, no_proxy: '*' })?.hostname).toBe('given.test');
    expect(proxyFor(relay, new URL('http://given.test'), env)?.hostname).toBe('given.test');
    expect(proxyFor({ ...relay, hostname: '127.0.0.1' }, 'http://given.test', {})?.hostname).toBe(
      'given.test',
    );
  });

  it('is none when it is said to be none', () => {
    expect(proxyFor(relay, false, env)).toBeUndefined();
  });

  it('is that of the environment when nothing is said', () => {
    expect(proxyFor(relay, undefined, env)?.hostname).toBe('environment.test');
    expect(proxyFor(relay, undefined, {})).toBeUndefined();
  });

  it('is an error that names the variable when the environment has none that can be used', () => {
    const broken = { ALL_PROXY: 'socks5h://jane:s3cret@proxy.test:1080' };
    expect(() => proxyFor(relay, undefined, broken)).toThrow(
      expect.objectContaining({
        code: 'ERR_RELAY_PROXY',
        message:
          'ALL_PROXY cannot be used: The proxy is a socks5h:// address; only http:// and https:// proxies are known',
      }),
    );
  });
});
