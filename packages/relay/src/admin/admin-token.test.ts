import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOrMakeToken } from './admin-token.js';

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'relay-keys-')), 'data');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true }));

const isPosix = process.platform !== 'win32';

describe('the token of the admin port', () => {
  it('is made once and kept', async () => {
    const path = join(dir, 'admin.token');
    const token = await loadOrMakeToken(path);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(await loadOrMakeToken(path)).toBe(token);
    expect(readFileSync(path, 'utf8')).toBe(`${token}\n`);
    if (isPosix) expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('may be somebody’s own', async () => {
    await loadOrMakeToken(join(dir, 'admin.token'));
    writeFileSync(join(dir, 'admin.token'), 'mine\n');
    expect(await loadOrMakeToken(join(dir, 'admin.token'))).toBe('mine');
  });

  it('is not made over a file that is empty or cannot be read', async () => {
    const path = join(dir, 'admin.token');
    await loadOrMakeToken(path);
    writeFileSync(path, '\n');
    await expect(loadOrMakeToken(path)).rejects.toThrow('is empty');
    await expect(loadOrMakeToken(dir)).rejects.toThrow('EISDIR');
  });
});
