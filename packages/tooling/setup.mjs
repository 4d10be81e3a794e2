/** Installs what the lock file names and builds every package: all that a fresh clone needs, and quick the second time. */
import { build } from './build.mjs';
import { runPnpm } from './pnpm.mjs';

const start = performance.now();
const say = (what) => process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s  ${what}\n`);

say('Installing packages');
const code = runPnpm(['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=error']);
if (code !== 0) {
  say('The installation failed; the lines above say why');
  process.exit(code);
}
say('Building');
if (!(await build())) {
  say('The build failed; the lines above say why');
  process.exit(1);
}
say('Set up');
