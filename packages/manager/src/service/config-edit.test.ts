import { describe, expect, it } from 'vitest';
import { withConnection, withoutConnection } from './config-edit.js';

const FILE = `# what this network offers
proxy: http://proxy.corp.example:3128 # of the data centre
connections:
  # the payroll of the north
  - connectionString: file:north.txt
    endpoint: "sql01:1433"

  - name: south # not the default
    connectionString: env:SOUTH
targetTimeoutMs: 5000
`;

describe('a configuration in YAML', () => {
  it('gets a connection at the end, and keeps its comments and its order', () => {
    const edited = withConnection(FILE, {
      connectionString: 'file:web.txt',
      endpoint: 'web:80',
      name: 'web',
    });
    expect(edited).toBe(
      FILE.replace(
        'targetTimeoutMs',
        '  - name: web\n    connectionString: file:web.txt\n    endpoint: web:80\ntargetTimeoutMs',
      ),
    );
  });

  it('loses one, and nothing else', () => {
    expect(withoutConnection(FILE, 1)).toBe(
      FILE.replace('\n  - name: south # not the default\n    connectionString: env:SOUTH\n', ''),
    );
  });

  it.each(['', '# nothing yet\n', 'connections: []\n', 'connections:\n', '{}\n'])(
    'that is %j gets its first, and can lose it again',
    (text) => {
      const edited = withConnection(text, { connectionString: 'file:web.txt' });
      expect(edited).toContain('file:web.txt');
      if (text.startsWith('#')) expect(edited).toContain('# nothing yet');
      const emptied = withoutConnection(edited, 0);
      expect(emptied).toMatch(/connections["]?: \[\]/);
      expect(withConnection(emptied, { connectionString: 'file:web.txt' })).toContain('file:web.txt');
    },
  );

  it('keeps what others refer to when the one goes where it stood', () => {
    const text = `connections:
  - connectionString: file:a.txt
    endpoint: &sql sql01:1433
  - connectionString: file:b.txt
    endpoint: *sql
  - connectionString: file:c.txt
    endpoint: *sql
`;
    expect(withoutConnection(text, 0)).toBe(`connections:
  - connectionString: file:b.txt
    endpoint: &sql sql01:1433
  - connectionString: file:c.txt
    endpoint: *sql
`);
    expect(withoutConnection(text, 1)).toBe(
      text.replace('  - connectionString: file:b.txt\n    endpoint: *sql\n', ''),
    );
  });

  it('keeps the ends of lines that an editor on Windows made', () => {
    const text = FILE.replaceAll('\n', '\r\n');
    expect(withoutConnection(text, 1)).toBe(withoutConnection(FILE, 1).replaceAll('\n', '\r\n'));
  });

  it('writes what could be read as something else in quotes', () => {
    const edited = withConnection('', { connectionString: 'a: b # c', endpoint: '[::1]:80', name: 'true' });
    expect(edited).toBe(
      'connections:\n  - name: "true"\n    connectionString: "a: b # c"\n    endpoint: "[::1]:80"\n',
    );
  });
});

describe('a configuration in JSON', () => {
  it('stays JSON, with its indentation', () => {
    const text = '{\n\t"targetTimeoutMs": 5000,\n\t"connections": []\n}\n';
    const edited = withConnection(text, { connectionString: 'env:WEB' });
    expect(edited).toContain('\n\t"connections": [\n\t\t{\n\t\t\t"connectionString": "env:WEB"\n');
    expect(JSON.parse(withoutConnection(edited, 0))).toEqual({ targetTimeoutMs: 5_000, connections: [] });
  });
});
