/**
 * Runs the conformance suites and prints what came of them, subject by subject.
 *
 * `npm run conformance [-- [--json] [name …]]`: names are parts of the names of test files in
 * `packages/conformance/test`. Ends with code 1 when anything failed, or when nothing ran.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { Collector } from './collector.mjs';
import { formatTable, tablesOf } from './tables.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The files whose tests are suites of a subject; the other tests of the package are of single situations. */
const SUITES = [
  'relay.test',
  'browser',
  'real-namespace',
  'http-suites',
  'socket-net',
  'socket-ours',
  'drivers',
  'quirks/',
];

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : SUITES;
const started = performance.now();
const collector = new Collector(at('../../conformance/test'), (file) => {
  console.error(`${Math.round((performance.now() - started) / 1000)} s  ${file}`);
});
const vitest = await startVitest(
  'test',
  names.map((name) => `packages/conformance/test/${name}`),
  { root: at('../../..'), config: at('../vitest.config.ts'), watch: false, reporters: [collector] },
);
await vitest.close();

const { failures, skips } = collector;
/** Files end in any order, and suites after one another. */
const place = ({ file }) => names.findIndex((name) => `${file}.test`.startsWith(name));
const tests = [...collector.tests].sort((a, b) => place(a) - place(b) || a.file.localeCompare(b.file));
const tables = tablesOf(tests);
const count = (state) => tests.filter((test) => test.state === state).length;
const totals = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
if (values.json) {
  console.log(JSON.stringify({ ...totals, tables, failures, skips: [...skips] }, null, 2));
} else {
  for (const table of tables) console.log(`\n${formatTable(table)}`);
  for (const { title, message } of failures) console.log(`\n✗ ${title}\n${message}`);
  if (skips.size > 0) console.log(`\n${[...skips].join('\n')}`);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
}
process.exitCode = failures.length > 0 || totals.passed === 0 ? 1 : 0;
