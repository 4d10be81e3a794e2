import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyVault, loadOrMakeToken } from './key-vault.js';

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'relay-keys-')), 'data');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true }));

const isPosix = process.platform !== 'win32';

describe('keys that nobody chose', () => {
  it('are the same after a restart', async () => {
    const first = await KeyVault.open(dir);
    const keys = first.keysOf('Relay.example', 'Sql', 'sender');
    await first.save();
    const second = await KeyVault.open(dir);
    expect(second.keysOf('relay.example', 'sql', 'sender')).toEqual(keys);
  });

  it('are two, and differ from policy to policy', async () => {
    const vault = await KeyVault.open(undefined);
    const pairs = [
      vault.keysOf('a', undefined, 'root'),
      vault.keysOf('a', 'sql', 'root'),
      vault.keysOf('a', 'sql', 'sender'),
      vault.keysOf('b', 'sql', 'sender'),
    ];
    const keys = pairs.flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey]);
    expect(new Set(keys).size).toBe(8);
    for (const key of keys) expect(Buffer.from(key, 'base64')).toHaveLength(32);
  });

  it.runIf(isPosix)('lie in a file and a folder that only the owner can read', async () => {
    const vault = await KeyVault.open(dir);
    vault.keysOf('a', 'sql', 'sender');
    await vault.save();
    expect(readdirSync(dir)).toEqual(['keys.json']);
    expect(statSync(join(dir, 'keys.json')).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  it('are kept when two processes make some at the same time', async () => {
    const [one, two] = await Promise.all([KeyVault.open(dir), KeyVault.open(dir)]);
    const made = [one.keysOf('a', 'sql', 'sender'), two.keysOf('a', 'web', 'sender')];
    await one.save();
    await two.save();
    const kept = await KeyVault.open(dir);
    expect([kept.keysOf('a', 'sql', 'sender'), kept.keysOf('a', 'web', 'sender')]).toEqual(made);
  });

  it('write no file when there are none', async () => {
    const vault = await KeyVault.open(dir);
    await vault.save();
    expect(() => readdirSync(dir)).toThrow('ENOENT');
  });

  it.each(['', 'x', '{}', '{"version":2,"keys":{}}', '{"version":1,"keys":{"a":{}}}'])(
    'are not replaced when their file holds %j',
    async (text) => {
      const vault = await KeyVault.open(dir);
      vault.keysOf('a', 'sql', 'sender');
      await vault.save();
      writeFileSync(join(dir, 'keys.json'), text);
      await expect(KeyVault.open(dir)).rejects.toMatchObject({ code: 'ERR_RELAY_CONFIG' });
    },
  );
});

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
