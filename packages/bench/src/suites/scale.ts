/**
 * What very many connections cost a relay that do nothing: control channels and tunnels, in one process and in workers.
 *
 * Only pings go over them, one a minute each way. Each measurement has a relay of its own, as the command starts it;
 * the clients are processes that are not counted.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { canInspectProcesses, openDescriptors, residentBytes } from '@hybridge/conformance';
import { crowdSize, descriptorLimit, grouped } from '../crowd-size.js';
import { type CrowdKind, openCrowd } from '../load/crowd.js';
import type { GroupPlan, Suite } from '../plan.js';
import { cpuSeconds } from '../processes.js';
import type { Sample } from '../results.js';
import { type CrowdedRelay, type RelayPart, relayOf } from '../subjects/relay-workers.js';

const KINDS: readonly CrowdKind[] = ['control channels', 'tunnels'];

const WORKERS = [1, 2];

/** For how long it is watched. A minute has one ping of each connection; half of it may have all of them, or none. */
const TIMES = {
  whole: { settleMs: 5_000, restMs: 60_000 },
  quick: { settleMs: 500, restMs: 3_000 },
} as const;

/** What ten thousand idle ones cost. */
export const scale: Suite = {
  name: 'scale',
  about: 'a relay with very many idle control channels and tunnels, in one process and in two workers',
  groups: ({ tcp }, { quick, connections }) => {
    if (!canInspectProcesses) return [];
    const limit = descriptorLimit();
    const sizes = KINDS.map((kind) => ({ kind, ...crowdSize(kind, connections, limit) }));
    const times = quick ? TIMES.quick : TIMES.whole;
    const plan: GroupPlan<CrowdedRelay> = {
      title: 'Idle crowds',
      compared: false,
      fresh: true,
      // Each takes a minute and a half. Processor time differs little; memory is what V8 has not collected yet.
      rounds: 1,
      notes: sizes.flatMap(({ note }) => note ?? []),
      measures: [
        { key: 'memory-worker', title: 'memory of a worker for each 1,000', unit: 'MiB', better: 'less' },
        {
          key: 'cpu-worker',
          title: 'processor time of a worker for each 1,000',
          unit: '% of a core',
          better: 'less',
        },
        { key: 'memory', title: 'memory of all processes for each 1,000', unit: 'MiB', better: 'less' },
        {
          key: 'cpu',
          title: 'processor time of all processes for each 1,000',
          unit: '% of a core',
          better: 'less',
        },
        { key: 'opening', title: 'processor time to open one, all processes', unit: 'µs', better: 'less' },
        {
          key: 'descriptors',
          title: 'descriptors of the fullest process',
          unit: 'open',
          better: 'less',
        },
      ],
      subjects: tcp.some(({ ours }) => ours) ? WORKERS.map((workers) => relayOf(workers, connections)) : [],
      cases: sizes.map(({ kind, count }) => ({
        name: `${grouped(count)} ${kind}`,
        seconds: (2 * times.settleMs + times.restMs) / 1_000 + count / 500,
        measure: (relay, say) => measureCrowd(relay, kind, count, { ...times, say }),
      })),
    };
    return [plan];
  },
};

interface Watching {
  readonly settleMs: number;
  readonly restMs: number;
  readonly say: (what: string) => void;
}

async function measureCrowd(
  relay: CrowdedRelay,
  kind: CrowdKind,
  count: number,
  { settleMs, restMs, say }: Watching,
): Promise<Sample> {
  const pids = (await relay.parts()).map(({ pid }) => pid);
  // One that was busy has memory left over, in which any number of idle connections fit.
  say('settling');
  await sleep(settleMs);
  const before = usageOf(pids);
  say(`opening ${grouped(count)}`);
  const release = await openCrowd(relay, kind, count);
  try {
    const opened = usageOf(pids);
    say('settling again');
    await sleep(settleMs);
    const held = usageOf(pids);
    say(`watching for ${restMs / 1_000} s`);
    const since = performance.now();
    await sleep(restMs);
    const after = usageOf(pids);
    const seconds = (performance.now() - since) / 1_000;
    const descriptors = Math.max(...pids.map((pid) => openDescriptors(pid)));
    // Last: to say what it has costs the relay memory.
    const parts = await relay.parts();
    const spent = pids.map((_, i) => opened[i]!.cpuSeconds - before[i]!.cpuSeconds);
    const costs = parts.map((part, i) => ({
      part,
      bytes: after[i]!.rss - before[i]!.rss,
      share: (after[i]!.cpuSeconds - held[i]!.cpuSeconds) / seconds,
    }));
    return {
      ...costsOfCrowd(costs, kind, count),
      opening: (sum(spent) / count) * 1e6,
      descriptors,
    };
  } finally {
    release();
  }
}

/** What one process of the relay came to. */
export interface PartCosts {
  readonly part: RelayPart;
  /** By which its resident memory grew. */
  readonly bytes: number;
  /** Of one core, while nothing happened but pings. */
  readonly share: number;
}

/** The costs for each thousand: of a worker for what it holds, and of all processes for all. @throws Error when some are missing. */
export function costsOfCrowd(costs: readonly PartCosts[], kind: CrowdKind, count: number): Sample {
  const heldBy = ({ listeners, connections }: RelayPart) => (kind === 'tunnels' ? connections : listeners);
  const workers = costs.filter(({ part }) => part.isWorker);
  const held = sum(workers.map(({ part }) => heldBy(part)));
  if (held < count) throw new Error(`The relay holds ${held} ${kind} of ${count}`);
  const inAll = (of: (each: PartCosts) => number) => sum(costs.map(of)) / (count / 1_000);
  const each = (of: (each: PartCosts) => number) => sum(workers.map(of)) / (held / 1_000);
  const mebibytes = ({ bytes }: PartCosts) => bytes / 1_048_576;
  const percent = ({ share }: PartCosts) => share * 100;
  return {
    'memory-worker': each(mebibytes),
    'cpu-worker': each(percent),
    memory: inAll(mebibytes),
    cpu: inAll(percent),
    held,
  };
}

function usageOf(pids: readonly number[]) {
  return pids.map((pid) => ({ rss: residentBytes(pid), cpuSeconds: cpuSeconds([pid]) }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
