/**
 * Tables of text for a terminal: columns as wide as what stands in them, two spaces between.
 * @module
 */
import { oneLine } from '../log.js';

/** What may stand in a cell. `undefined` is a dash. */
export type Cell = string | number | boolean | undefined | null;

/** Formats rows below headings. Without rows it says so. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return 'None.\n';
  const lines = [headings, ...rows.map((row) => row.map(textOf))];
  const widths = headings.map((_, column) =>
    lines.reduce((width, line) => Math.max(width, widthOf(line[column] ?? '')), 0),
  );
  const isNumber = headings.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  return lines
    .map((line) =>
      line
        .map((text, column) => {
          const space = ' '.repeat(widths[column]! - widthOf(text));
          return isNumber[column] ? space + text : text + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Formats names and values below each other. Those that are `undefined` are left out. */
export function list(entries: Readonly<Record<string, Cell>>): string {
  const given = Object.entries(entries).filter(([, value]) => value !== undefined);
  const width = Math.max(...given.map(([name]) => widthOf(name)));
  return given
    .map(([name, value]) => `${name}${' '.repeat(width - widthOf(name))}  ${textOf(value)}\n`)
    .join('');
}

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  // Nearly every text is plain, and then it is as wide as it is long.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return [...new Intl.Segmenter().segment(text)].reduce(
    (width, { segment }) => width + (WIDE.test(segment) ? 2 : NOTHING.test(segment) ? 0 : 1),
    0,
  );
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|^[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const NOTHING = /^[\p{Mark}\p{Format}]+$/u;

/** No cell can move the cursor or reverse what stands beside it: others choose names and notes. */
function textOf(cell: Cell): string {
  if (cell === undefined || cell === null || cell === '') return '-';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return oneLine(String(cell)).replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '') || '-';
}

/** Bytes as people read them. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = count < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1_000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}

/** A time span as people read it, in its two largest units. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}
