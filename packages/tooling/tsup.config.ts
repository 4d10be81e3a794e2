/**
 * How every package becomes JavaScript: ESM only, one file an entry. Declarations come from `tsc -b`.
 *
 * Run from the package's own folder. Entries are `src/index.ts`, a command's `src/main.ts`, and each
 * `src/*-process.ts`, which is started as a process of its own.
 * @module
 */
import { readdirSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: readdirSync('src')
    .filter((file) => /^(index|main|.+-process)\.ts$/.test(file))
    .map((file) => `src/${file}`),
  format: ['esm'],
  dts: false,
  sourcemap: true,
  target: 'node20',
  platform: 'node',
  silent: true,
});
