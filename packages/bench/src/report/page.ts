/** Results into the page that shows them. @module */
import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/** Puts results into a page, in place of the earlier ones. @throws RangeError when the page has no place for them. */
export function replaceResults(file: string, results: string): void {
  writeFileSync(file, withResults(readFileSync(file, 'utf8'), results, file));
}

/** The page with these results. @throws RangeError when it has no place for them. */
export function withResults(page: string, results: string, file: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin)
    throw new RangeError(`${file} lacks the comments bench:begin and bench:end`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${results.trim()}\n\n${page.slice(end)}`;
}
