/** Medians and ratios of rounds. @module */

/** The middle value; of an even number of values, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) throw new RangeError('There is no median of nothing');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that `share` of the values do not exceed: 0.99 for p99. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  if (sorted.length === 0) throw new RangeError('There is no percentile of nothing');
  return sorted[Math.max(0, index)]!;
}

/** What several rounds come to. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Median and range. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), lowest: Math.min(...values), highest: Math.max(...values) };
}

/**
 * What one subject is to another, round by round, since a machine's speed drifts more from minute to minute than from
 * round to round. Rounds that only one of them has are left out.
 */
export function ratios(values: readonly number[], others: readonly number[]): number[] {
  const rounds = Math.min(values.length, others.length);
  return Array.from({ length: rounds }, (_, round) => values[round]! / others[round]!);
}
