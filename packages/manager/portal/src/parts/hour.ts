/**
 * The last hour of a hybrid connection, minute by minute, ready to be drawn.
 * @module
 */
import type { Connection } from '../../../src/service/api.js';

type Values = readonly (number | null)[];

/** An hour. Minutes before the manager started are unknown; those without traffic are 0. */
export interface Hour {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly toTarget: Values;
  readonly fromTarget: Values;
  readonly connections: Values;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Fills in what the manager leaves out. @param now - milliseconds since 1970 */
export function hourOf(
  minutes: Connection['traffic']['minutes'],
  { startedAt, now }: { readonly startedAt: string; readonly now: number },
): Hour {
  const minuteOf = (time: number) => Math.floor(time / MINUTE_MS);
  const known = new Map(minutes.map((minute) => [minuteOf(Date.parse(minute.startsAt)), minute]));
  const last = Math.max(minuteOf(now), ...known.keys());
  const first = minuteOf(Date.parse(startedAt));
  const numbers = Array.from({ length: MINUTES }, (_, index) => last - MINUTES + 1 + index);
  const values = (pick: (minute: Connection['traffic']['minutes'][number]) => number): Values =>
    numbers.map((number) => {
      const minute = known.get(number);
      if (minute !== undefined) return pick(minute);
      return number < first ? null : 0;
    });
  return {
    times: numbers.map((number) => number * 60),
    toTarget: values(({ bytesToTarget }) => bytesToTarget),
    fromTarget: values(({ bytesFromTarget }) => bytesFromTarget),
    connections: values(({ connections }) => connections),
  };
}
