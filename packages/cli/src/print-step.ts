/**
 * Steps of a diagnosis on standard output: a line each with its time and advice, or an object each.
 * @module
 */
import { formatStep, type Step } from '@hybridge/diagnosis';
import type { Surroundings } from './surroundings.js';

/** Prints one. */
export function printStep(
  step: Step<string>,
  { json }: { readonly json?: true },
  { stdout, env }: Surroundings,
): void {
  const colour = stdout.isTTY === true && !env.NO_COLOR;
  stdout.write(`${json ? JSON.stringify(step) : formatStep(step, { colour })}\n`);
}
