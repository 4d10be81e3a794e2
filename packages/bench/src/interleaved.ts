/**
 * Measuring two subjects in turns.
 * @module
 */

/** What is measured in turns. */
export interface Turns<Subject> {
  readonly yardstick: Subject;
  readonly ours: Subject;
  readonly rounds: number;
  /** Called at each step with what is being done. */
  readonly progress: (step: string) => void;
}

/** One value for each round, of both subjects. The order within a round alternates. */
export async function interleaved<Subject, T>(
  turns: Turns<Subject>,
  step: string,
  measure: (subject: Subject) => Promise<T>,
): Promise<{ yardstick: T[]; ours: T[] }> {
  const yardstick: T[] = [];
  const ours: T[] = [];
  await measure(turns.yardstick);
  await measure(turns.ours);
  for (let round = 0; round < turns.rounds; round += 1) {
    turns.progress(`${step}: round ${round + 1} of ${turns.rounds}`);
    if (round % 2 === 0) yardstick.push(await measure(turns.yardstick));
    ours.push(await measure(turns.ours));
    if (round % 2 === 1) yardstick.push(await measure(turns.yardstick));
  }
  return { yardstick, ours };
}
