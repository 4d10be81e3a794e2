/**
 * Streams at full speed: the main rows with every subject, and streams × writes × directions for us and the yardstick.
 * @module
 */
import { canInspectProcesses } from '@hybridge/conformance';
import { type Direction, type Transfer, transfer } from '../load/transfer.js';
import type { CasePlan, Suite } from '../plan.js';
import { cpuSeconds, forgetPeak, peakMebibytes } from '../processes.js';
import type { Measure, Sample } from '../results.js';
import type { Way } from '../subjects/subject.js';

const RATE: Measure = { key: 'rate', title: 'bytes', unit: 'MB/s', better: 'more' };

const PARTS = ['first', 'middle', 'last'] as const;

const COSTS: readonly Measure[] = [
  {
    key: 'cpu',
    title: 'processor time of the hops',
    unit: 's/GB',
    better: 'less',
    parts: PARTS.map((part) => `cpu-${part}`),
  },
  {
    key: 'peak',
    title: 'peak memory of the hops',
    unit: 'MiB',
    better: 'less',
    parts: PARTS.map((part) => `peak-${part}`),
  },
];

const MEASURES = canInspectProcesses ? [RATE, ...COSTS] : [RATE];

const KIB = 1024;
const LARGE = 256 * KIB;

/** No transfer goes on for much longer, in seconds. */
const LONG_ENOUGH_S = 1;

/** The rows that every subject takes part in. */
const MAIN: readonly (readonly [Direction, number])[] = [
  ['up', 1],
  ['down', 1],
  ['both', 1],
  ['up', 8],
];

/** One stream and many, in every direction. */
export const throughput: Suite = {
  name: 'throughput',
  about: 'streams at full speed: 1, 8, 64; up, down, both ways; writes of 1, 16, 256 KiB',
  groups: ({ tcp: subjects }, { rounds, bytes, quick }) => {
    const few = subjects.filter(({ id }) => id === 'net-pipe' || id === 'hybridge');
    const main = MAIN.slice(0, quick ? 2 : undefined).map(([direction, streams]) =>
      plan({ direction, streams, bytes, writeBytes: LARGE }),
    );
    const matrix = [1, 8, 64].flatMap((streams) =>
      [KIB, 16 * KIB, LARGE].flatMap((writeBytes) =>
        (['up', 'down', 'both'] as const)
          // Downloads are written by the target, in large blocks alone; and what is in the main rows is not repeated.
          .filter((direction) => direction !== 'down' || writeBytes === LARGE)
          .filter(
            (direction) => writeBytes < LARGE || !MAIN.some(([d, s]) => d === direction && s === streams),
          )
          .map((direction) =>
            plan({ direction, streams, writeBytes, bytes: writeBytes === KIB ? bytes / 4 : bytes }),
          ),
      ),
    );
    return [
      { title: 'Throughput', measures: MEASURES, subjects, rounds, cases: main },
      ...(quick
        ? []
        : [
            {
              title: 'Throughput by streams and writes',
              measures: MEASURES.slice(0, 2),
              subjects: few,
              rounds: Math.min(rounds, 3),
              cases: matrix,
            },
          ]),
    ];
  },
};

function plan(what: Transfer): CasePlan {
  const { direction, streams, writeBytes, bytes } = what;
  const number = streams === 1 ? 'one stream' : `${streams} streams`;
  const writes = writeBytes === LARGE ? '' : `, writes of ${writeBytes / KIB} KiB`;
  const rates = new WeakMap<Way, number>();
  return {
    name: `${number} ${direction === 'both' ? 'both ways' : direction}${writes}`,
    seconds: Math.min(LONG_ENOUGH_S, bytes / 350e6),
    measure: async (way) => {
      const known = rates.get(way);
      // While warming up half of it; then what takes a slow way a second is as telling.
      const size = known === undefined ? bytes / 2 : Math.min(bytes, known * LONG_ENOUGH_S * 1e6);
      const sample = await measure(way, { ...what, bytes: Math.ceil(size / streams) * streams });
      rates.set(way, sample.rate!);
      return sample;
    },
  };
}

async function measure(way: Way, what: Transfer): Promise<Sample> {
  if (canInspectProcesses) way.hops.forEach(forgetPeak);
  const before = canInspectProcesses ? way.hops.map(cpuSeconds) : [];
  const own = process.cpuUsage();
  const seconds = await transfer(way.port, what);
  const { user, system } = process.cpuUsage(own);
  const moved = what.direction === 'both' ? 2 * what.bytes : what.bytes;
  const sample: Record<string, number> = {
    rate: moved / 1e6 / seconds,
    // Near 1, the generator itself would be what is measured.
    'generator-load': (user + system) / 1e6 / seconds,
  };
  if (!canInspectProcesses) return sample;
  const cpu = way.hops.map((hop, i) => (cpuSeconds(hop) - before[i]!) / (moved / 1e9));
  const peak = way.hops.map(peakMebibytes);
  PARTS.forEach((part, i) => {
    sample[`cpu-${part}`] = cpu[i]!;
    sample[`peak-${part}`] = peak[i]!;
  });
  return { ...sample, cpu: sum(cpu), peak: sum(peak) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
