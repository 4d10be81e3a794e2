import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSecret } from './secret.js';

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'secret');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

describe('a secret', () => {
  it('is the text itself, or stands in a variable or a file', () => {
    const file = fileOf(' in the file\n');
    expect(readSecret(' the text ', {})).toEqual({ value: 'the text', from: 'text' });
    expect(readSecret('env:A', { A: ' in the variable\n' })).toEqual({
      value: 'in the variable',
      from: 'env',
    });
    expect(readSecret(`file:${file}`, {})).toEqual({ value: 'in the file', from: 'file' });
    expect(readSecret(pathToFileURL(file).href, {})).toEqual({ value: 'in the file', from: 'file' });
  });

  it.each([
    ['env:NOWHERE', '"NOWHERE" is not set'],
    ['file:/no/where', 'cannot read the file "/no/where" (ENOENT)'],
    ['file://host:1/x', 'is not a file address of this machine'],
  ])('that %j does not give is wrong usage', (reference, message) => {
    expect(() => readSecret(reference, {})).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE', message: expect.stringContaining(message) }),
    );
  });

  it('is not an empty file', () => {
    expect(() => readSecret(`file:${fileOf(' \n')}`, {})).toThrow('is empty');
  });
});
