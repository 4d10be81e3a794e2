/** What `npm run bench -- --help` says. @module */
import { suites } from './suites/index.js';

/** The whole text. */
export const HELP = `Usage: npm run bench -- [suite …] [options]

Measures Hybridge (forward, relay and manager, three processes) beside other ways through three hops, in turns,
in one run; the ratio to three plain net pipes is what counts.

Suites (all of them when none is named):
${suites.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n')}

Options:
  --only IDS      these subjects alone, by id, beside the yardstick: --only hybridge,nginx
  --rounds N      rounds of each measurement (default 5)
  --megabytes N   size of one upload or download (default 256)
  --connections N idle connections of the scale suite (default 10000)
  --quick         three short rounds of the main rows; for a first impression
  --json          everything as JSON on standard output: machine, versions, each figure of each round
  --svg FILE      also draw the chart: bars of the ratios
  --write FILE    also put the results into FILE, a Markdown page, between its comments bench:begin and bench:end,
                  and the chart into assets/ beside it
  --from FILES    show what was measured earlier, instead of measuring: output of --json;
                  of several (a.json,b.json) their suites together
  --list          suites and subjects; which of them are here, and what to install for the others
  --help          this text

Exit codes: 0 measured, 1 a measurement failed, 2 wrong arguments, 130 interrupted. A yardstick that fails or is
absent is named in the report, and the others go on.

Examples:
  npm run bench                                         # everything; about 25 minutes on two slow cores
  npm run bench -- --quick                              # a few minutes
  npm run bench -- throughput --only hybridge,nginx
  npm run bench -- connections --only hybridge --rounds 11
  npm run bench -- --write docs/benchmarks.md           # the page, and its chart
  npm run -s bench -- http --json >http.json            # keep a run …
  npm run bench -- --from http.json --svg http.svg      # … and draw it later
`;
