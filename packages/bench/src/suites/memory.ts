/**
 * What connections cost in resident memory: idle ones, control channels, and those whose reader does not read.
 *
 * Each measurement has processes of its own: one that has been busy has memory left over, in which any number of
 * connections fit. What the first connections cost once and for all is not counted.
 * @module
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { canInspectProcesses, residentBytes } from '@hybridge/conformance';
import { openControlChannel } from '../load/control-channel.js';
import { Echo } from '../load/echo.js';
import { Service, transferRequest } from '../load/service.js';
import { dial } from '../load/transfer.js';
import type { GroupPlan, Suite } from '../plan.js';
import type { Measure, Sample } from '../results.js';
import { type ListeningWay, relayAlone } from '../subjects/relay-alone.js';
import type { Hop, Way } from '../subjects/subject.js';

/** So many that what the heap grows by on its own accord hardly counts. */
const IDLE = 3000;

/** What waits for each reader that does not read. */
const WAITING_BYTES = 512 * 1024 * 1024;

const PAUSED = 32;

const YARDSTICK = 'net-pipe';

/** Opened before anything is counted. */
const FIRST = { idle: 200, paused: 4 };

/** Growth of resident memory for each connection that is open. */
export const memory: Suite = {
  name: 'memory',
  about: 'resident memory of idle connections, control channels, and connections whose reader has paused',
  groups: ({ tcp }, { rounds, quick }) => {
    if (!canInspectProcesses) return [];
    const subjects = tcp.filter(({ id, ours }) => id === YARDSTICK || (ours && !quick) || id === 'hybridge');
    const common = { rounds: quick ? 1 : Math.min(rounds, 3), fresh: true } as const;
    const channels: GroupPlan<ListeningWay> = {
      ...common,
      title: 'Memory of an idle control channel',
      compared: false,
      measures: [{ key: 'middle', title: 'relay', unit: 'KiB', better: 'less' }],
      subjects: tcp.some(({ ours }) => ours) ? [relayAlone] : [],
      cases: [{ name: `${IDLE} idle`, seconds: 6, measure: (way) => idleChannels(way, IDLE) }],
    };
    return [
      {
        ...common,
        title: 'Memory of an idle connection',
        measures: hops('KiB'),
        subjects,
        cases: [{ name: `${IDLE} idle`, seconds: 10, measure: (way) => idleConnections(way, IDLE) }],
      },
      {
        ...common,
        title: 'Memory of a connection whose reader has paused',
        measures: hops('MiB'),
        subjects,
        cases: [{ name: '512 MiB wait for each', seconds: 5, measure: pausedReaders }],
      },
      channels,
    ];
  },
};

function hops(unit: string): Measure[] {
  return [
    { key: 'middle', title: 'middle hop', unit, better: 'less' },
    { key: 'all', title: 'all three hops', unit, better: 'less', parts: ['first', 'middle', 'last'] },
  ];
}

async function idleConnections(way: Way, count: number): Promise<Sample> {
  const open = async () => {
    const echo = await Echo.open(way.port);
    return () => echo.close();
  };
  return growth(way, FIRST.idle, count, 1024, open);
}

async function idleChannels(way: ListeningWay, count: number): Promise<Sample> {
  let index = 0;
  const open = async () => {
    const request = way.upgradeRequest(index);
    index += 1;
    const socket = await openControlChannel(way.port, request);
    return () => socket.destroy();
  };
  return growth(way, FIRST.idle, count, 1024, open);
}

async function pausedReaders(way: Way): Promise<Sample> {
  const open = async () => {
    const socket = await dial(way.port);
    socket.on('error', () => undefined);
    socket.write(transferRequest(Service.download, WAITING_BYTES));
    // The first bytes are here, so everything on the way is filling up now.
    await once(socket, 'readable');
    return () => socket.destroy();
  };
  return growth(way, FIRST.paused, PAUSED, 1024 * 1024, open);
}

/** What each hop's memory grows by for one connection of many, in some unit. */
async function growth(
  { hops }: Way,
  first: number,
  count: number,
  unitBytes: number,
  open: () => Promise<() => void>,
): Promise<Sample> {
  const opened: (() => void)[] = [];
  const openAll = async (more: number) => {
    for (let left = more; left > 0; left -= 50) {
      opened.push(...(await Promise.all(Array.from({ length: Math.min(50, left) }, open))));
    }
    await sleep(1_000);
  };
  try {
    await openAll(first);
    const before = hops.map(resident);
    await openAll(count);
    const [a = 0, b = 0, c = 0] = hops.map((hop, i) => (resident(hop) - before[i]!) / count / unitBytes);
    return { first: a, middle: b, last: c, all: a + b + c };
  } finally {
    for (const close of opened) close();
  }
}

function resident(hop: Hop): number {
  return hop.reduce((sum, pid) => sum + residentBytes(pid), 0);
}
