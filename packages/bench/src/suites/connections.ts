/**
 * New connections, from `connect()` to the first byte back.
 * @module
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { canInspectProcesses } from '@hybridge/conformance';
import { Echo } from '../load/echo.js';
import type { Suite } from '../plan.js';
import { cpuSeconds } from '../processes.js';
import type { Measure, Sample } from '../results.js';
import { median } from '../statistics.js';
import type { Way } from '../subjects/subject.js';

/** So many ask at once for the rate. */
const AT_ONCE = 16;

const RATE: Measure = { key: 'rate', title: 'new connections', unit: '1/s', better: 'more' };

const COST: Measure = {
  key: 'cpu',
  title: 'processor time of the hops for each',
  unit: 'µs',
  better: 'less',
  parts: ['first', 'middle', 'last'],
};

const LONG_ENOUGH_MS = 1_000;

/** Time for what is dialled ahead to be dialled again; without it a row of connections waits for its own replacements. */
const PAUSE_MS = 20;

/** How long a new connection takes, and how many there can be in a second. */
export const connections: Suite = {
  name: 'connections',
  about: 'new connections, to the first byte back: one after the other, with pauses, and 16 at a time',
  groups: ({ tcp: subjects }, { rounds, quick }) => [
    {
      title: 'New connection',
      measures: [{ key: 'p50', title: 'new connection, p50', unit: 'µs', better: 'less' }],
      subjects,
      rounds,
      cases: [
        {
          name: 'one after the other',
          seconds: quick ? 0.2 : 0.6,
          measure: async ({ port }) => ({ p50: median(await sequential(port, quick ? 50 : 200, 0)) }),
        },
        {
          name: `with pauses of ${PAUSE_MS} ms`,
          seconds: quick ? 0.4 : 0.7,
          measure: async ({ port }) => ({ p50: median(await sequential(port, quick ? 15 : 30, PAUSE_MS)) }),
        },
      ],
    },
    {
      title: 'New connections per second',
      measures: canInspectProcesses ? [RATE, COST] : [RATE],
      subjects,
      rounds,
      cases: [
        {
          name: `${AT_ONCE} at a time`,
          seconds: quick ? 0.4 : 1,
          measure: (way) => rate(way, quick ? 200 : 400),
        },
      ],
    },
  ],
};

async function sequential(port: number, count: number, pauseMs: number): Promise<number[]> {
  const times: number[] = [];
  const first = performance.now();
  // So many, unless they take long: then so many as a second has.
  for (let i = 0; i < count && performance.now() - first < LONG_ENOUGH_MS; i += 1) {
    const start = performance.now();
    const echo = await Echo.open(port);
    times.push((performance.now() - start) * 1000);
    echo.close();
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return times;
}

async function rate({ port, hops }: Way, count: number): Promise<Sample> {
  const cpu = () => (canInspectProcesses ? hops.map(cpuSeconds) : [0, 0, 0]);
  const before = cpu();
  const start = performance.now();
  let left = count;
  const one = async () => {
    for (; left > 0; ) {
      left -= 1;
      (await Echo.open(port)).close();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  const seconds = (performance.now() - start) / 1000;
  const [first = 0, middle = 0, last = 0] = cpu().map((spent, i) => ((spent - before[i]!) * 1e6) / count);
  return { rate: count / seconds, cpu: first + middle + last, first, middle, last };
}
