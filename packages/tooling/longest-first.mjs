/**
 * The order in which test files begin: the longest first, so that none of them is left to run alone at the end.
 *
 * Vitest knows how long a file took where it has run before, and goes by the size of files elsewhere. Some of the longest
 * are among the smallest: a suite that runs over several subjects, or waits for what a promise allows. They are named here.
 * @module
 */
import { BaseSequencer } from 'vitest/node';

/** Files that take ten seconds and more on two processors, the longest first. */
export const LONGEST = [
  'packages/conformance/test/state-kill.test.ts',
  'packages/conformance/test/bulk.test.ts',
  'packages/conformance/test/workers.test.ts',
  'packages/cli/test/manager-verbs.test.ts',
  'packages/bench/src/bench.test.ts',
  'packages/conformance/test/drivers-postgres.test.ts',
  'packages/conformance/test/browser.test.ts',
  'packages/conformance/test/examples.test.ts',
  'packages/conformance/test/three-processes.test.ts',
  'packages/conformance/test/manager-ui/process.test.ts',
  'packages/conformance/test/http-suites.test.ts',
  'packages/conformance/test/manager-ui/screens.test.ts',
  'packages/conformance/test/drivers-pretended.test.ts',
  'packages/conformance/test/manager-ui/flows.test.ts',
  'packages/conformance/test/unchanged/up-app.test.ts',
  'packages/conformance/test/portal/screens.test.ts',
  'packages/conformance/test/workers-suites.test.ts',
  'packages/conformance/test/key-roll-by-rest.test.ts',
  'packages/conformance/test/manager-day.test.ts',
  'packages/conformance/test/portal/flows.test.ts',
  'packages/conformance/test/relay.test.ts',
  'packages/conformance/test/proxy.test.ts',
  'packages/conformance/test/drivers-services.test.ts',
  'packages/conformance/test/drivers-mariadb.test.ts',
  'packages/conformance/test/portal/behaviour.test.ts',
  'packages/cli/test/workers.test.ts',
  'packages/conformance/test/unchanged/other-languages.test.ts',
  'packages/tooling/test/readmes.test.ts',
  'packages/cli/test/tunnel.test.ts',
  'packages/conformance/test/redirect-processes.test.ts',
];

/** Where a file stands in the list; behind it when it is not there. */
function place({ moduleId }) {
  const index = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`));
  return index === -1 ? LONGEST.length : index;
}

/** The files of {@link LONGEST}, then what vitest itself would begin with. */
export default class LongestFirst extends BaseSequencer {
  async sort(files) {
    const rest = await super.sort(files);
    return rest.sort((one, other) => place(one) - place(other));
  }
}
