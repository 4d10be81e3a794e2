/**
 * Steps as text, for a terminal or a log. For programs, `JSON.stringify` writes them as they are.
 * @module
 */
import type { Outcome, Step } from './step.js';

/** How steps are written. */
export interface FormatOptions {
  /**
   * Colours the marks, which say the same without.
   * @defaultValue false
   */
  readonly colour?: boolean | undefined;
}

const MARKS: Readonly<Record<Outcome, string>> = { ok: 'ok', warning: 'WARN', failed: 'FAIL', skipped: '-' };
/** Green, yellow, red, grey, as terminals have them. */
const COLOURS: Readonly<Record<Outcome, number>> = { ok: 32, warning: 33, failed: 31, skipped: 90 };

/** As long as the longest mark and the longest name. */
const MARK_CHARS = 4;
const NAME_CHARS = 17;
const TIME_CHARS = 9;

/** One step: mark, name, time, what it came to; and below that the advice, if there is any. */
export function formatStep(step: Step<string>, { colour = false }: FormatOptions = {}): string {
  const { outcome, name, durationMs, message, advice } = step;
  const mark = MARKS[outcome].padEnd(MARK_CHARS);
  const painted = colour ? `\u001b[${COLOURS[outcome]}m${mark}\u001b[0m` : mark;
  const time = outcome === 'skipped' ? '' : `${durationMs.toFixed(durationMs < 100 ? 1 : 0)} ms`;
  const line = `${painted} ${name.padEnd(NAME_CHARS)} ${time.padStart(TIME_CHARS)}  ${message}`;
  return advice === undefined ? line : `${line}\n${' '.repeat(MARK_CHARS)} -> ${advice}`;
}

/** All steps, one below the other. */
export function formatSteps(steps: readonly Step<string>[], options: FormatOptions = {}): string {
  return steps.map((step) => formatStep(step, options)).join('\n');
}

/** What all steps come to: the worst of them, and `ok` when there are none but skipped ones. */
export function outcomeOf(steps: readonly Pick<Step, 'outcome'>[]): 'ok' | 'warning' | 'failed' {
  const has = (outcome: Outcome) => steps.some((step) => step.outcome === outcome);
  return has('failed') ? 'failed' : has('warning') ? 'warning' : 'ok';
}
