/**
 * What an application asks for, and which hybrid connection that is, or nearly is.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { matchConnection } from './match.js';

const RELAY = { namespace: 'relay.test' };
const CONNECTIONS = [
  { ...RELAY, host: 'sql01.corp.example', port: 1433, hybridConnection: 'payroll' },
  { ...RELAY, host: '10.1.2.3', port: 5432, hybridConnection: 'ledger' },
  { ...RELAY, host: 'files', port: 445, hybridConnection: 'files' },
  { ...RELAY, host: 'fd00::7', port: 389, hybridConnection: 'people' },
];
const match = (host: string, port: number, connections = CONNECTIONS) =>
  matchConnection({ host, port }, connections);

describe('an endpoint', () => {
  it.each([
    ['sql01.corp.example', 1433, 'payroll'],
    ['SQL01.Corp.Example.', 1433, 'payroll'],
    ['10.1.2.3', 5432, 'ledger'],
    ['FD00:0:0::0007', 389, 'people'],
  ])('%s:%i is that of %s', (host, port, hybridConnection) => {
    const { step, connection } = match(host, port);
    expect(connection?.hybridConnection).toBe(hybridConnection);
    expect(step).toMatchObject({ name: 'match', outcome: 'ok', detail: { hybridConnection } });
    expect(step.message).toContain(`is led through ${hybridConnection} on relay.test`);
  });

  it.each([
    [
      'sql01.corp.example',
      1434,
      'port',
      /port 1434 is asked for, and payroll is for port 1433 of that host/,
      /use sql01\.corp\.example:1433/,
    ],
    [
      '10.1.2.9',
      1433,
      'address instead of name',
      /the address 10\.1\.2\.9 is asked for, and payroll is for the name sql01\.corp\.example/,
      /compared as they are written/,
    ],
    [
      'ledger.corp.example',
      5432,
      'name instead of address',
      /the name .* is asked for, and ledger is for the address 10\.1\.2\.3/,
      /use 10\.1\.2\.3:5432/,
    ],
    [
      'sql01',
      1433,
      'short name',
      /the short name sql01 .* the full name sql01\.corp\.example/,
      /use sql01\.corp/,
    ],
    ['files.corp.example', 445, 'short name', /the full name .* the short name files/, /use files:445/],
    [
      'sql01.corp.exmaple',
      1433,
      'spelling',
      /payroll is for sql01\.corp\.example: a slip/,
      /use sql01\.corp/,
    ],
    ['filse', 445, 'spelling', /files is for files: a slip/, /use files:445/],
    ['sql01.hq.local', 1433, 'domain', /in another domain/, /use sql01\.corp/],
    ['sql01', 1434, 'short name', /full name sql01\.corp\.example, and for port 1433/, /:1433/],
  ])('%s:%i is missed by its %s', (host, port, difference, message, advice) => {
    const { step, connection } = match(host, port);
    expect(connection).toBeUndefined();
    expect(step).toMatchObject({ outcome: 'failed', detail: { near: [{ difference }] } });
    expect(step.message).toMatch(message);
    expect(step.advice).toMatch(advice);
  });

  it('that is near nothing is told what there is', () => {
    const { step } = match('mail.other.example', 25);
    expect(step.message).toBe(
      'no hybrid connection is for mail.other.example:25; there are some for sql01.corp.example:1433, 10.1.2.3:5432, files:445, [fd00::7]:389',
    );
    expect(step.advice).toMatch(/Create a hybrid connection with the endpoint mail\.other\.example:25/);
  });

  it('is told that there are none', () => {
    expect(match('sql01', 1433, []).step).toMatchObject({
      outcome: 'failed',
      message: 'no hybrid connection is configured',
    });
  });

  it('of several hybrid connections is that of the first', () => {
    const twice = [...CONNECTIONS, { ...CONNECTIONS[0]!, hybridConnection: 'second' }];
    const { connection, step } = match('sql01.corp.example', 1433, twice);
    expect(connection?.hybridConnection).toBe('payroll');
    expect(step.message).toMatch(/the first of 2/);
  });
});
