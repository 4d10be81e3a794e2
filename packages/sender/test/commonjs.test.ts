/** The package is of ES modules only; Node loads such from CommonJS as long as nothing in them awaits at the top. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('..', import.meta.url));
const isBuilt = ['sender', 'socket', 'protocol', 'sas'].every((name) =>
  existsSync(`${here}../${name}/dist/index.js`),
);

/** Runs a CommonJS script in the package's folder. @returns what it prints */
async function runCommonJs(script: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=commonjs', '--eval', script],
    { cwd: here },
  );
  expect(stderr).toBe('');
  return stdout;
}

// What the build makes is not there on a fresh clone; `npm test` builds first.
describe.skipIf(!isBuilt)('an application of CommonJS modules', () => {
  it('can require() the sender', async () => {
    expect(await runCommonJs("console.log(typeof require('@hybridge/sender').connect)")).toBe('function\n');
  });

  it('can connect with it, and the process ends by itself', async () => {
    const script = `
      const { connect } = require('@hybridge/sender');
      const socket = connect({ endpoint: 'ws://127.0.0.1:1', entityPath: 'sql', keyName: 'send', key: 'secret' });
      socket.on('error', (error) => console.log(error.code, error.syscall, error.message.includes('secret')));
    `;
    expect(await runCommonJs(script)).toBe('ECONNREFUSED connect false\n');
  });
});
