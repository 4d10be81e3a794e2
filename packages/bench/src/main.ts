/**
 * `npm run bench`: Hybridge beside other ways through three hops, in one run. `help.ts` has its options.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type Arguments, readArguments } from './arguments.js';
import { HELP } from './help.js';
import { type Found, findSubjects } from './line-up.js';
import { thisMachine } from './machine.js';
import type { Suite } from './plan.js';
import { chart } from './report/chart.js';
import { replaceResults } from './report/page.js';
import { pageSection, summary } from './report/report.js';
import { merged, type Run } from './run.js';
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
  if (asked.from.length > 0) {
    publish(asked, merged(asked.from.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Run)));
    return;
  }
  const chosen = chooseSuites(asked.suites);
  const { lineup, found } = await findSubjects(subjects, asked.only);
  if (asked.list) {
    process.stdout.write(list(found));
    return;
  }

  const [loadBefore = 0] = loadavg();
  const target = await startScript('target', []);
  try {
    const { groups, failures } = await runSuites(chosen, lineup, {
      targetPort: target.port,
      settings: asked.settings,
      progress,
    });
    progress('');
    publish(asked, {
      machine: thisMachine(),
      loadBefore,
      settings: asked.settings,
      suites: chosen.map(({ name }) => name),
      everybody: asked.only.length === 0,
      subjects: found,
      ...{ failures, groups },
    });
  } finally {
    target.stop();
  }
}

function isComplete(run: Run): boolean {
  return run.everybody && suites.every(({ name }) => run.suites.includes(name));
}

function chooseSuites(names: readonly string[]): readonly Suite[] {
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) throw new RangeError(`There is no suite ${unknown.join(', ')}; see --help`);
  return suites.filter(({ name }) => names.length === 0 || names.includes(name));
}

function list(found: readonly Found[]): string {
  const lines = [
    ...suites.map(({ name, about }) => ['suite', name, '', about]),
    ...found.map(({ id, version, absent, about }) => ['subject', id, version ?? `absent: ${absent}`, about]),
  ];
  return lines
    .map(
      ([kind, name, state, about]) => `${kind!.padEnd(9)}${name!.padEnd(26)}${state!.padEnd(14)}  ${about}\n`,
    )
    .join('');
}

/** Writes what was asked for: files first, so that they are there when the output is. */
function publish({ write, svg, json }: Arguments, run: Run): void {
  const ours = [...subjects.tcp, ...subjects.http].filter((subject) => subject.ours).map(({ id }) => id);
  const draw = (file: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, chart(run.groups, ours));
  };
  if (svg !== undefined) draw(svg);
  if (write !== undefined) {
    // The page's chart: docs/assets/benchmarks.svg for docs/benchmarks.md.
    const name = `assets/${basename(write, '.md')}.svg`;
    draw(join(dirname(write), name));
    replaceResults(write, pageSection(run, name, isComplete(run)));
  }
  process.stdout.write(json ? `${JSON.stringify(run, undefined, 2)}\n` : summary(run));
}

let lastStep = '';

/** On a terminal one line that changes; elsewhere a line for each step. */
function progress(step: string, detail = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${step} ${detail}`);
  else if (step !== lastStep && step !== '') process.stderr.write(`${step}${timeLeftIn(detail)}\n`);
  lastStep = step;
}

function timeLeftIn(detail: string): string {
  return / \([^()]* left\)$/.exec(detail)?.[0] ?? '';
}

function isWronglyAsked(error: unknown): boolean {
  return (
    error instanceof RangeError ||
    error instanceof TypeError ||
    (error as { code?: string }).code === 'ENOENT'
  );
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  process.stderr.write(`\nbench: ${(error as Error).message}\n`);
  // What was asked is wrong, or what was done went wrong.
  process.exitCode = isWronglyAsked(error) ? 2 : 1;
}
