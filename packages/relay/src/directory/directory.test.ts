import { describe, expect, it } from 'vitest';
import { Directory, HybridConnection, hostKey, Namespace } from './directory.js';

const none = new Map();
const namespace = (name: string, hosts: string[] = []) => new Namespace(name, hosts, none);

describe('the host of a request', () => {
  it.each([
    ['Contoso.Example', 'contoso.example'],
    ['contoso.example:443', 'contoso.example'],
    ['127.0.0.1:8080', '127.0.0.1'],
    ['[::1]:8080', '::1'],
    ['[FE80::1]', 'fe80::1'],
    ['::1', '::1'],
    ['host:', 'host'],
    ['', ''],
  ])('%j is %j', (host, key) => {
    expect(hostKey(host)).toBe(key);
  });

  it('leads to the only namespace, whatever it is', () => {
    const only = namespace('relay.example');
    expect(new Directory([only]).forHost('10.0.0.7:8080')).toBe(only);
  });

  it('leads to one of several by name or alias, and to none otherwise', () => {
    const [a, b] = [namespace('a.example'), namespace('b.example', ['Localhost', '::1'])];
    const directory = new Directory([a, b]);
    expect(directory.forHost('A.example:443')).toBe(a);
    expect(directory.forHost('localhost:8080')).toBe(b);
    expect(directory.forHost('[::1]:8080')).toBe(b);
    expect(directory.forHost('c.example')).toBeUndefined();
  });
});

describe('a namespace', () => {
  const owner = namespace('relay.example');
  const add = (name: string) => {
    const connection = new HybridConnection(owner, {
      name,
      endpoint: undefined,
      requiresClientAuthorization: true,
      authorizationRules: none,
    });
    owner.add(connection);
    return connection;
  };
  const sales = add('Sales');
  const eu = add('sales/EU-1');

  it('finds the longest name that is a prefix in whole segments, in any case', () => {
    expect(owner.match('sales/eu-1/tenants/7')).toEqual({ entity: eu, suffix: '/tenants/7' });
    expect(owner.match('SALES/eu-10')).toEqual({ entity: sales, suffix: '/eu-10' });
    expect(owner.match('sale')).toBeUndefined();
  });

  it('forgets one that is removed', () => {
    owner.remove(eu);
    expect(owner.get('sales/eu-1')).toBeUndefined();
    expect(owner.hybridConnections).toEqual([sales]);
  });

  it('is named on the backplane in lower case', () => {
    expect(sales.backplanePath).toBe('relay.example/sales');
  });
});
