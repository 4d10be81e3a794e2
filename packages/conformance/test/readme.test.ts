import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireBuild } from '../src/processes.js';
import { startPglite } from '../src/services/pglite.js';
import type { Service } from '../src/services/service.js';
import { Tunnel } from '../src/tunnel.js';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
/** The first block of JavaScript. */
const program = /^```(?:js|javascript|mjs)\n(.*?)^```$/ms.exec(readme)?.[1];

requireBuild();

describe.skipIf(program === undefined)('the first block of the README', () => {
  let database: Service;
  let tunnel: Tunnel;

  beforeAll(async () => {
    database = await startPglite();
    tunnel = await Tunnel.open(database);
  });
  afterAll(async () => {
    await tunnel?.close();
    await database?.stop();
  });

  it('runs as it stands, and exits by itself', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program!], {
      cwd: HERE, // where `pg` and `@hybridge/sender` are installed
      env: {
        ...process.env,
        HYBRIDGE_CONNECTION_STRING: tunnel.connectionString,
        PGUSER: database.user,
        PGPASSWORD: 'unused',
        PGDATABASE: database.database,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      errors += text;
    });
    const [code] = await once(child, 'exit');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain('PostgreSQL');
  });
});
