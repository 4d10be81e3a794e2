import { describe, expect, it } from 'vitest';
import { packages, read, repositoryFiles } from './repository.js';

const published = packages().filter(({ manifest }) => manifest.private !== true);
const sources = repositoryFiles().filter(
  (path) =>
    /^packages\/[^/]+\/src\/.+(?<!\.test)\.ts$/.test(path) &&
    published.some(({ folder }) => path.startsWith(`${folder}/`)),
);

/** Every word of this form, ours or not. */
const ANY = /['`](ERR_[A-Z]+(?:_[A-Z]+)*)['`]/g;

/** Words of others that our code knows, or uses as they do. */
const OF_OTHERS = [
  /^ERR_(?:HTTP|STREAM|TLS|INVALID)_/, // Node's
  /^ERR_(?:OUT_OF_RANGE|INTERNAL)$/, // Node's
  /^ERR_JOSE_/,
];

const words = new Set(sources.flatMap((path) => [...read(path).matchAll(ANY)].map(([, code]) => code!)));
const codes = new Set([...words].filter((code) => !OF_OTHERS.some((others) => others.test(code))));
const documented = new Set(read('docs/errors.md').match(/ERR_[A-Z_]+/g));

describe('the codes of errors', () => {
  it('are all explained in docs/errors.md, and no others are', () => {
    expect(codes.size).toBeGreaterThan(20);
    expect([...codes].filter((code) => !documented.has(code))).toEqual([]);
    expect([...documented].filter((code) => !codes.has(code))).toEqual([]);
  });
});
