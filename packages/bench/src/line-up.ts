/**
 * Which subjects take part: those that were asked for, and are installed on this machine.
 * @module
 */
import type { Lineup } from './plan.js';
import type { Subject, Way } from './subjects/subject.js';

/** A subject that was looked for. */
export interface Found {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  /** What it is, when it is here. */
  readonly version?: string;
  /** What to do about it when it is not. */
  readonly absent?: string;
}

/** Looks for the subjects. @throws RangeError when one was asked for that does not exist. */
export async function findSubjects(
  all: Lineup,
  only: readonly string[],
): Promise<{ readonly lineup: Lineup; readonly found: readonly Found[] }> {
  const ids = [...all.tcp, ...all.http].map(({ id }) => id);
  const unknown = only.filter((id) => !ids.includes(id));
  if (unknown.length > 0) throw new RangeError(`There is no subject ${unknown.join(', ')}; see --list`);
  const found: Found[] = [];
  const present = async <W extends Way>(subjects: readonly Subject<W>[]) => {
    const here: Subject<W>[] = [];
    for (const subject of subjects) {
      const { id, name, about } = subject;
      if (only.length > 0 && subject !== subjects[0] && !only.includes(id)) continue;
      const presence = await subject.find();
      found.push({ id, name, about, ...presence });
      if ('version' in presence) here.push(subject);
    }
    return here;
  };
  return { lineup: { tcp: await present(all.tcp), http: await present(all.http) }, found };
}
