/**
 * Round trips of one connection while another uploads at full speed through the same hops.
 *
 * Both ends of the round trips are processes that do nothing else. What holds a message up is then the hops, and that
 * there are more busy processes than cores.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Bulk } from '../load/bulk.js';
import { Echo } from '../load/echo.js';
import type { Suite } from '../plan.js';
import type { Sample } from '../results.js';
import { median, percentile } from '../statistics.js';
import type { Way } from '../subjects/subject.js';

/** Time for the upload to fill every buffer on the way before anything is measured. */
const FILLING_MS = 300;

/** How long a small message takes beside a large transfer. */
export const loaded: Suite = {
  name: 'loaded',
  about: 'round trips of 100 bytes while another connection uploads at full speed',
  groups: ({ tcp: subjects }, { rounds, quick }) => [
    {
      title: 'Beside an upload',
      measures: [
        { key: 'p50', title: 'round trip of 100 bytes, p50', unit: 'µs', better: 'less' },
        { key: 'p99', title: 'round trip of 100 bytes, p99', unit: 'µs', better: 'less' },
        { key: 'rate', title: 'the upload meanwhile', unit: 'MB/s', better: 'more' },
      ],
      subjects,
      rounds,
      cases: [
        {
          name: 'one upload',
          seconds: (quick ? 0.6 : 1.2) + 0.5,
          measure: (way) => measure(way, quick ? 600 : 1_200),
        },
      ],
    },
  ],
};

async function measure({ port }: Way, ms: number): Promise<Sample> {
  const echo = await Echo.open(port, 'apart');
  const bulk = await Bulk.start(port);
  try {
    await sleep(FILLING_MS);
    const before = await bulk.bytes();
    const start = performance.now();
    const times = await paced(echo, start + ms);
    const seconds = (performance.now() - start) / 1000;
    const bytes = (await bulk.bytes()) - before;
    return { p50: median(times), p99: percentile(times, 0.99), rate: bytes / 1e6 / seconds };
  } finally {
    echo.close();
    await bulk.stop();
  }
}

/** A message is due every so many milliseconds. */
const PACE_MS = 5;

/**
 * Round trips at a steady pace until a point in time, in microseconds. A message that takes longer than the pace holds up
 * those that were due meanwhile; they count as if they had been sent when they were due. Otherwise the median would be
 * that of the good moments, in which there are more messages.
 */
async function paced(echo: Echo, until: number): Promise<number[]> {
  const message = Buffer.alloc(100, 'x');
  const times: number[] = [];
  while (performance.now() < until || times.length < 20) {
    const [time = 0] = await echo.times(message, 1);
    for (let waited = time; waited > 0; waited -= PACE_MS * 1000) times.push(waited);
    await sleep(Math.max(0, PACE_MS - time / 1000));
  }
  return times;
}
