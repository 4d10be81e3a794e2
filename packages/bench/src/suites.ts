/**
 * What is measured. Each suite interleaves its subjects round by round and compares within a round.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { canInspectProcesses, residentBytes } from '@hybridge/conformance';
import { download, Echo, upload } from './client.js';
import { cpuSeconds } from './cpu.js';
import { http } from './http-suite.js';
import { interleaved } from './interleaved.js';
import type { Path } from './path.js';
import { type Comparison, compare, median } from './statistics.js';

/** What a run measures with. */
export interface Run {
  readonly yardstick: Path;
  readonly ours: Path;
  /** Start another of each. */
  readonly start: { readonly yardstick: () => Promise<Path>; readonly ours: () => Promise<Path> };
  readonly rounds: number;
  /** Bytes of one upload or download. */
  readonly bytes: number;
  /** Called at each step with what is being done. */
  readonly progress: (step: string) => void;
}

/** A suite: its name on the command line, what it says of itself, and the measuring. */
export interface Suite {
  readonly name: string;
  readonly about: string;
  measure(run: Run): Promise<readonly Comparison[]>;
}

const throughput: Suite = {
  name: 'throughput',
  about: 'one stream at full speed, in each direction',
  async measure(run) {
    const comparisons: Comparison[] = [];
    for (const [direction, transfer] of [
      ['up', upload],
      ['down', download],
    ] as const) {
      const results = await interleaved(run, `one stream ${direction}`, async (path) => {
        const before = cpuOf(path);
        const seconds = await transfer(path.port, run.bytes);
        return { rate: run.bytes / 1e6 / seconds, cpu: (cpuOf(path) - before) / (run.bytes / 1e9) };
      });
      const of = (key: 'rate' | 'cpu') =>
        [results.yardstick.map((r) => r[key]), results.ours.map((r) => r[key])] as const;
      comparisons.push(compare(`one stream ${direction}`, 'MB/s', ...of('rate')));
      if (canInspectProcesses) {
        comparisons.push(compare(`processor time ${direction}, three hops`, 's/GB', ...of('cpu')));
      }
    }
    return comparisons;
  },
};

const latency: Suite = {
  name: 'round-trip',
  about: 'round trips on one open connection',
  async measure(run) {
    const comparisons: Comparison[] = [];
    for (const size of [100, 4096]) {
      const results = await interleaved(run, `round trip of ${size} bytes`, async (path) => {
        const echo = await Echo.open(path.port);
        const bytes = Buffer.alloc(size, 'x');
        const times: number[] = [];
        for (let i = 0; i < 2000; i += 1) {
          const start = performance.now();
          await echo.roundTrip(bytes);
          times.push((performance.now() - start) * 1000);
        }
        echo.close();
        return median(times);
      });
      comparisons.push(compare(`round trip of ${size} bytes, p50`, 'µs', results.yardstick, results.ours));
    }
    return comparisons;
  },
};

const connections: Suite = {
  name: 'connections',
  about: 'new connections, from connect to the first byte back',
  async measure(run) {
    const sequential = await interleaved(run, 'new connections, one at a time', async (path) => {
      const times: number[] = [];
      for (let i = 0; i < 200; i += 1) {
        const start = performance.now();
        const echo = await Echo.open(path.port);
        times.push((performance.now() - start) * 1000);
        echo.close();
      }
      return median(times);
    });
    const parallel = await interleaved(run, 'new connections, 16 at a time', async (path) => {
      const start = performance.now();
      let left = 600;
      const one = async () => {
        for (; left > 0; ) {
          left -= 1;
          (await Echo.open(path.port)).close();
        }
      };
      await Promise.all(Array.from({ length: 16 }, one));
      return 600 / ((performance.now() - start) / 1000);
    });
    return [
      compare('new connection, p50', 'µs', sequential.yardstick, sequential.ours),
      compare('new connections, 16 at a time', '1/s', parallel.yardstick, parallel.ours),
    ];
  },
};

const memory: Suite = {
  name: 'memory',
  about: 'resident memory of an idle connection',
  async measure(run) {
    if (!canInspectProcesses) return [];
    const yardstick = { middle: [] as number[], all: [] as number[] };
    const ours = { middle: [] as number[], all: [] as number[] };
    const rounds = Math.min(run.rounds, 3);
    for (let round = 0; round < rounds; round += 1) {
      for (const [start, results] of [
        [run.start.yardstick, yardstick],
        [run.start.ours, ours],
      ] as const) {
        run.progress(`memory of ${IDLE_CONNECTIONS} idle connections: round ${round + 1} of ${rounds}`);
        const [first, middle, last] = await memoryOfIdle(start);
        results.middle.push(middle);
        results.all.push(first + middle + last);
      }
    }
    return [
      compare('idle connection, middle hop', 'KiB', yardstick.middle, ours.middle),
      compare('idle connection, three hops', 'KiB', yardstick.all, ours.all),
    ];
  },
};

/** So many that what the heap grows by on its own accord hardly counts. */
const IDLE_CONNECTIONS = 3000;

/**
 * What each hop's memory grows by for one idle connection, in KiB. In processes that were just started, since one that has
 * been busy has memory left over, in which any number of idle connections fit.
 */
async function memoryOfIdle(start: () => Promise<Path>): Promise<[number, number, number]> {
  const path = await start();
  const echoes: Echo[] = [];
  const open = async (count: number) => {
    for (let left = count; left > 0; left -= 50) {
      echoes.push(...(await Promise.all(Array.from({ length: 50 }, () => Echo.open(path.port)))));
    }
    await sleep(1000);
  };
  try {
    // What the first connections cost once and for all is not what each costs.
    await open(200);
    const before = path.pids.map(residentBytes);
    await open(IDLE_CONNECTIONS);
    const [first, middle, last] = path.pids.map(
      (pid, i) => (residentBytes(pid) - before[i]!) / IDLE_CONNECTIONS / 1024,
    );
    return [first!, middle!, last!];
  } finally {
    for (const echo of echoes) echo.close();
    await path.stop();
  }
}

function cpuOf(path: Path): number {
  return canInspectProcesses ? path.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) : 0;
}

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [throughput, latency, connections, http, memory];
