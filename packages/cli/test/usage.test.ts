import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hybridge } from './hybridge-process.js';

describe('hybridge', () => {
  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    expect(await hybridge(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('says in one line what is wrong, with exit code 2', async () => {
    expect(await hybridge(['forward', '--listen', '0'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'hybridge: give --connection-string or set HYBRIDGE_CONNECTION_STRING\n',
    });
  });
});
