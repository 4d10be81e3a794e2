/**
 * Over slow links: both inner legs pass a hop that makes everything late by 20 or 80 ms each way.
 * @module
 */
import { Echo } from '../load/echo.js';
import { transfer } from '../load/transfer.js';
import type { GroupPlan, Suite } from '../plan.js';
import { startScript } from '../script.js';
import { median } from '../statistics.js';
import type { Way } from '../subjects/subject.js';

/** Opened one after the other in each round: they hardly differ. */
const CONNECTIONS = 4;

const DELAYS_MS = [20, 80] as const;

/** What a far relay costs: time for new connections, and nothing else it is hoped. */
export const delay: Suite = {
  name: 'delay',
  about: 'links to the middle hop that are 20 or 80 ms long, each way: new connections, one stream',
  groups: ({ tcp }, { rounds, quick, bytes }) =>
    DELAYS_MS.slice(0, quick ? 1 : undefined).flatMap((ms): GroupPlan[] => {
      const common = {
        subjects: tcp.filter(
          ({ id, stretches }) => stretches && (MAIN.includes(id) || (!quick && MORE.includes(id))),
        ),
        rounds: Math.min(rounds, quick ? 1 : 2),
        innerLeg: (port: number) => startScript('delay-hop', [String(port), String(ms)]),
      };
      const moved = Math.min(bytes, 64_000_000);
      return [
        {
          ...common,
          title: `Links of ${ms} ms each way, new connection`,
          measures: [{ key: 'p50', title: 'time to the first byte back, p50', unit: 'ms', better: 'less' }],
          cases: [
            {
              name: 'one after the other',
              seconds: (CONNECTIONS * 12 * ms) / 1000,
              measure: async (way) => ({ p50: await connectionTime(way) }),
            },
          ],
        },
        {
          ...common,
          title: `Links of ${ms} ms each way, one stream`,
          measures: [{ key: 'rate', title: 'bytes', unit: 'MB/s', better: 'more' }],
          cases: (['up', 'down'] as const).map((direction) => ({
            name: `one stream ${direction}`,
            seconds: moved / 60e6,
            measure: async ({ port }) => {
              const seconds = await transfer(port, {
                direction,
                streams: 1,
                writeBytes: 262_144,
                bytes: moved,
              });
              return { rate: moved / 1e6 / seconds };
            },
          })),
        },
      ];
    }),
};

/** Measured in a quick run, too. */
const MAIN: readonly string[] = [
  'net-pipe',
  'hybridge',
  'hybridge-preconnect',
  'hybridge-multiplex',
  'hybridge-tls',
];

const MORE: readonly string[] = [
  'hybridge-tls-preconnect',
  'hybridge-tls-multiplex',
  'haproxy-tls',
  'openssh',
];

async function connectionTime({ port }: Way): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < CONNECTIONS; i += 1) {
    const start = performance.now();
    const echo = await Echo.open(port);
    times.push(performance.now() - start);
    echo.close();
  }
  return median(times);
}
