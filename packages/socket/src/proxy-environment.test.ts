import { describe, expect, it } from 'vitest';
import { type Environment, isExcepted, proxyFromEnvironment } from './proxy-environment.js';

const at = (secure: boolean, hostname: string, port = secure ? 443 : 80) => ({ secure, hostname, port });
const relay = at(true, 'relay.example.net');
const plain = at(false, 'relay.example.net');
const variable = (address: typeof relay, env: Environment) => proxyFromEnvironment(address, env)?.name;

describe('the proxy that the environment names', () => {
  it.each<[string | undefined, typeof relay, Environment]>([
    [undefined, relay, {}],
    ['https_proxy', relay, { https_proxy: 'http://p' }],
    ['HTTPS_PROXY', relay, { HTTPS_PROXY: 'http://p' }],
    ['https_proxy', relay, { HTTPS_PROXY: 'http://capital', https_proxy: 'http://small' }],
    ['HTTPS_PROXY', relay, { HTTPS_PROXY: 'http://p', https_proxy: '' }],
    [undefined, relay, { http_proxy: 'http://p', HTTP_PROXY: 'http://p' }],
    ['http_proxy', plain, { http_proxy: 'http://p' }],
    ['HTTP_PROXY', plain, { HTTP_PROXY: 'http://p' }],
    ['http_proxy', plain, { HTTP_PROXY: 'http://capital', http_proxy: 'http://small' }],
    [undefined, plain, { https_proxy: 'http://p', HTTPS_PROXY: 'http://p' }],
    [undefined, plain, { HTTP_PROXY: 'http://attacker', REQUEST_METHOD: 'GET' }],
    ['http_proxy', plain, { http_proxy: 'http://p', REQUEST_METHOD: 'GET' }],
    ['all_proxy', relay, { all_proxy: 'http://p', ALL_PROXY: 'http://capital' }],
    ['ALL_PROXY', plain, { ALL_PROXY: 'http://p' }],
    ['HTTPS_PROXY', relay, { ALL_PROXY: 'http://all', HTTPS_PROXY: 'http://p' }],
    [undefined, relay, { https_proxy: '   ' }],
  ])('is that of %s for %o with %o', (name, address, env) => {
    expect(variable(address, env)).toBe(name);
  });

  it('is given with what the variable holds', () => {
    expect(proxyFromEnvironment(relay, { https_proxy: ' http://u:p@proxy:3128 ' })).toEqual({
      name: 'https_proxy',
      value: 'http://u:p@proxy:3128',
    });
  });

  it.each(['localhost', 'LOCALHOST.', 'relay.localhost', '127.0.0.1', '127.8.9.10', '::1'])(
    'is never for %s, which is this machine',
    (hostname) => {
      expect(variable(at(false, hostname), { http_proxy: 'http://p' })).toBeUndefined();
    },
  );

  it.each(['notlocalhost', 'localhost.example.net', '128.0.0.1', '::2'])('is for %s', (hostname) => {
    expect(variable(at(false, hostname), { http_proxy: 'http://p' })).toBe('http_proxy');
  });

  it.each<[string | undefined, Environment]>([
    [undefined, { no_proxy: 'example.net' }],
    [undefined, { NO_PROXY: 'example.net' }],
    ['https_proxy', { no_proxy: 'other.net', NO_PROXY: 'example.net' }],
    [undefined, { no_proxy: '', NO_PROXY: 'example.net' }],
  ])('is that of %s but for the exceptions of %o', (name, exceptions) => {
    expect(variable(relay, { https_proxy: 'http://p', ...exceptions })).toBe(name);
  });
});

describe('a list of exceptions', () => {
  it.each<[list: string, hostname: string, port: number]>([
    ['*', 'relay.example.net', 443],
    ['a.net, *', 'relay.example.net', 443],
    ['relay.example.net', 'relay.example.net', 443],
    ['RELAY.example.NET', 'relay.EXAMPLE.net', 443],
    ['relay.example.net.', 'relay.example.net', 443],
    ['relay.example.net', 'relay.example.net.', 443],
    ['example.net', 'relay.example.net', 443],
    ['net', 'relay.example.net', 443],
    ['.example.net', 'relay.example.net', 443],
    ['.example.net', 'example.net', 443],
    ['*.example.net', 'relay.example.net', 443],
    ['a.net,example.net', 'relay.example.net', 443],
    ['a.net example.net', 'relay.example.net', 443],
    [' a.net ,\texample.net ', 'relay.example.net', 443],
    ['example.net:443', 'relay.example.net', 443],
    ['.example.net:8080', 'relay.example.net', 8080],
    ['10.1.2.3', '10.1.2.3', 443],
    ['10.1.2.3:443', '10.1.2.3', 443],
    ['10.0.0.0/8', '10.200.3.4', 443],
    ['10.0.0.0/8:443', '10.200.3.4', 443],
    ['192.168.1.64/26', '192.168.1.127', 443],
    ['0.0.0.0/0', '8.8.8.8', 443],
    ['2001:db8::1', '2001:db8:0:0::1', 443],
    ['[2001:db8::1]', '2001:db8::1', 443],
    ['[2001:db8::1]:443', '2001:db8::1', 443],
    ['2001:db8::/32', '2001:db8:ffff::7', 443],
    ['[2001:db8::]/32:443', '2001:db8:ffff::7', 443],
  ])('%j has %s:%i in it', (list, hostname, port) => {
    expect(isExcepted({ hostname, port }, list)).toBe(true);
  });

  it.each<[list: string, hostname: string, port: number]>([
    ['', 'relay.example.net', 443],
    [', ,', 'relay.example.net', 443],
    ['.', 'relay.example.net', 443],
    ['ample.net', 'relay.example.net', 443],
    ['relay.example', 'relay.example.net', 443],
    ['other.example.net', 'example.net', 443],
    ['example.net:8443', 'relay.example.net', 443],
    ['example.net:', 'relay.example.net', 443],
    ['r*.example.net', 'relay.example.net', 443],
    ['https://relay.example.net', 'relay.example.net', 443],
    ['10.1.2.3:8080', '10.1.2.3', 443],
    ['10.1.2.3', '10.1.2.30', 443],
    ['10.0.0.0/8', '11.0.0.1', 443],
    ['10.0.0.0/33', '10.0.0.1', 443],
    ['10.0.0.0/x', '10.0.0.1', 443],
    ['10.0.0.0/8', 'relay.example.net', 443],
    ['10.0.0.0/8', '2001:db8::1', 443],
    ['2001:db8::/32', '2001:db9::1', 443],
    ['2001:db8::/32', '10.0.0.1', 443],
    ['[2001:db8::1]:8443', '2001:db8::1', 443],
  ])('%j does not have %s:%i in it', (list, hostname, port) => {
    expect(isExcepted({ hostname, port }, list)).toBe(false);
  });
});
