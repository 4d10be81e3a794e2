/** What the audience sees: chapters, steps with their times, tables. Plain text where the output is no terminal. */
import { stripVTControlCharacters } from 'node:util';

const isTerminal = process.stdout.isTTY === true;
const coloured = isTerminal && process.env.NO_COLOR === undefined;
const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : `${text}`);

export const bold = paint(1);
export const dim = paint(2);
export const green = paint(32);
export const cyan = paint(36);

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
let chapters = 0;

export function say(text = '') {
  process.stdout.write(`${text}\n`);
}

export function chapter(title) {
  chapters += 1;
  say();
  say(bold(`${chapters}  ${title}`));
}

/** A remark below a step. */
export function note(text) {
  say(`     ${dim(text)}`);
}

/** A step that is done: what came of it, and how long it took. */
export function done(text, ms) {
  const width = stripVTControlCharacters(text).length;
  const gap = ' '.repeat(Math.max(2, 68 - width));
  say(`   ${green('✔')} ${text}${ms === undefined ? '' : `${gap}${cyan(duration(ms).padStart(7))}`}`);
}

function duration(ms) {
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

/** Waits for something, and shows that it is being waited for. */
export async function during(text, promise) {
  if (!isTerminal) {
    const slow = setTimeout(() => say(`   … ${text}`), 1_000);
    return promise.finally(() => clearTimeout(slow));
  }
  const start = performance.now();
  let frame = 0;
  const draw = () => {
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    process.stdout.write(
      `\r   ${cyan(FRAMES[frame++ % FRAMES.length])} ${text} ${dim(`${seconds} s`)}\u001b[K`,
    );
  };
  const timer = setInterval(draw, 80);
  return promise.finally(() => {
    clearInterval(timer);
    process.stdout.write('\r\u001b[K');
  });
}

/** Rows the way psql shows them. */
export function table(rows) {
  const names = Object.keys(rows[0]);
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => `${row[name]}`.length)));
  const line = (cells) => cells.map((cell, i) => ` ${`${cell}`.padEnd(widths[i])} `).join('│');
  note(line(names));
  note(widths.map((width) => '─'.repeat(width + 2)).join('┼'));
  for (const row of rows) note(line(names.map((name) => row[name])));
}
