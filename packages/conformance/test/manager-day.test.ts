/**
 * What a day brings, in minutes: connections made and closed through one manager, one in ten aborted at a random moment by either
 * side, one in four as a stream of a shared connection. No descriptor, listener or memory is left behind, here or at the relay.
 *
 * `HYBRIDGE_DAY` says how many; a day has 50,000.
 */
import { HybridConnectionSender } from '@hybridge/sender';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../src/deadline.js';
import { ABORTS, FarEnds, live } from '../src/lives.js';
import { type Figures, now, Part } from '../src/part.js';
import { canInspectProcesses } from '../src/proc.js';
import { requireBuild } from '../src/processes.js';

requireBuild();

const CONNECTIONS = Number(process.env.HYBRIDGE_DAY ?? 2_000);
/** What fills pools and compiles code, before anything is counted. */
const WARM_UP = Math.min(1_000, CONNECTIONS / 4);
/** In which memory is looked at: what is left by each connection goes on to grow. */
const PARTS = 5;
const LANES = 64;
/** Several, so that the ports of loopback suffice: each has about 28,000 to each other address. */
const HOSTS = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];
const SETTLE_MS = 60_000;
/** What may come and go at any moment: a timer of the program's own, an object that waits for a weak reference to be cleared. */
const SLACK = { descriptors: 3, objects: 40, heapBytes: 2 * 1024 * 1024 };

it.skipIf(!canInspectProcesses)('a day of a manager', { timeout: 120_000 + CONNECTIONS * 30 }, async () => {
  const ends = await FarEnds.at(HOSTS);
  onTestFinished(() => ends.stop());
  const names = HOSTS.map((_, index) => `db${index}`);
  const relay = await Part.start('relay', [{ listen: { host: '0.0.0.0' }, hybridConnections: names }]);
  onTestFinished(() => relay.kill());
  const text = async (name: string, policy: string, host: string) => {
    const given = await relay.ask<string>('connectionString', name, { policy });
    return given.replace(/(Endpoint=\w+:\/\/)[^:]+/, `$1${host}`);
  };
  const connections = await Promise.all(
    names.map(async (name, index) => ({
      connectionString: await text(name, 'defaultListener', HOSTS[index]!),
      endpoint: ends.endpoints[index]!,
    })),
  );
  const manager = await Part.start('manager', [{ connections }]);
  onTestFinished(() => manager.kill());

  const counts = new Map<string, number>();
  let number = 0;
  const run = async (count: number) => {
    const senders = await Promise.all(
      names.flatMap((name, index) =>
        [false, false, false, true].map(async (multiplex) => {
          const connectionString = await text(name, 'defaultSender', HOSTS[index]!);
          return new HybridConnectionSender({ connectionString, multiplex });
        }),
      ),
    );
    const last = number + count;
    await Promise.all(
      Array.from({ length: LANES }, async () => {
        while (number < last) {
          const own = number;
          number += 1;
          const abort = Math.random() < 0.1 ? any(ABORTS) : undefined;
          counts.set(abort ?? 'orderly', (counts.get(abort ?? 'orderly') ?? 0) + 1);
          await live(any(senders), ends, own, abort);
        }
      }),
    );
    for (const sender of senders) sender.close();
    await until(() => ends.open === 0, SETTLE_MS, `the targets to be idle (${ends.open})`);
    await until(async () => (await openOf(manager)) === 0, SETTLE_MS, 'the manager to be idle');
    await until(async () => (await tunnelsOf(relay)) === 0, SETTLE_MS, 'the relay to be idle');
  };

  await run(WARM_UP);
  const before = await taken({ manager, relay });
  counts.clear();
  const startedAt = now();
  const heaps = [heapsOf(before)];
  for (let part = 0; part < PARTS; part += 1) {
    await run(Math.ceil(CONNECTIONS / PARTS));
    heaps.push(heapsOf(await taken({ manager, relay })));
  }
  const seconds = (now() - startedAt) / 1_000;
  let after = await taken({ manager, relay });
  // What a socket's last 'close' holds goes a moment later.
  await until(
    async () => {
      if (isLeftOver(before, after) === undefined) return true;
      after = await taken({ manager, relay });
      return false;
    },
    20_000,
    'what was used to be given back',
  ).catch(() => undefined);

  console.log(
    [
      `${CONNECTIONS} connections in ${seconds.toFixed(0)} s, ${CONNECTIONS - (counts.get('orderly') ?? 0)} aborted:`,
      ...[...counts].map(([how, count]) => `  ${count} ${how}`),
      ...Object.keys(before).flatMap((who) => table(who, before[who]!, after[who]!)),
      `  heaps of manager and relay in between: ${heaps.join(', ')} MiB`,
    ].join('\n'),
  );
  expect(isLeftOver(before, after)).toBeUndefined();
  expect(after.manager?.listeners).toEqual(before.manager?.listeners);
  const status = await manager.ask('status');
  for (const { state, counters } of status) {
    expect(state.name).toBe('online');
    expect(counters).toMatchObject({ open: 0, targetFailures: 0 });
  }
});

