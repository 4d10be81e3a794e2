/**
 * What connections cost in resident memory.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { canInspectProcesses, residentBytes } from '@hybridge/conformance';
import { Echo } from '../load/echo.js';
import type { Suite } from '../plan.js';
import type { Sample } from '../results.js';
import type { Hop, Way } from '../subjects/subject.js';

/** So many that what the heap grows by on its own accord hardly counts. */
const IDLE_CONNECTIONS = 3000;

/** Growth of resident memory for each connection that is open. */
export const memory: Suite = {
  name: 'memory',
  about: 'resident memory of idle connections',
  groups: ({ tcp: subjects }, { rounds, quick }) =>
    canInspectProcesses
      ? [
          {
            title: 'Memory of an idle connection',
            measures: [
              { key: 'middle', title: 'middle hop', unit: 'KiB', better: 'less' },
              {
                key: 'all',
                title: 'all three hops',
                unit: 'KiB',
                better: 'less',
                parts: ['first', 'middle', 'last'],
              },
            ],
            subjects: subjects.filter(({ id, ours }) => ours || id === 'net-pipe'),
            rounds: Math.min(rounds, 3),
            // One that has been busy has memory left over, in which any number of idle connections fit.
            fresh: true,
            cases: [
              {
                name: `${IDLE_CONNECTIONS} idle`,
                seconds: 10,
                measure: (way) => memoryOfIdle(way, quick ? IDLE_CONNECTIONS / 3 : IDLE_CONNECTIONS),
              },
            ],
          },
        ]
      : [],
};

/** What each hop's memory grows by for one idle connection, in KiB. */
async function memoryOfIdle({ port, hops }: Way, count: number): Promise<Sample> {
  const echoes: Echo[] = [];
  const open = async (more: number) => {
    for (let left = more; left > 0; left -= 50) {
      echoes.push(...(await Promise.all(Array.from({ length: 50 }, () => Echo.open(port)))));
    }
    await sleep(1000);
  };
  try {
    // What the first connections cost once and for all is not what each costs.
    await open(200);
    const before = hops.map(resident);
    await open(count);
    const [first = 0, middle = 0, last = 0] = hops.map(
      (hop, i) => (resident(hop) - before[i]!) / count / 1024,
    );
    return { first, middle, last, all: first + middle + last };
  } finally {
    for (const echo of echoes) echo.close();
  }
}

function resident(hop: Hop): number {
  return hop.reduce((sum, pid) => sum + residentBytes(pid), 0);
}
