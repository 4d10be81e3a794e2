import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSmallFile } from './small-file.js';

function place(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'small-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

describe('a file that somebody names', () => {
  it('is read whole, up to a limit', () => {
    const path = place('text');
    const text = 'ä'.repeat(50_000);
    writeFileSync(path, text);
    expect(readSmallFile(path, { maxBytes: 100_000 })).toBe(text);
    const tooLarge = expect.objectContaining({ code: 'EFBIG' });
    expect(() => readSmallFile(path, { maxBytes: 99_999 })).toThrow(tooLarge);
  });

  it.skipIf(process.platform === 'win32')('is left when it does not end', () => {
    const tooLarge = expect.objectContaining({ code: 'EFBIG' });
    expect(() => readSmallFile('/dev/zero')).toThrow(tooLarge);
  });

  it.skipIf(process.platform === 'win32')('is left when it is a pipe to which nobody writes', () => {
    const path = place('pipe');
    execFileSync('mkfifo', [path]);
    const late = expect.objectContaining({ code: 'ETIMEDOUT' });
    expect(() => readSmallFile(path, { patienceMs: 1 })).toThrow(late);
  });

  it.skipIf(process.platform === 'win32')('may be a pipe whose other end takes its time', () => {
    const path = place('pipe');
    execFileSync('mkfifo', [path]);
    spawn('sh', ['-c', 'sleep 0.1; { echo one; sleep 0.1; echo two; } >"$0"', path], { stdio: 'ignore' });
    expect(readSmallFile(path, { patienceMs: 10_000 })).toBe('one\ntwo\n');
  });

  it.each([
    ['a folder', '', 'EISDIR'],
    ['nothing', 'missing', 'ENOENT'],
  ])('is not %s', (_, name, code) => {
    expect(() => readSmallFile(place(name))).toThrow(expect.objectContaining({ code }));
  });
});
