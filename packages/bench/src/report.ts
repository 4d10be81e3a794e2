/** Results as a table for people, and into the page that shows them. @module */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Comparison } from './statistics.js';

/** A Markdown table, which reads well in a terminal too. */
export function table(comparisons: readonly Comparison[], yardstick: string): string {
  const rows = [
    ['measure', 'unit', yardstick, 'hybridge', 'ratio', 'range', 'rounds'],
    ...comparisons.map((c) => [
      c.measure,
      c.unit,
      figure(c.yardstick),
      figure(c.ours),
      c.ratio.toFixed(2),
      `${c.lowest.toFixed(2)}–${c.highest.toFixed(2)}`,
      String(c.rounds),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i < 2 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** Puts results into a page, in place of the earlier ones. @throws RangeError when the page has no place for them. */
export function replaceResults(file: string, results: string): void {
  const page = readFileSync(file, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new RangeError(`${file} lacks the comments bench:begin and bench:end`);
  writeFileSync(file, `${page.slice(0, begin + BEGIN.length)}\n\n${results}\n${page.slice(end)}`);
}
