import { describe, expect, it } from 'vitest';
import { packages, read, repositoryFiles } from './repository.js';

const published = packages().filter(({ manifest }) => manifest.private !== true);
const sources = repositoryFiles().filter(
  (path) =>
    /^packages\/[^/]+\/src\/.+(?<!\.test)\.ts$/.test(path) &&
    published.some(({ folder }) => path.startsWith(`${folder}/`)),
);

/** Words of ours; Node's begin in the same way. */
const OURS = /['`](ERR_(?:RELAY|SAS|MANAGER|REDIRECT|ADMIN|SECRET|INSTALL|USAGE)(?:_[A-Z]+)*)['`]/g;

const codes = new Set(sources.flatMap((path) => [...read(path).matchAll(OURS)].map(([, code]) => code!)));
const documented = new Set(read('docs/errors.md').match(/ERR_[A-Z_]+/g));

describe('the codes of errors', () => {
  it('are all explained in docs/errors.md, and no others are', () => {
    expect(codes.size).toBeGreaterThan(20);
    expect([...codes].filter((code) => !documented.has(code))).toEqual([]);
    expect([...documented].filter((code) => !codes.has(code))).toEqual([]);
  });
});
