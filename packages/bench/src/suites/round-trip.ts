/**
 * Round trips on a connection that is open already.
 * @module
 */
import { Echo } from '../load/echo.js';
import type { Suite } from '../plan.js';
import { median } from '../statistics.js';

/** Round trips of small messages. */
export const roundTrip: Suite = {
  name: 'round-trip',
  about: 'round trips of 100 and 4,096 bytes on one open connection',
  groups: ({ tcp: subjects }, { rounds, quick }) => [
    {
      title: 'Round trip',
      measures: [{ key: 'p50', title: 'round trip, p50', unit: 'µs', better: 'less' }],
      subjects,
      rounds,
      cases: [100, 4096].map((size) => ({
        name: `${size} bytes`,
        seconds: quick ? 0.3 : 0.5,
        measure: async (way) => {
          const echo = await Echo.open(way.port);
          const times = await echo.times(Buffer.alloc(size, 'x'), quick ? 500 : 1000);
          echo.close();
          return { p50: median(times) };
        },
      })),
    },
  ],
};
