/** Results as a table for people. @module */
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
