import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pruneDist } from '../prune-dist.mjs';

describe('a package that is about to be packed', () => {
  let folder: string;
  const write = (path: string, text = '') => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hybridge-prune-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps what its sources account for, and nothing that an earlier build left', () => {
    const kept = {
      'src/index.ts': '',
      'src/a/b.ts': '',
      'dist/index.js': 'import { a } from "./chunk-AAAAAAAA.js";',
      'dist/chunk-AAAAAAAA.js': 'await import("./late-BBBBBBBB.js");',
      'dist/chunk-AAAAAAAA.js.map': '{}',
      'dist/late-BBBBBBBB.js': '',
      'dist/index.d.ts': '',
      'dist/a/b.d.ts.map': '{}',
      'dist/portal/portal.js': '',
    };
    for (const [path, text] of Object.entries(kept)) write(path, text);
    const left = [
      'chunk-CCCCCCCC.js',
      'chunk-CCCCCCCC.js.map',
      'old-process.js',
      'a/gone.d.ts',
      'b.d.ts.map',
    ];
    for (const path of left) write(`dist/${path}`, 'import "./chunk-AAAAAAAA.js";');

    expect(pruneDist(folder)).toEqual(expect.arrayContaining(left));
    expect(Object.keys(kept).filter((path) => !existsSync(join(folder, path)))).toEqual([]);
    expect(left.filter((path) => existsSync(join(folder, 'dist', path)))).toEqual([]);
  });
});
