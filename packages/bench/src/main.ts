/**
 * `npm run bench`: Hybridge beside other ways through three hops, in one run. `help.ts` has its options.
 * @module
 */
import { readArguments } from './arguments.js';
import { HELP } from './help.js';
import { findSubjects } from './line-up.js';
import { thisMachine } from './machine.js';
import { groupTables } from './report/group-tables.js';
import { replaceResults } from './report/page.js';
import { runSuites } from './runner.js';
import { startScript } from './script.js';
import { subjects } from './subjects/index.js';
import { suites } from './suites/index.js';

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2));
  if (asked.help) {
    process.stdout.write(HELP);
    return;
  }
  const unknown = asked.suites.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) throw new RangeError(`There is no suite ${unknown.join(', ')}; see --help`);
  const chosen = suites.filter(({ name }) => asked.suites.length === 0 || asked.suites.includes(name));
  const { lineup, found } = await findSubjects(subjects, asked.only);
  if (asked.list) {
    for (const { id, version, absent, about } of found)
      process.stdout.write(`${id.padEnd(16)}${(version ?? `absent: ${absent}`).padEnd(24)}  ${about}\n`);
    return;
  }

  const target = await startScript('target', []);
  try {
    const { groups, failures } = await runSuites(chosen, lineup, {
      targetPort: target.port,
      settings: asked.settings,
      progress,
    });
    progress('');
    const tables = groups.map(groupTables).join('\n\n');
    const machine = thisMachine();
    const absent = found.filter((one) => one.absent).map((one) => `${one.name} absent: ${one.absent}`);
    const notes = [...absent, ...failures.map((failure) => `failed: ${failure}`)];
    const page = `${tables}\n\nNode ${machine.node}, ${machine.cores} × ${machine.cpu}, ${machine.kernel}; ${asked.settings.rounds} rounds.\n${notes.map((note) => `\n${note}\n`).join('')}\n`;
    if (asked.write !== undefined) replaceResults(asked.write, page);
    const json = { machine, settings: asked.settings, subjects: found, failures, groups };
    process.stdout.write(asked.json ? `${JSON.stringify(json, undefined, 2)}\n` : page);
  } finally {
    target.stop();
  }
}

let lastStep = '';

/** On a terminal one line that changes; elsewhere a line for each step. */
function progress(step: string, detail = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${step} ${detail}`);
  else if (step !== lastStep && step !== '')
    process.stderr.write(`${step}${detail.replace(/^.*(?= \()|.*/, '')}\n`);
  lastStep = step;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  process.stderr.write(`\nbench: ${(error as Error).message}\n`);
  // What was asked wrong, or what went wrong.
  process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
}
