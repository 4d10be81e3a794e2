/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { checkHost, checkLabel, checkName, checkNamespace, checkPort, endpointMetadata } from './checks.js';

describe('what is typed', () => {
  it.each(['orders', 'a', 'site-1/db_2.main'])('may name a hybrid connection: %s', (name) => {
    expect(checkName(name)).toBeUndefined();
  });
  it.each(['', '/a', 'a/', 'a//b', 'a/../b', 'a b', '<b>', 'ä', 'x'.repeat(261)])(
    'may not name one: %j',
    (name) => {
      expect(checkName(name)).toEqual(expect.any(String));
    },
  );

  it.each(['db01.corp.local', 'DB01', '10.0.0.1', 'x_y.z', 'a.'])('may be a host: %s', (host) => {
    expect(checkHost(host)).toBeUndefined();
  });
  it.each(['', 'http://a', 'a:1', '::1', 'a..b', '-a', 'a b', '<img>'])('may not be a host: %j', (host) => {
    expect(checkHost(host)).toEqual(expect.any(String));
  });

  it.each(['1', '65535'])('may be a port: %s', (port) => {
    expect(checkPort(port)).toBeUndefined();
  });
  it.each(['', '0', '65536', '-1', '1.5', 'http', '999999'])('may not be a port: %j', (port) => {
    expect(checkPort(port)).toEqual(expect.any(String));
  });

  it.each(['contoso', 'contoso.servicebus.windows.net'])('may be a namespace: %s', (name) => {
    expect(checkNamespace(name)).toBeUndefined();
  });
  it.each(['', '-a', 'a b', 'a/b'])('may not be a namespace or a label: %j', (name) => {
    expect(checkNamespace(name)).toEqual(expect.any(String));
    expect(checkLabel(name)).toEqual(expect.any(String));
  });
});

describe('the metadata of an endpoint', () => {
  it('names it', () => {
    expect(endpointMetadata('db01', '1433')).toBe('[{"key":"endpoint","value":"db01:1433"}]');
  });

  it('keeps what else is noted there', () => {
    const before = '[{"key":"owner","value":"sales"},{"key":"endpoint","value":"old:1"},null]';
    expect(JSON.parse(endpointMetadata('db01', '1433', before))).toEqual([
      { key: 'endpoint', value: 'db01:1433' },
      { key: 'owner', value: 'sales' },
      null,
    ]);
  });

  it.each(['', 'a note', '{}', 'null'])('takes the place of %j', (before) => {
    expect(endpointMetadata('db01', '1433', before)).toBe('[{"key":"endpoint","value":"db01:1433"}]');
  });
});
