import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectUrl, listenUrl, relayAddress } from './address.js';
import { parseUpgradeTarget } from './upgrade-target.js';

describe('an endpoint', () => {
  it.each([
    [
      'sb://Contoso.servicebus.windows.net/',
      true,
      'contoso.servicebus.windows.net',
      443,
      'contoso.servicebus.windows.net',
    ],
    [
      'sb://contoso.servicebus.windows.net',
      true,
      'contoso.servicebus.windows.net',
      443,
      'contoso.servicebus.windows.net',
    ],
    ['sb://relay.example:443', true, 'relay.example', 443, 'relay.example'],
    ['SB://relay.example:8443/', true, 'relay.example', 8443, 'relay.example:8443'],
    ['wss://relay.example:8443', true, 'relay.example', 8443, 'relay.example:8443'],
    ['https://relay.example/', true, 'relay.example', 443, 'relay.example'],
    ['ws://127.0.0.1:8080', false, '127.0.0.1', 8080, '127.0.0.1:8080'],
    ['http://localhost', false, 'localhost', 80, 'localhost'],
    ['ws://[::1]:8080/', false, '[::1]', 8080, '[::1]:8080'],
  ])('%s is read', (endpoint, secure, hostname, port, host) => {
    expect(relayAddress(endpoint, 'hyco')).toEqual({ secure, hostname, port, host, path: 'hyco' });
  });

  it.each([
    ['sb://ns.example/hyco', '', 'hyco'],
    ['sb://ns.example/sales/', '/eu-1/hyco/', 'sales/eu-1/hyco'],
    ['wss://ns.example:443/$hc/hyco', '', 'hyco'],
    ['sb://ns.example/caf%C3%A9', '', 'café'],
  ])('%s with the path %j means %j', (endpoint, entityPath, path) => {
    expect(relayAddress(new URL(endpoint), entityPath).path).toBe(path);
  });

  it.each([
    ['', 'hyco'],
    ['contoso.servicebus.windows.net', 'hyco'],
    ['ftp://ns.example/', 'hyco'],
    ['sb://', 'hyco'],
    ['sb://user:secret@ns.example', 'hyco'],
    ['sb://ns.example/?a=1', 'hyco'],
    ['sb://ns.example/', ''],
    ['sb://ns.example/', '/'],
    ['sb://ns.example/', 'a/../b'],
    ['sb://ns.example/', 'a\r\nb'],
    ['sb://ns.example/', 'x'.repeat(513)],
  ])('%j with the path %j is refused', (endpoint, path) => {
    expect(() => relayAddress(endpoint, path)).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });

  it('is never repeated in an error: it may hold a secret', () => {
    expect(() => relayAddress('sb://user:secret@ns.example', 'hyco')).toThrow(/^(?!.*secret)/);
  });
});

describe('the address of a control channel', () => {
  it('names the hybrid connection and the listener', () => {
    const address = relayAddress('sb://ns.example/', 'sales/eu-1/hyco');
    expect(listenUrl(address, { id: 'a1' }).href).toBe(
      'wss://ns.example/$hc/sales/eu-1/hyco?sb-hc-action=listen&sb-hc-id=a1',
    );
  });
});

describe('the address a sender dials', () => {
  const address = relayAddress('ws://127.0.0.1:8080', 'hyco');

  it('carries suffix and query to the listener', () => {
    expect(connectUrl(address, { id: 'a1', suffix: '/tenants/7', query: '?color=red' }).href).toBe(
      'ws://127.0.0.1:8080/$hc/hyco/tenants/7?color=red&sb-hc-action=connect&sb-hc-id=a1',
    );
  });

  it('keeps a query that looks like a fragment', () => {
    expect(connectUrl(address, { id: 'a1', query: 'a=#1' }).search).toBe(
      '?a=%231&sb-hc-action=connect&sb-hc-id=a1',
    );
  });

  it.each([
    { suffix: '/a/../b' },
    { suffix: '..' },
    { query: 'sb-hc-token=x' },
    { query: '?a=1&SB-HC-id=2' },
  ])('is refused with %j', (options) => {
    expect(() => connectUrl(address, { id: 'a1', ...options })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });

  it('reads at the relay as what was asked for', () => {
    fc.assert(
      fc.property(pathText(), pathText(), fc.uuid(), (name, suffix, id) => {
        const entity = relayAddress('sb://ns.example', name);
        const url = connectUrl(entity, { id, suffix });
        const target = parseUpgradeTarget(url.pathname + url.search);
        expect(target).toMatchObject({
          action: 'connect',
          path: `${entity.path}/${suffix}`,
          id,
          appQuery: '',
        });
      }),
    );
  });
});

/** Names that may be a path: no control characters, no dot segments, something in them. */
function pathText(): fc.Arbitrary<string> {
  const segment = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !/[\p{Cc}/]/u.test(text) && text !== '.' && text !== '..');
  return fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
}
