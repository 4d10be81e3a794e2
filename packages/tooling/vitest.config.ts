/**
 * How the whole workspace is tested. Packages are read from their sources, so a unit test needs no build;
 * tests that start the command as a process of its own use what the build made.
 * @module
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** How long one property may go on, in `npm run fuzz`; its test may have a few of them, and a counterexample. */
const fuzzMs = Number(process.env.HYBRIDGE_FUZZ_MS ?? 0);

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [{ find: /^@hybridge\/([^/]+)$/, replacement: at('../$1/src/index.ts') }],
  },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'packages/*/portal/src/**/*.test.ts'],
    pool: 'forks',
    // By default one processor is left alone; of the two that small machines have, that is half of the speed.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    setupFiles: [at('./fuzz/budget.ts')],
    testTimeout: fuzzMs === 0 ? 20_000 : 4 * fuzzMs + 300_000,
    hookTimeout: 60_000,
    reporters: ['default', at('./vitest-summary.mjs')],
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reporter: ['text-summary', 'lcov'] },
  },
});
