import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadManagerConfig } from './config-file.js';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
const LISTEN = `Endpoint=sb://relay.example.net/;SharedAccessKeyName=l;SharedAccessKey=${KEY};EntityPath=sql`;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hybridge-file-'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function file(text: string, mode = 0o600): string {
  const path = join(directory, 'manager.yaml');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a manager's configuration file", () => {
  it('is YAML', () => {
    const path = file(`connections:\n  - connectionString: ${LISTEN}\n    endpoint: db.corp.example:5432\n`);
    expect(loadManagerConfig(path)).toMatchObject({
      connections: [{ name: 'sql', target: { host: 'db.corp.example', port: 5432 } }],
      warnings: [],
    });
  });

  it('is JSON', () => {
    const path = file(JSON.stringify({ connections: [{ connectionString: LISTEN, endpoint: 'a:1' }] }));
    expect(loadManagerConfig(path).connections).toHaveLength(1);
  });

  it('has paths relative to its own folder', () => {
    writeFileSync(join(directory, 'sql.key'), LISTEN, { mode: 0o600 });
    const path = file('connections: [{ connectionString: file:sql.key, endpoint: a:1 }]', 0o644);
    expect(loadManagerConfig(path)).toMatchObject({
      connections: [{ connectionString: LISTEN }],
      warnings: [],
    });
  });

  it.skipIf(process.platform === 'win32')('with keys in it should not be open to others', () => {
    const path = file(`connections: [{ connectionString: "${LISTEN}", endpoint: a:1 }]`, 0o644);
    expect(loadManagerConfig(path).warnings).toEqual([
      `${path} holds a key and is open to others: chmod 600 ${path}`,
    ]);
  });

  it.each([
    ['', 'Invalid input: expected object, received null'],
    ['connections: [', 'is not YAML at line 1, column '],
    [`connections:\n\t- ${KEY}`, 'is not YAML at line 2, column 1 ('],
    [`connections: }${KEY}`, 'is not YAML at line 1'],
    [
      `connections: *${KEY.slice(0, 20)}`,
      'is not YAML that can be used: it refers to an anchor that is not there',
    ],
    [
      ['a: &a [x,x,x,x,x]', 'b: &b [*a,*a,*a,*a,*a]', 'c: &c [*b,*b,*b,*b,*b]', 'd: [*c,*c,*c]'].join('\n'),
      'is not YAML that can be used: its aliases come to too much',
    ],
  ])('that reads %j is refused in one line with the place, and without the text', (text, message) => {
    const load = () => loadManagerConfig(file(text));
    expect(load).toThrow(expect.objectContaining({ code: 'ERR_MANAGER_CONFIG' }));
    expect(load).toThrow(`manager.yaml: ${message}`);
    expect(load).not.toThrow(/\n/);
    expect(load).not.toThrow(KEY.slice(0, 20));
  });

  it('that does not exist is named', () => {
    expect(() => loadManagerConfig(join(directory, 'no.yaml'))).toThrow(
      /no\.yaml: cannot be read \(ENOENT\)$/,
    );
  });
});
