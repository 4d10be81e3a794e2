import { describe, expect, it, vi } from 'vitest';
import type { Route } from './route.js';
import { RouteTable } from './route-table.js';

function route(host: string, port: number, hybridConnection = 'sql'): Route {
  const never = () => {
    throw new Error('nobody opens it here');
  };
  return { host, port, hybridConnection, namespace: 'relay.example.net', open: never, openChannel: never };
}

describe('a table of routes', () => {
  it('finds the route of an endpoint, however its host is written', () => {
    const sql = route('sql01.corp.example', 1433);
    const table = new RouteTable([sql]);
    expect(table.find('sql01.corp.example', 1433)).toBe(sql);
    expect(table.find('SQL01.corp.example.', 1433)).toBe(sql);
  });

  it('finds it by the virtual address of the name', () => {
    const sql = route('sql01.corp.example', 1433);
    const table = new RouteTable([sql]);
    expect(table.find(table.virtualAddress('sql01.corp.example')!, 1433)).toBe(sql);
  });

  it('finds it by IP address', () => {
    const sql = route('10.0.0.7', 1433);
    const table = new RouteTable([sql, route('fd00::7', 5432)]);
    expect(table.find('10.0.0.7', 1433)).toBe(sql);
    expect(table.find('::ffff:10.0.0.7', 1433)).toBe(sql);
    expect(table.find('fd00:0::7', 5432)).toBeDefined();
  });

  it('finds nothing at another port, and knows the host nevertheless', () => {
    const table = new RouteTable([route('sql01.corp.example', 1433)]);
    expect(table.find('sql01.corp.example', 80)).toBeUndefined();
    expect(table.hasHost('sql01.corp.example')).toBe(true);
    expect(table.portsOf('sql01.corp.example')).toEqual([1433]);
  });

  it('knows nothing of other hosts', () => {
    const table = new RouteTable([route('sql01.corp.example', 1433)]);
    expect(table.find('sql02.corp.example', 1433)).toBeUndefined();
    expect(table.hasHost('127.0.0.1')).toBe(false);
    expect(table.virtualAddress('sql02.corp.example')).toBeUndefined();
  });

  it('takes the first of two routes to one endpoint', () => {
    const table = new RouteTable([route('sql01', 1433, 'first'), route('SQL01', 1433, 'second')]);
    expect(table.routes.map(({ hybridConnection }) => hybridConnection)).toEqual(['first']);
  });

  it('tells when its routes are exchanged', () => {
    const table = new RouteTable([route('sql01', 1433)]);
    const onChange = vi.fn();
    table.on('change', onChange);
    table.replace([route('sql02', 1433)]);
    expect(onChange).toHaveBeenCalledOnce();
    expect(table.hosts).toEqual(['sql02']);
    expect(table.find('sql01', 1433)).toBeUndefined();
  });

  it('gives a name the address that it had, and never that of a name which is gone', () => {
    const table = new RouteTable([route('sql01', 1433)], { virtualAddresses: '127.99.8.0/24' });
    const address = table.virtualAddress('sql01')!;
    table.replace(Array.from({ length: 200 }, (_, index) => route(`host-${index}`, 1433)));
    expect(table.hosts.map((host) => table.virtualAddress(host))).not.toContain(address);
    expect(table.find(address, 1433)).toBeUndefined();
    expect(table.hostOf(address)).toBe('sql01');
    table.replace([route('sql01', 1433)]);
    expect(table.virtualAddress('sql01')).toBe(address);
  });
});
