/**
 * What a run yields: for each case and subject, the figures of every round. Plain data, as JSON has it.
 * @module
 */

/** The figures of one subject in one round, by key. */
export type Sample = Readonly<Record<string, number>>;

/** Something that is measured in every case of a group. */
export interface Measure {
  /** Its key in every sample. */
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** Which way is better. */
  readonly better: 'more' | 'less';
  /** Keys of samples that it is the sum of: first, middle and last hop. */
  readonly parts?: readonly string[];
}

/** One thing that was done with each subject: an upload on eight connections, say. */
export interface Case {
  readonly name: string;
  /** The rounds of each subject, by its id. All have as many. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** Cases that have the same measures, of the same subjects. */
export interface Group {
  readonly suite: string;
  readonly title: string;
  readonly measures: readonly Measure[];
  readonly cases: readonly Case[];
  /** What tables call the subjects, by id, in their order. */
  readonly names: Readonly<Record<string, string>>;
  /** What a reader has to know, in whole sentences. */
  readonly notes?: readonly string[];
  /** The id of the subject that the others are compared with; none when figures stand by themselves. */
  readonly yardstick?: string;
}
