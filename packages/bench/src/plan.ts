/**
 * What a suite is: groups of cases, each of which is done with every subject of the group, round by round.
 *
 * Suites only say what is to be measured; `runner.ts` starts the subjects, takes turns and collects.
 * @module
 */
import type { Measure, Sample } from './results.js';
import type { HttpWay } from './subjects/http.js';
import type { Subject, Way } from './subjects/subject.js';

/** What holds for a whole run. */
export interface Settings {
  readonly rounds: number;
  /** Bytes of one upload or download at full speed. */
  readonly bytes: number;
  /** Less of everything, for people in a hurry. */
  readonly quick: boolean;
  /** How many idle connections a relay is to hold. */
  readonly connections: number;
}

/** One thing to do with every subject. */
export interface CasePlan<W extends Way = Way> {
  readonly name: string;
  /** About how long one measurement takes, for the estimate of the time left. */
  readonly seconds: number;
  /** @param say - tells what it is doing, where it takes long */
  measure(way: W, say: (what: string) => void): Promise<Sample>;
}

/** Cases with the same measures and the same subjects. */
export interface GroupPlan<W extends Way = Way> {
  readonly title: string;
  readonly measures: readonly Measure[];
  /** The first is what the others are compared with. */
  readonly subjects: readonly Subject<W>[];
  /** Whether there is anything to compare; otherwise figures stand by themselves. */
  readonly compared?: boolean;
  readonly rounds: number;
  /** What a reader has to know, in whole sentences. */
  readonly notes?: readonly string[];
  /** Each measurement has processes that were just started, rather than all the same ones. */
  readonly fresh?: boolean;
  /** What is to be put into the inner legs. */
  readonly innerLeg?: (port: number) => Promise<{ readonly port: number; stop(): void }>;
  readonly cases: readonly CasePlan<W>[];
}

/** The subjects of a run: those that are here, and were asked for. The first of each is the yardstick. */
export interface Lineup {
  readonly tcp: readonly Subject[];
  readonly http: readonly Subject<HttpWay>[];
}

/** A suite: its name on the command line, what it says of itself, and its groups for the subjects of this run. */
export interface Suite {
  readonly name: string;
  readonly about: string;
  groups(lineup: Lineup, settings: Settings): readonly GroupPlan[];
}
