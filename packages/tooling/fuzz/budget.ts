/**
 * fast-check, as all tests here have it (vitest.config.ts), with how long properties are tried. In `npm test` it is a moment, in `npm run fuzz` as long as was asked for; the
 * properties are the same, and none sets a number of runs of its own.
 *
 * The clock is asked between two runs only. A run that does not come back is no success: an asynchronous one fails
 * after {@link RUN_TIMEOUT_MS}, and one that keeps the thread busy is ended by whoever started the tests.
 * @module
 */
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { default as FastCheck, Plugin } from 'fast-check';
import { expect } from 'vitest';

// Not by `import`, which would lead back to here.
const fc: typeof FastCheck = createRequire(import.meta.url)('fast-check').default;
export default fc;

/** In `npm test`: enough to notice what is broken, few enough that nobody waits. */
const TEST_RUNS = 200;
const TEST_MS = 800;
/** How long a run may take. Most take less than a millisecond, those with sockets less than a second. */
const RUN_TIMEOUT_MS = 15_000;
/** How long a counterexample is made smaller. */
const SHRINK_MS = 45_000;

/** What `packages/tooling/fuzz/main.mjs` sets. */
const { HYBRIDGE_FUZZ_MS, HYBRIDGE_FUZZ_SEED, HYBRIDGE_FUZZ_PATH, HYBRIDGE_FUZZ_JOURNAL } = process.env;
const fuzzing = HYBRIDGE_FUZZ_MS !== undefined;
const budgetMs = fuzzing ? Number(HYBRIDGE_FUZZ_MS) : TEST_MS;

/** A line for the one who started the tests. */
function tell(line: object): void {
  if (HYBRIDGE_FUZZ_JOURNAL === undefined) return;
  const test = expect.getState().currentTestName ?? '';
  appendFileSync(HYBRIDGE_FUZZ_JOURNAL, `${JSON.stringify({ test, ...line })}\n`);
}

/** Ends the runs when the time is over, but makes a counterexample smaller first. */
const withinBudget: Plugin<unknown> = () => {
  let stopAt = performance.now() + budgetMs;
  let runs = 0;
  let failed = false;
  const note = <Outcome extends object | null>(outcome: Outcome): Outcome => {
    if (!failed && outcome !== null && 'error' in outcome) {
      failed = true;
      stopAt = performance.now() + SHRINK_MS;
    }
    return outcome;
  };
  tell({ began: true });
  return {
    decorateRun: (run) => (value) => {
      if (runs > 0 && performance.now() > stopAt) return new fc.PreconditionFailure(true);
      runs += 1;
      const outcome = run(value);
      return outcome !== null && 'then' in outcome ? outcome.then(note) : note(outcome);
    },
    onAllRunsComplete: ({ seed, counterexamplePath, ...details }) => {
      tell({ runs, ...(details.failed && { failed: true, seed, path: counterexamplePath }) });
    },
  };
};

// The first one is the outermost, and sees what the second makes of a run that takes too long.
fc.installGlobalPlugin(withinBudget);
fc.installGlobalPlugin(fc.timeout(RUN_TIMEOUT_MS));
fc.configureGlobal({
  numRuns: fuzzing ? 2 ** 31 - 1 : TEST_RUNS,
  ...(HYBRIDGE_FUZZ_SEED !== undefined && { seed: Number(HYBRIDGE_FUZZ_SEED) }),
  ...(HYBRIDGE_FUZZ_PATH !== undefined && { path: HYBRIDGE_FUZZ_PATH }),
});
