/**
 * Runs the groups of suites: starts the subjects, measures them in turns, and keeps what every round said.
 * @module
 */
import { within } from '@hybridge/conformance';
import { Fleet } from './fleet.js';
import { inTurns } from './in-turns.js';
import type { CasePlan, GroupPlan, Lineup, Settings, Suite } from './plan.js';
import { TimeLeft } from './progress.js';
import type { Case, Group } from './results.js';
import type { Route, Subject } from './subjects/subject.js';

/** No single measurement takes as long, or so many times what it should; one that does has hung. */
const MEASUREMENT_TIMEOUT_MS = 120_000;
const MEASUREMENT_TIMEOUT_TIMES = 4;

/** What a run was given, and what it says while it runs. */
export interface RunnerOptions {
  readonly targetPort: number;
  readonly settings: Settings;
  /** Is told what is being done: `step` in a few words, and `detail` for those who watch. */
  readonly progress: (step: string, detail?: string) => void;
}

/** What a run yields. */
export interface Outcome {
  readonly groups: readonly Group[];
  /** Yardsticks that failed, and how. */
  readonly failures: readonly string[];
}

/** Runs suites with these subjects. @throws what went wrong with a subject of ours or the yardstick. */
export async function runSuites(
  suites: readonly Suite[],
  lineup: Lineup,
  options: RunnerOptions,
): Promise<Outcome> {
  const plans = suites.flatMap((suite) =>
    suite.groups(lineupFor(suite, lineup), options.settings).map((plan) => ({ suite: suite.name, plan })),
  );
  const timeLeft = new TimeLeft(plans.map(({ plan }) => plan));
  const fleet = new Fleet({ targetPort: options.targetPort });
  const failures = new Set<string>();
  const groups: Group[] = [];
  try {
    for (const { suite, plan } of plans) {
      // Nobody to measure, or nobody to compare with.
      if (plan.subjects.length < (plan.compared === false ? 1 : 2)) continue;
      groups.push(await new GroupRun(suite, plan, options, { timeLeft, fleet, failures }).run());
    }
  } finally {
    await fleet.keepOnly([]);
  }
  return { groups, failures: [...failures] };
}

/** What the groups of a run share. */
interface Shared {
  readonly timeLeft: TimeLeft;
  readonly fleet: Fleet;
  readonly failures: Set<string>;
}

function lineupFor({ name }: Suite, { tcp, http }: Lineup): Lineup {
  return { tcp: tcp.filter(({ suites }) => suites === undefined || suites.includes(name)), http };
}

class GroupRun {
  readonly #suite: string;
  readonly #plan: GroupPlan;
  readonly #options: RunnerOptions;
  readonly #shared: Shared;
  /** The fleet of the run, or one of its own when its inner legs are not like those of other groups. */
  readonly #fleet: Fleet;
  readonly #legs: { stop(): void }[] = [];
  #subjects: readonly Subject[];

  constructor(suite: string, plan: GroupPlan, options: RunnerOptions, shared: Shared) {
    this.#suite = suite;
    this.#plan = plan;
    this.#options = options;
    this.#shared = shared;
    this.#fleet = plan.innerLeg === undefined ? shared.fleet : new Fleet(this.#route());
    this.#subjects = plan.subjects;
  }

  async run(): Promise<Group> {
    const { title, measures, cases, notes = [] } = this.#plan;
    for (const note of notes) this.#options.progress(`${title}: ${note}`);
    // Processes with a life of one measurement are not to share the machine with any that live longer.
    const staying = this.#plan.fresh === true || this.#fleet !== this.#shared.fleet ? [] : this.#subjects;
    await this.#shared.fleet.keepOnly(staying);
    try {
      if (this.#plan.fresh !== true) await this.#startAll();
      const done: Case[] = [];
      for (const { name, seconds, measure } of cases) done.push(await this.#case(name, seconds, measure));
      const yardstick = this.#plan.compared === false ? undefined : this.#plan.subjects[0]?.id;
      const names = Object.fromEntries(this.#plan.subjects.map((subject) => [subject.id, subject.name]));
      return {
        ...{ suite: this.#suite, title, measures, cases: done, names },
        ...(notes.length > 0 && { notes }),
        ...(yardstick && { yardstick }),
      };
    } finally {
      if (this.#fleet !== this.#shared.fleet) await this.#fleet.keepOnly([]);
      for (const leg of this.#legs) leg.stop();
    }
  }

  async #startAll(): Promise<void> {
    for (const subject of this.#subjects) {
      this.#options.progress(`${this.#plan.title}: starting`, subject.name);
      try {
        await this.#fleet.get(subject);
      } catch (error) {
        await this.#giveUp(subject, 'start', error);
      }
    }
  }

  async #case(name: string, seconds: number, measure: CasePlan['measure']): Promise<Case> {
    const { rounds, fresh } = this.#plan;
    const results = await inTurns({
      subjects: this.#subjects,
      // Nothing needs to warm up in processes that live for one measurement alone.
      rounds,
      warmUp: fresh !== true,
      measure: async (subject, round) => {
        const which = round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`;
        this.#options.progress(
          `${this.#plan.title}: ${name}`,
          `${which}: ${subject.name}${this.#shared.timeLeft}`,
        );
        const done = this.#shared.timeLeft.begin(seconds);
        const way = fresh === true ? await subject.start(this.#route()) : await this.#fleet.get(subject);
        try {
          const say = (what: string) =>
            this.#options.progress(
              `${this.#plan.title}: ${name}: ${subject.name}: ${what}`,
              `${this.#shared.timeLeft}`,
            );
          const timeoutMs = Math.max(MEASUREMENT_TIMEOUT_MS, seconds * 1_000 * MEASUREMENT_TIMEOUT_TIMES);
          return await within(measure(way, say), timeoutMs, `${subject.name}: ${name}`);
        } finally {
          if (fresh === true) await way.stop();
          done();
        }
      },
      onFailure: (subject, error) => this.#giveUp(subject, name, error),
    });
    return { name, samples: Object.fromEntries([...results].map(([{ id }, samples]) => [id, samples])) };
  }

  #route(): Route {
    const { innerLeg } = this.#plan;
    const { targetPort } = this.#options;
    if (innerLeg === undefined) return { targetPort };
    return {
      targetPort,
      innerLeg: async (port) => {
        const leg = await innerLeg(port);
        this.#legs.push(leg);
        return leg.port;
      },
    };
  }

  /** Goes on without a yardstick that failed. Without the first, or ours, there is nothing to go on for. */
  async #giveUp(subject: Subject, step: string, error: unknown): Promise<void> {
    const reason = `${subject.name}, ${step}: ${(error as Error).message.trim()}`;
    if (subject.ours || subject === this.#plan.subjects[0]) throw new Error(reason, { cause: error });
    this.#shared.failures.add(reason);
    this.#subjects = this.#subjects.filter((other) => other !== subject);
    await this.#fleet.drop(subject);
  }
}
