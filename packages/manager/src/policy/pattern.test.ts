import { describe, expect, it } from 'vitest';
import { addressForms } from './address-range.js';
import {
  hasPort,
  isAddressOf,
  isNameOf,
  parseRelayPattern,
  parseTargetPattern,
  plainName,
} from './pattern.js';

describe("a target's pattern", () => {
  it.each([
    ['sql01.corp.example:1433', 'sql01.corp.example', true],
    ['SQL01.corp.example:1433', 'sql01.CORP.example.', true],
    ['sql01.corp.example:1433', 'xsql01.corp.example', false],
    ['sql01.corp.example:1433', 'sql01.corp.example.evil.test', false],
    ['*.corp.example:1433', 'sql01.corp.example', true],
    ['*.corp.example:1433', 'a.b.corp.example', true],
    ['*.corp.example:1433', 'corp.example', false],
    ['*.corp.example:1433', 'evilcorp.example', false],
    ['sql*.corp.example:1433', 'sql01.corp.example', true],
    ['sql*.corp.example:1433', 'sql.corp.example', true],
    ['sql*.corp.example:1433', 'sql.evil.corp.example', false],
    ['*-db*x.corp.example:1433', 'a-db-1x.corp.example', true],
    ['*-db*x.corp.example:1433', 'a-d.corp.example', false],
    ['a*a.example:1433', 'a.example', false],
    ['*:1433', 'anything', true],
    ['10.0.0.0/8:1433', '10.0.0.1', false],
  ])('%s and the name %s: %s', (pattern, name, expected) => {
    expect(isNameOf(parseTargetPattern(pattern).host, plainName(name))).toBe(expected);
  });

  it.each([
    ['10.0.0.0/8:1433', '10.1.2.3', true],
    ['10.0.0.7:1433', '10.0.0.7', true],
    ['[fd00::]/8:1433', 'fd12::1', true],
    ['[fd00::/8]:1433', 'fd12::1', true],
    ['[::1]:1433', '::1', true],
    ['*:1433', '10.0.0.1', true],
    ['*.corp.example:1433', '10.0.0.1', false],
  ])('%s and the address %s: %s', (pattern, address, expected) => {
    expect(isAddressOf(parseTargetPattern(pattern).host, addressForms(address))).toBe(expected);
  });

  it.each([
    ['a:1433', 1433, true],
    ['a:1433', 1434, false],
    ['a:*', 65_535, true],
    ['a:80,443', 443, true],
    ['a:80, 5000-5999', 5500, true],
    ['a:80,5000-5999', 6000, false],
  ])('%s and the port %i: %s', (pattern, port, expected) => {
    expect(hasPort(parseTargetPattern(pattern), port)).toBe(expected);
  });

  it.each([
    '',
    'sql01',
    'sql01:',
    ':1433',
    'a:0',
    'a:65536',
    'a:9-1',
    'a:1,,2',
    'fd00::1:1433',
    '[sql]:1',
    'a b:1',
    'http://a:1',
    '10.0.*:22',
    '10.0.0.0/33:22',
    'a..b:1',
    '**.:1',
  ])('is refused when it is %j', (text) => {
    expect(() => parseTargetPattern(text)).toThrow(expect.objectContaining({ code: 'ERR_MANAGER_CONFIG' }));
  });
});

describe("a relay's pattern", () => {
  it.each([
    ['*.servicebus.windows.net', 'contoso.servicebus.windows.net', true],
    ['*.servicebus.windows.net', 'servicebus.windows.net.evil.test', false],
    ['relay.corp.example', 'relay.corp.example', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(isNameOf(parseRelayPattern(pattern).host, name)).toBe(expected);
  });

  it('has no port', () => {
    expect(() => parseRelayPattern('relay.corp.example:443')).toThrow('neither a name nor an address');
  });
});