type Taken = Record<string, Figures & { readonly listeners?: unknown }>;

async function taken({ manager, relay }: { manager: Part; relay: Part }): Promise<Taken> {
  const [ofManager, ofRelay, listeners] = await Promise.all([
    manager.ask<Figures>('figures'),
    relay.ask<Figures>('figures'),
    manager.ask('listeners'),
  ]);
  return { manager: { ...ofManager, listeners }, relay: ofRelay };
}

/** What there is too much of. */
function isLeftOver(before: Taken, after: Taken): string | undefined {
  for (const who of Object.keys(before)) {
    const [was, is] = [before[who]!, after[who]!];
    if (is.descriptors > was.descriptors + SLACK.descriptors) return `descriptors of the ${who}`;
    for (const kind of ['sockets', 'emitters', 'promises', 'abortSignals'] as const) {
      if (is[kind] > was[kind] + SLACK.objects) return `${kind} of the ${who}`;
    }
    for (const [kind, count] of Object.entries(is.resources)) {
      if (count > (was.resources[kind] ?? 0) + SLACK.objects) return `${kind} of the ${who}`;
    }
    if (is.heapUsed > was.heapUsed + SLACK.heapBytes) return `memory of the ${who}`;
  }
  return undefined;
}

function heapsOf({ manager, relay }: Taken): string {
  return [manager, relay].map((figures) => ((figures?.heapUsed ?? 0) / 1024 / 1024).toFixed(2)).join(' and ');
}

function table(who: string, before: Figures, after: Figures): string[] {
  const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const row = (what: string, of: (figures: Figures) => string | number) =>
    `  ${who}: ${what} ${of(before)} -> ${of(after)}`;
  return [
    row('descriptors', ({ descriptors }) => descriptors),
    row('heap', ({ heapUsed }) => mib(heapUsed)),
    row('resident', ({ rss }) => mib(rss)),
    row('beside the heap', ({ external }) => mib(external)),
    row('sockets', ({ sockets }) => sockets),
    row('event emitters', ({ emitters }) => emitters),
    row('promises', ({ promises }) => promises),
    row('abort signals', ({ abortSignals }) => abortSignals),
    row('handles', ({ resources }) => JSON.stringify(resources)),
    row('event listeners', (figures) => JSON.stringify((figures as Taken[string]).listeners ?? '-')),
  ];
}

function any<T>(of: readonly T[]): T {
  return of[Math.floor(Math.random() * of.length)]!;
}

async function openOf(manager: Part): Promise<number> {
  const status = await manager.ask<{ counters: { open: number } }[]>('status');
  return status.reduce((sum, { counters }) => sum + counters.open, 0);
}

async function tunnelsOf(relay: Part): Promise<number> {
  const { namespaces } = await relay.ask('status');
  return namespaces[0].hybridConnections.reduce(
    (sum: number, { tunnels }: { tunnels: unknown[] }) => sum + tunnels.length,
    0,
  );
}
