/**
 * `npm run bench [-- suite …] [--rounds N] [--megabytes N] [--json]`: Hybridge beside three plain pipes, in one run.
 * @module
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { hybridge, startTarget, threePipes } from './path.js';
import { replaceResults, table } from './report.js';
import type { Comparison } from './statistics.js';
import { suites } from './suites.js';

const HELP = `Usage: npm run bench -- [suite …] [options]

Measures a connection through forward, relay and manager, three processes, beside the same three
hops made of plain net pipes. Both are measured in turns, and the ratio is what counts.

Suites (all of them when none is named):
${suites.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n')}

Options:
  --rounds N      rounds of each suite (default 7)
  --megabytes N   size of one upload or download (default 512)
  --json          the results as JSON on standard output
  --write FILE    also put the results into FILE, between its comments bench:begin and bench:end
  --help

Examples:
  npm run bench
  npm run bench -- throughput --rounds 11
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '7' },
      megabytes: { type: 'string', default: '512' },
      json: { type: 'boolean', default: false },
      write: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const rounds = wholeNumber('--rounds', values.rounds);
  const bytes = wholeNumber('--megabytes', values.megabytes) * 1_000_000;
  const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) throw new RangeError(`There is no suite ${unknown.join(', ')}; see --help`);
  const chosen = suites.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

  const progress = (step: string) =>
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${step}` : `${step}\n`);
  const target = await startTarget();
  const start = { yardstick: () => threePipes(target.port), ours: () => hybridge(target.port) };
  const yardstick = await start.yardstick();
  const ours = await start.ours();
  try {
    const comparisons: Comparison[] = [];
    for (const suite of chosen) {
      comparisons.push(...(await suite.measure({ yardstick, ours, start, rounds, bytes, progress })));
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
    const page = `${table(comparisons, yardstick.name)}\n\nNode ${machine.node}, ${machine.cores} cores; the ratio is ours over the yardstick's, median of the rounds.\n`;
    if (values.write !== undefined) replaceResults(values.write, page);
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ machine, yardstick: yardstick.name, comparisons }, undefined, 2)}\n`
        : page,
    );
    return 0;
  } finally {
    await ours.stop();
    await yardstick.stop();
    target.stop();
  }
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${option} takes a whole number, not ${text}`);
  return value;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`\nbench: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
