/**
 * How every package becomes JavaScript: ESM only, one file an entry. Declarations come from `tsc -b`.
 *
 * Run from the package's own folder. A package with more entries than `src/index.ts` names them on the command line.
 * @module
 */
import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/main.ts'].filter((entry) => existsSync(entry)),
  format: ['esm'],
  dts: false,
  sourcemap: true,
  target: 'node20',
  platform: 'node',
  silent: true,
});
