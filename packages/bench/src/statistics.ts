/** Medians and ratios of rounds. @module */

/** The middle value; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new RangeError('There is no median of nothing');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A measure of two subjects over several rounds, and what one is to the other in each round. */
export interface Comparison {
  readonly measure: string;
  readonly unit: string;
  readonly yardstick: number;
  readonly ours: number;
  /** Median of the rounds' ratios, ours over the yardstick's. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly rounds: number;
}

/** Compares round by round, since a machine's speed drifts more from minute to minute than from round to round. */
export function compare(
  measure: string,
  unit: string,
  yardstick: readonly number[],
  ours: readonly number[],
): Comparison {
  const ratios = ours.map((value, i) => value / yardstick[i]!);
  return {
    measure,
    unit,
    yardstick: median(yardstick),
    ours: median(ours),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    rounds: ratios.length,
  };
}
