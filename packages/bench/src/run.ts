/**
 * A run, whole: what was measured, with what, and where. This is what `--json` prints and `--from` reads.
 * @module
 */
import type { Found } from './line-up.js';
import type { Machine } from './machine.js';
import type { Settings } from './plan.js';
import type { Group } from './results.js';

/** All that is known of a run. */
export interface Run {
  readonly machine: Machine;
  readonly settings: Settings;
  /** Load average of the last minute before the run: near 0 on a machine that had nothing else to do. */
  readonly loadBefore: number;
  /** The suites that were run, by name. */
  readonly suites: readonly string[];
  /** Whether all subjects took part that are installed. */
  readonly everybody: boolean;
  readonly subjects: readonly Found[];
  /** Subjects that failed, and how. */
  readonly failures: readonly string[];
  readonly groups: readonly Group[];
}

/**
 * Several runs as one, each with suites that the others lack. It claims the least of what they can.
 * @throws RangeError when they do not belong together.
 */
export function merged(runs: readonly Run[]): Run {
  const [first] = runs;
  if (first === undefined) throw new RangeError('There is no run');
  const suites = runs.flatMap((run) => run.suites);
  const twice = suites.find((name, i) => suites.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`Two of the runs have the suite ${twice}`);
  for (const { machine } of runs) {
    if (JSON.stringify(machine) !== JSON.stringify(first.machine))
      throw new RangeError('The runs are of different machines, or of different versions of Node');
  }
  return {
    machine: first.machine,
    loadBefore: Math.max(...runs.map(({ loadBefore }) => loadBefore)),
    settings: {
      rounds: Math.min(...runs.map(({ settings }) => settings.rounds)),
      bytes: Math.min(...runs.map(({ settings }) => settings.bytes)),
      quick: runs.some(({ settings }) => settings.quick),
      connections: Math.min(...runs.map(({ settings }) => settings.connections)),
    },
    suites,
    everybody: runs.every(({ everybody }) => everybody),
    subjects: [...new Map(runs.flatMap((run) => run.subjects).map((found) => [found.id, found])).values()],
    failures: runs.flatMap((run) => run.failures),
    groups: runs.flatMap((run) => run.groups),
  };
}
