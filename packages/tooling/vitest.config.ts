/**
 * How the whole workspace is tested. Packages are read from their sources, so a unit test needs no build;
 * tests that start the command as a process of its own use what the build made.
 * @module
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import LongestFirst from './longest-first.mjs';

/** How long one property may go on, in `npm run fuzz`; its test may have a few of them, and a counterexample. */
const fuzzMs = Number(process.env.HYBRIDGE_FUZZ_MS ?? 0);

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@hybridge\/([^/]+)$/, replacement: at('../$1/src/index.ts') },
      // Only the tests that have properties load it.
      { find: /^fast-check$/, replacement: at('./fuzz/budget.ts') },
    ],
  },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'packages/*/portal/src/**/*.test.ts'],
    pool: 'forks',
    // A quarter of the tests' time is waiting, for processes, browsers and what must not happen.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    testTimeout: fuzzMs === 0 ? 60_000 : 4 * fuzzMs + 300_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
    // Long, for a machine that is slow or busy, and below the time of a test, so that who waits in vain says for what.
    expect: { poll: { timeout: 20_000, interval: 20 } },
    reporters: ['default', at('./vitest-summary.mjs')],
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reporter: ['text-summary', 'lcov'] },
  },
});
