/**
 * How long to wait before a stream is opened again.
 * @module
 */

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Twice as long after each failure, and at random between half of it and all. @param attempt - from 0 @param random - from 0 to 1 */
export function backOffMs(attempt: number, random: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(most / 2 + (random * most) / 2);
}
