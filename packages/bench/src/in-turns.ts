/**
 * Measuring several subjects in turns, since a machine's speed drifts more from minute to minute than within a round.
 * @module
 */

/** How to go about it. */
export interface Turns<Subject, T> {
  readonly subjects: readonly Subject[];
  readonly rounds: number;
  /** Whether a round that is not counted comes first. */
  readonly warmUp: boolean;
  /** @param round - from 0; -1 is the one that warms up. */
  readonly measure: (subject: Subject, round: number) => Promise<T>;
  /** Is told what went wrong; the subject takes no further part, unless this throws. */
  readonly onFailure: (subject: Subject, error: unknown) => void | Promise<void>;
}

/**
 * One value for each round, of every subject that did not fail. The order rotates from round to round.
 */
export async function inTurns<Subject, T>(turns: Turns<Subject, T>): Promise<Map<Subject, readonly T[]>> {
  const results = new Map<Subject, T[]>(turns.subjects.map((subject) => [subject, []]));
  for (let round = turns.warmUp ? -1 : 0; round < turns.rounds; round += 1) {
    for (const subject of rotated(turns.subjects, Math.max(0, round))) {
      const values = results.get(subject);
      if (values === undefined) continue;
      try {
        const value = await turns.measure(subject, round);
        if (round >= 0) values.push(value);
      } catch (error) {
        await turns.onFailure(subject, error);
        results.delete(subject);
      }
    }
  }
  return results;
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
