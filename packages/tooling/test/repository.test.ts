/**
 * What holds for the repository as a whole.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packages, ROOT, repositoryFiles } from './repository.js';

describe('the files of the repository', () => {
  it('hold no path of the machine they were written on', () => {
    const own = [ROOT.replace(/[\\/]$/, ''), homedir()].filter((path) => path.length > '/root'.length);
    const typical = /(?<![\w.:/-])(?:\/(?:home|Users|root|work)\/[\w-]|[A-Z]:\\Users\\\w)/;
    const wrong = repositoryFiles().filter((path) => {
      const text = readFileSync(join(ROOT, path), 'latin1');
      return typical.test(text) || own.some((folder) => text.includes(folder));
    });
    expect(wrong).toEqual([]);
  });

  it('are none that a build, a test or an editor leaves', () => {
    const left =
      /(^|\/)(node_modules|dist|coverage|site)\/|\.(tsbuildinfo|tgz|log|tmp|swp|orig|rej)$|(^|\/)\.(DS_Store|env)$/;
    expect(repositoryFiles().filter((path) => left.test(path))).toEqual([]);
  });

  it.each([
    'node_modules/x',
    'packages/sas/node_modules/x',
    'packages/sas/dist/index.js',
    'packages/sas/dist/tsconfig.tsbuildinfo',
    'coverage/lcov.info',
    'docs/site/index.html',
    'data/keys.json',
    'hybridge-sas-0.0.0.tgz',
    'npm-debug.log',
  ])('never take in %s', (path) => {
    const { status } = spawnSync('git', ['check-ignore', '--quiet', '--no-index', path], { cwd: ROOT });
    expect(status).toBe(0);
  });
});

describe('the order of the tests', () => {
  it('begins with files that are there', () => {
    const order = readFileSync(join(ROOT, 'packages/tooling/longest-first.mjs'), 'utf8');
    const named = [...order.matchAll(/'(packages\/\S+)'/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

const all = packages().map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }));

describe('every package', () => {
  it.each(all)('says its licence: $name', ({ manifest }) => {
    expect(manifest.license).toBe('MIT');
  });

  it.each(all.filter(({ manifest }) => manifest.private !== true))(
    'that is published has a manual, and a sentence about itself: $name',
    ({ folder, manifest }) => {
      expect(existsSync(join(ROOT, folder, 'README.md'))).toBe(true);
      expect(manifest.description).toMatch(/^[A-Z].*\.$/);
    },
  );
});
