import { describe, expect, it } from 'vitest';
import { withChangedConnection, withConnection, withoutConnection } from './config-edit.js';

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

  it('has one changed where it stands, with what is said of it', () => {
    const changed = { connectionString: 'file:new.txt', endpoint: 'sql02:1433', name: null };
    expect(withChangedConnection(FILE, 0, changed)).toBe(
      FILE.replace('file:north.txt', 'file:new.txt').replace('sql01', 'sql02'),
    );
    expect(withChangedConnection(FILE, 1, { name: 'deep south', endpoint: 'sql03:1433' })).toBe(
      FILE.replace('name: south', 'name: deep south').replace(
        'env:SOUTH\n',
        'env:SOUTH\n    endpoint: sql03:1433\n',
      ),
    );
    expect(withChangedConnection(FILE, 0, { endpoint: null })).toBe(
      FILE.replace('    endpoint: "sql01:1433"\n', ''),
    );
  });

  it('has one changed, and not what refers to it', () => {
    const text = `connections:
  - connectionString: file:a.txt
    endpoint: &sql sql01:1433 # ours
  - connectionString: file:b.txt
    endpoint: *sql
`;
    expect(withChangedConnection(text, 0, { endpoint: 'sql02:1433' })).toBe(`connections:
  - connectionString: file:a.txt
    endpoint: sql02:1433
  - connectionString: file:b.txt
    endpoint: &sql sql01:1433 # ours
`);
    expect(withChangedConnection(text, 1, { endpoint: 'sql02:1433' })).toBe(
      text.replace('*sql', 'sql02:1433'),
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
    const changed = withChangedConnection(edited, 0, { endpoint: 'web:80' });
    expect(changed).toContain('\n\t\t\t"connectionString": "env:WEB",\n\t\t\t"endpoint": "web:80"\n');
    expect(withChangedConnection(changed, 0, { endpoint: null })).toBe(edited);
    expect(JSON.parse(withoutConnection(edited, 0))).toEqual({ targetTimeoutMs: 5_000, connections: [] });
  });
});
