import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOpenToOthers, resolveSecret } from './secret.js';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hybridge-secret-'));
  writeFileSync(join(directory, 'key'), '  Endpoint=sb://a/\n');
  writeFileSync(join(directory, 'empty'), '\n');
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('a secret', () => {
  it('may stand in the text itself', () => {
    expect(resolveSecret(' Endpoint=sb://a/ ')).toEqual({ value: 'Endpoint=sb://a/', from: 'text' });
  });

  it('may come from the environment', () => {
    const env = { KEY: 'Endpoint=sb://a/' };
    expect(resolveSecret('env:KEY', { env })).toEqual({ value: 'Endpoint=sb://a/', from: 'env' });
  });

  it('may come from a file, relative to where the reference stands', () => {
    expect(resolveSecret('file:key', { directory })).toEqual({
      value: 'Endpoint=sb://a/',
      from: 'file',
      file: join(directory, 'key'),
    });
  });

  it('may come from a file with an absolute path or address', () => {
    const file = join(directory, 'key');
    expect(resolveSecret(`file:${file}`).value).toBe('Endpoint=sb://a/');
    expect(resolveSecret(pathToFileURL(file).href).value).toBe('Endpoint=sb://a/');
  });

  it.each([
    ['env:NOT_THERE', 'the environment variable "NOT_THERE" is not set'],
    ['env:EMPTY', 'the environment variable "EMPTY" is not set'],
    ['file:not-there', '(ENOENT)'],
    ['file:empty', 'is empty'],
    ['file://other.example/key', 'is not a file address of this machine'],
  ])('that %s refers to in vain is an error of its own', (reference, message) => {
    const read = () => resolveSecret(reference, { directory, env: { EMPTY: ' ' } });
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_SECRET' }));
    expect(read).toThrow(message);
  });
});

describe.skipIf(process.platform === 'win32')('a file with secrets', () => {
  it.each([
    [0o600, false],
    [0o400, false],
    [0o640, true],
    [0o604, true],
  ])('of mode %o: is it open to others?', (mode, open) => {
    const file = join(directory, 'key');
    chmodSync(file, mode);
    expect(isOpenToOthers(file)).toBe(open);
  });
});
