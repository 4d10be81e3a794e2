/**
 * Where a hybrid connection stands, in words.
 * @module
 */
import type { Shape, Tone } from '@hybridge/ui';
import type { Connection, State, StateName } from '../../../src/service/api.js';

/** A state on a badge. */
export interface StateWords {
  readonly text: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

const WORDS: Readonly<Record<StateName, StateWords>> = {
  stopped: { text: 'Stopped', tone: 'quiet', shape: 'hollow' },
  resolving: { text: 'Looking up', tone: 'quiet', shape: 'bar' },
  connecting: { text: 'Connecting', tone: 'quiet', shape: 'bar' },
  online: { text: 'Connected', tone: 'good', shape: 'full' },
  waiting: { text: 'Not connected', tone: 'warn', shape: 'hollow' },
  refused: { text: 'Refused', tone: 'bad', shape: 'hollow' },
  discontinued: { text: 'Discontinued', tone: 'bad', shape: 'hollow' },
  blocked: { text: 'Blocked by policy', tone: 'bad', shape: 'hollow' },
  stopping: { text: 'Stopping', tone: 'quiet', shape: 'bar' },
};

/** The words for a state. One that only newer managers know is told by its name. */
export function wordsOf({ name }: Pick<State, 'name'>): StateWords {
  return WORDS[name] ?? { text: name, tone: 'quiet', shape: 'bar' };
}

/** The words for a hybrid connection: connected is only half of it while its endpoint fails. */
export function wordsFor({ state, targetFailure }: Pick<Connection, 'state' | 'targetFailure'>): StateWords {
  if (state.name !== 'online' || targetFailure === undefined) return wordsOf(state);
  return { text: 'Endpoint fails', tone: 'warn', shape: 'full' };
}

/** Why it stands so, in a line; nothing where all is well. */
export function reasonFor({
  state,
  targetFailure,
}: Pick<Connection, 'state' | 'targetFailure'>): string | undefined {
  if (state.name === 'discontinued') return state.statement ?? state.because?.message;
  if (state.name === 'blocked') return state.because?.message ?? state.rule;
  if (state.name === 'online') return targetFailure?.message;
  return state.because?.message;
}

/** When it is tried again, as `next try in 12 s`. @param now - milliseconds since 1970 */
export function nextTry({ retryAt }: State, now: number): string | undefined {
  if (retryAt === undefined) return undefined;
  const ms = Date.parse(retryAt) - now;
  if (Number.isNaN(ms)) return undefined;
  if (ms < 1_000) return 'next try now';
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 90 ? `next try in ${seconds} s` : `next try in ${Math.round(seconds / 60)} min`;
}
