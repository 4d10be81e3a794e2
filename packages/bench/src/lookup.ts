/**
 * Single figures out of a run's results.
 * @module
 */
import type { Group, Sample } from './results.js';
import { ratios, type Spread, spread } from './statistics.js';

/** Which figure. */
export interface Figure {
  readonly suite: string;
  /** The name of a case. */
  readonly case: string;
  /** The key of a measure. */
  readonly measure: string;
  /** Whose it is: the id of a subject. */
  readonly of: string;
  /** What it is divided by, round by round: the id of another subject. Absent: the figure itself. */
  readonly over?: string | undefined;
}

/** The figure of a run, or `undefined` when it was not measured in it. */
export function lookUp(groups: readonly Group[], figure: Figure): Spread | undefined {
  for (const { suite, measures, cases } of groups) {
    if (suite !== figure.suite || !measures.some(({ key }) => key === figure.measure)) continue;
    for (const { name, samples } of cases) {
      if (name !== figure.case) continue;
      const own = valuesOf(samples[figure.of], figure.measure);
      const others = figure.over === undefined ? undefined : valuesOf(samples[figure.over], figure.measure);
      const values = others === undefined ? own : ratios(own, others);
      if (values.length > 0) return spread(values);
    }
  }
  return undefined;
}

function valuesOf(samples: readonly Sample[] = [], key: string): number[] {
  return samples.flatMap((sample) => sample[key] ?? []);
}
