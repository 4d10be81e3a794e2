/** Tables for people: Markdown that reads well in a terminal too. @module */

/** The first column to the left, all others to the right. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  const pad = (cell: string, i: number) => {
    const space = ' '.repeat(widths[i]! - width(cell));
    return i === 0 ? cell + space : space + cell;
  };
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(' | ')} |`;
  const rule = `| ${widths.map((w, i) => (i === 0 ? '-'.repeat(w) : `${'-'.repeat(w - 1)}:`)).join(' | ')} |`;
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join('\n');
}

/** Three significant digits, and no more. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 0.01 ? value.toPrecision(3) : value.toFixed(2);
}

function width(text: string): number {
  return [...text].length;
}
