/**
 * A run as a page: what was wanted and met, the chart, every table, and what it was made with.
 * @module
 */
import type { Run } from '../run.js';
import { judge, type Verdict } from '../targets.js';
import { groupTables } from './group-tables.js';
import { markdownTable } from './table.js';

/** A run as a section of a page. @param chart - where the chart is, as seen from the page. */
export function pageSection(run: Run, chart: string, complete: boolean): string {
  return [
    ...caveat(run, complete),
    '### What we want, and what was measured',
    targetTable(judgeRun(run)),
    '### At a glance',
    `![Ratios to three net pipes, as bars](${chart})`,
    ...tables(run),
    '### Made with',
    madeWith(run),
    markdownTable([
      ['', 'version', 'how'],
      ...run.subjects.map(({ name, version, absent, about }) => [
        name,
        version ?? `absent: ${absent}`,
        about,
      ]),
    ]),
    ...failures(run),
  ].join('\n\n');
}

/** A run for a terminal: tables, and those of the targets that it has something to say about. */
export function summary(run: Run): string {
  const verdicts = judgeRun(run).filter(({ known }) => known);
  const absent = run.subjects.filter((subject) => subject.absent !== undefined);
  return [
    ...tables(run),
    ...(verdicts.length === 0 ? [] : ['### Targets', targetTable(verdicts)]),
    madeWith(run),
    ...(absent.length === 0
      ? []
      : [absent.map(({ name, absent: advice }) => `${name} is absent: ${advice}.`).join('\n')]),
    ...failures(run),
    '',
  ].join('\n\n');
}

function caveat({ settings }: Run, complete: boolean): string[] {
  const words = [
    ...(settings.quick ? ['a quick run: few rounds, short transfers, a first impression only'] : []),
    ...(complete ? [] : ['only some of the suites or subjects']),
  ];
  return words.length === 0 ? [] : [`> This is ${words.join('; ')}.`];
}

function judgeRun({ groups, machine }: Run): Verdict[] {
  return judge(groups, Number(/^v(\d+)/.exec(machine.node)?.[1]));
}

function targetTable(verdicts: readonly Verdict[]): string {
  const word = (met: boolean | undefined) => (met === undefined ? '–' : met ? 'yes' : 'no');
  return markdownTable([
    ['', 'we want', 'measured', 'met'],
    ...verdicts.map(({ what, wanted, measured, met }) => [what, wanted, measured, word(met)]),
  ]);
}

function failures(run: Run): string[] {
  return run.failures.map((failure) => `Failed, and left out from then on: ${failure}`);
}

function tables({ groups }: Run): string[] {
  const suites = [...new Set(groups.map(({ suite }) => suite))];
  return suites.flatMap((suite) => [
    `### ${suite[0]!.toUpperCase()}${suite.slice(1).replace('-', ' ')}`,
    ...groups.filter((group) => group.suite === suite).map(groupTables),
  ]);
}

function madeWith({ machine, loadBefore, settings, suites }: Run): string {
  const { node, cores, cpu, memoryGib, kernel } = machine;
  return (
    `Node ${node.slice(1)}, ${cores} cores (${cpu}), ${memoryGib} GiB, ${kernel}; load average before it ${loadBefore.toFixed(1)}. ${settings.rounds} rounds, ` +
    `transfers of up to ${settings.bytes / 1e6} MB. Suites: ${suites.join(', ')}.`
  );
}
