import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { readConnectArguments } from './connect-arguments.js';

const done = () => undefined;

describe('the arguments of connect()', () => {
  it.each<[unknown[], [string, number, boolean]]>([
    [[1433], ['localhost', 1433, false]],
    [
      [1433, done],
      ['localhost', 1433, true],
    ],
    [
      [1433, 'sql01'],
      ['sql01', 1433, false],
    ],
    [
      ['1433', 'sql01', done],
      ['sql01', 1433, true],
    ],
    [[{ port: 1433 }], ['localhost', 1433, false]],
    [
      [{ port: '1433', host: 'sql01' }, done],
      ['sql01', 1433, true],
    ],
    [[[{ port: 1433, host: 'sql01' }, done]], ['sql01', 1433, true]],
    [[[{ port: 1433, host: 'sql01' }, null]], ['sql01', 1433, false]],
    [[{ port: 1433, host: '' }], ['localhost', 1433, false]],
    [[{ port: 1433, host: 'sql01', path: null }], ['sql01', 1433, false]],
  ])('%j are a TCP connection', (args, [host, port, hasCallback]) => {
    const read = readConnectArguments(args);
    expect(read).toMatchObject({ host, port });
    expect(read?.onConnect !== undefined).toBe(hasCallback);
  });

  it.each<[unknown[]]>([
    [[]],
    [['/run/sql.sock']],
    [[{ path: '/run/sql.sock' }]],
    [[{ path: '/run/sql.sock', port: 1433 }]],
    [[{ host: 'sql01' }]],
    [[{ port: 70_000 }]],
    [[{ port: 'sql' }]],
    [[{ port: 1433, host: 7 }]],
  ])('%j are left to Node', (args) => {
    expect(readConnectArguments(args)).toBeUndefined();
  });

  it('are read as net.connect() hands them on', () => {
    let args: unknown[] = [];
    class Recorder extends net.Socket {
      override connect(...given: unknown[]): this {
        args = given;
        return this;
      }
    }
    const recorder = new Recorder();
    const normalized = (net as unknown as { _normalizeArgs(args: unknown[]): unknown })._normalizeArgs([
      1433,
      'sql01',
    ]);
    recorder.connect(normalized);
    expect(readConnectArguments(args)).toMatchObject({ host: 'sql01', port: 1433 });
  });
});
