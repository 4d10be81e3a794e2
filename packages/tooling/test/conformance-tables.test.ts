import { describe, expect, it } from 'vitest';
import { formatTable, tablesOf } from '../conformance/tables.mjs';

type State = 'passed' | 'failed' | 'skipped';
const test = (file: string, suites: string[], state: State = 'passed') => ({
  file,
  suites,
  title: '',
  state,
});

describe('the matrix of the conformance suites', () => {
  it('has a table for each listener, a column for each sender and a row for each facet', () => {
    const tables = tablesOf([
      test('relay', ['in plain text', 'Hybridge ← hyco-ws', 'messages']),
      test('relay', ['in plain text', 'Hybridge ← hyco-ws', 'messages', 'deeper'], 'failed'),
      test('relay', ['in plain text', 'Hybridge ← plain ws', 'text'], 'skipped'),
      test('browser', ['a browser', 'in plain text', 'Hybridge ← Chromium', 'messages']),
      test('http-suites', ['hyco-https ← fetch', 'methods']),
    ]);
    expect(tables.map(formatTable)).toEqual([
      [
        'WebSockets in plain text, listener Hybridge',
        '            hyco-ws  plain ws  Chromium',
        '  messages    ✗ 1/2         –       1/1',
        '  text            –   skipped         –',
      ].join('\n'),
      ['HTTP through a relay, listener hyco-https', '           fetch', '  methods    1/1'].join('\n'),
    ]);
  });

  it('has tables for what is no pairing', () => {
    const tables = tablesOf([
      test('quirks/java', ['its sessions']),
      test('socket-net', ['net.Socket', 'closing', 'twice']),
      test('drivers-postgres', ['PostgreSQL through a tunnel', 'pg with TLS']),
      test('bulk', []),
    ]);
    expect(tables.map(({ title, columns, rows }) => [title, columns[0], rows[0]!.name])).toEqual([
      ['Quirks of each client', 'tests', 'java'],
      ['Behaviour of a socket', 'net.Socket', 'closing'],
      ['Drivers', 'PostgreSQL', 'pg with TLS'],
      ['Everything else', 'tests', 'bulk'],
    ]);
  });
});
