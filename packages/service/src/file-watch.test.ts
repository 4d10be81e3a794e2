import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FileWatch } from './file-watch.js';

let folder: string;
let path: string;
const onChange = vi.fn();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hybridge-watch-'));
  path = join(folder, 'a.yaml');
  onChange.mockReset();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const watching = (...paths: string[]) => {
  const watch = new FileWatch(paths, { onChange, pollMs: 20, quietMs: 10 });
  onTestFinished(() => watch.close());
  return watch;
};

describe('a file that is watched', () => {
  it('is noticed when it is written', async () => {
    writeFileSync(path, 'one');
    watching(path);
    writeFileSync(path, 'another');
    await expect.poll(() => onChange).toHaveBeenCalled();
  });

  it('is noticed when another takes its place', async () => {
    writeFileSync(path, 'one');
    watching(path);
    writeFileSync(join(folder, 'new'), 'two');
    renameSync(join(folder, 'new'), path);
    await expect.poll(() => onChange).toHaveBeenCalled();
  });

  it('is noticed when it comes with its folder, and when it goes', async () => {
    const later = join(folder, 'later', 'a.yaml');
    watching(later);
    mkdirSync(join(folder, 'later'));
    writeFileSync(later, 'one');
    await expect.poll(() => onChange).toHaveBeenCalledTimes(1);
    rmSync(later);
    await expect.poll(() => onChange).toHaveBeenCalledTimes(2);
  });

  it('is not, when something else in its folder changes', async () => {
    writeFileSync(path, 'one');
    const other = join(folder, 'b.yaml');
    watching(path);
    const seen = vi.fn();
    const control = new FileWatch([other], { onChange: seen, pollMs: 20, quietMs: 10 });
    onTestFinished(() => control.close());
    writeFileSync(other, 'one');
    await expect.poll(() => seen).toHaveBeenCalled();
    expect(onChange).not.toHaveBeenCalled();
  });
});
