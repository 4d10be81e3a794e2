/**
 * What it costs a relay to hold very many connections that do nothing: control channels, and tunnels.
 *
 * `node packages/bench/dist/scale-process.js [--count 10000] [--workers 1,2] [--seconds 60] [--only tunnels]`. The relay is the command,
 * with its default interval between pings (60 s); the clients are a few processes of their own. It prints memory,
 * processor time and descriptors of the relay, and what set the limit.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { HybridgeProcess, openDescriptors, residentBytes } from '@hybridge/conformance';
import { createToken } from '@hybridge/sas';
import { atExit } from './at-exit.js';
import { scriptPath } from './script.js';

/** Listeners of one hybrid connection. The protocol allows 25; client processes do not share them out to the last one. */
const LISTENERS = 20;
/** Descriptors that a process needs for itself. */
const OWN_DESCRIPTORS = 100;
/** Until memory and processor are at rest. */
const SETTLE_MS = 10_000;
/** Clients in one process: a sender's process has one descriptor for each, a listener's too. */
const CLIENTS_PER_PROCESS = 5_000;
/** Source addresses of each client process. */
const ADDRESSES = 4;
const KEY = 'c2NhbGUgbWVhc3VyZW1lbnQga2V5IG9mIG5vIHdvcnRo';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '1,2' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string', default: 'channels,tunnels' },
  },
});

interface Usage {
  readonly rss: number;
  readonly cpuSeconds: number;
}

interface Relay {
  readonly url: string;
  /** The primary first, where there are workers. */
  pids(): Promise<readonly number[]>;
  stop(): Promise<unknown>;
}

const limit = Number(/^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))![1]);
const folder = mkdtempSync(join(tmpdir(), 'hybridge-scale-'));
let nextAddress = 2;

const rows: string[][] = [
  [
    'held',
    'workers',
    'opened in',
    'CPU per opening',
    'memory',
    'KiB each',
    'CPU held',
    'per ping',
    'descriptors',
  ],
];
try {
  for (const workers of values.workers.split(',').map(Number)) {
    const processes = Math.max(1, workers);
    const most = Math.floor(((limit - OWN_DESCRIPTORS) / 2) * processes * (processes > 1 ? 0.9 : 1));
    if (values.only.includes('channels'))
      rows.push(await measure('control channels', workers, Number(values.count), 1, holdChannels));
    if (!values.only.includes('tunnels')) continue;
    const tunnels = Math.min(Number(values.count), most);
    rows.push(await measure('tunnels', workers, tunnels, 2, holdTunnels));
    if (tunnels < Number(values.count)) {
      note(
        `${workers} worker: a process may have ${limit} descriptors, and a tunnel takes two, so ${tunnels} tunnels`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
for (const row of rows) {
  process.stdout.write(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`);
  if (row === rows[0]) process.stdout.write(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|\n`);
}
process.exit(0);

/** @param legs - how many connections are pinged for each */
async function measure(
  what: string,
  workers: number,
  count: number,
  legs: number,
  hold: (relay: Relay, count: number) => Promise<() => void>,
): Promise<string[]> {
  note(`${count} ${what}, ${workers} worker${workers === 1 ? '' : 's'}`);
  const relay = await startRelay(workers, count);
  try {
    // A relay that was busy before would have memory left over, in which any number of idle connections fit.
    await sleep(SETTLE_MS);
    const pids = await relay.pids();
    const before = usage(pids);
    const started = performance.now();
    const release = await hold(relay, count);
    const openedMs = performance.now() - started;
    const opening = (usage(pids).cpuSeconds - before.cpuSeconds) / count;
    await sleep(SETTLE_MS);
    const held = usage(pids);
    const since = performance.now();
    await sleep(Number(values.seconds) * 1_000);
    const after = usage(pids);
    const seconds = (performance.now() - since) / 1_000;
    const descriptors = pids.map((pid) => openDescriptors(pid)).join(' + ');
    release();
    const cpu = (after.cpuSeconds - held.cpuSeconds) / seconds;
    const pings = (count * legs * seconds) / 60;
    return [
      `${count} ${what}`,
      String(workers),
      `${(openedMs / 1_000).toFixed(1)} s`,
      `${(opening * 1e6).toFixed(0)} µs`,
      `${mebibytes(before.rss)} → ${mebibytes(after.rss)} MiB`,
      ((after.rss - before.rss) / count / 1_024).toFixed(1),
      `${(cpu * 100).toFixed(2)} % of a core`,
      `${(((after.cpuSeconds - held.cpuSeconds) * 1e6) / pings).toFixed(0)} µs`,
      descriptors,
    ];
  } finally {
    await relay.stop();
  }
}

async function holdChannels(relay: Relay, count: number): Promise<() => void> {
  const names = namesFor(count);
  return clients('listen', count, relay, names);
}

async function holdTunnels(relay: Relay, count: number): Promise<() => void> {
  // Each client process has listeners of its own: which of them is asked is chance, so both have about half.
  const listeners = await clients(
    'listen',
    2 * Math.ceil(count / CLIENTS_PER_PROCESS),
    relay,
    ['scale-0'],
    1,
  );
  const senders = await clients('connect', count, relay, ['scale-0']);
  return () => {
    senders();
    listeners();
  };
}

/** Starts client processes and waits until all are open. @returns what ends them */
async function clients(
  role: 'listen' | 'connect',
  count: number,
  { url }: Relay,
  names: readonly string[],
  perProcess = CLIENTS_PER_PROCESS,
): Promise<() => void> {
  const tokens = (keyName: string) =>
    JSON.stringify(
      names.map((name) =>
        createToken({ resource: `http://localhost/${name}`, keyName, key: KEY, ttlSeconds: 7_200 }),
      ),
    );
  const stops: (() => void)[] = [];
  const opened: Promise<unknown>[] = [];
  for (let left = count; left > 0; left -= perProcess) {
    const from = nextAddress;
    nextAddress = nextAddress + ADDRESSES > 250 ? 2 : nextAddress + ADDRESSES;
    const size = String(Math.min(left, perProcess));
    const child = spawn(
      process.execPath,
      [scriptPath('scale-client'), role, size, url, `${from}-${from + ADDRESSES - 1}`, ...names],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, LISTEN_TOKENS: tokens('listen'), SEND_TOKENS: tokens('send') },
      },
    );
    const mayStay = atExit(() => child.kill('SIGKILL'));
    stops.push(() => {
      mayStay();
      child.kill('SIGKILL');
    });
    opened.push(
      new Promise((resolve, reject) => {
        child.stdout.once('data', resolve);
        child.once('exit', (code) => reject(new Error(`The clients ended with ${code}`)));
      }),
    );
  }
  await Promise.all(opened);
  return () => {
    for (const stop of stops) stop();
  };
}

function namesFor(count: number): string[] {
  return Array.from({ length: Math.ceil(count / LISTENERS) }, (_, n) => `scale-${n}`);
}

async function startRelay(workers: number, count: number): Promise<Relay> {
  const token = 'scale';
  const config = {
    dataDir: folder,
    listen: { port: 0 },
    admin: { port: 0, token },
    limits: {
      connectionsPerNamespace: 1_000_000,
      listensPerSecond: 1_000_000,
      listensPerSecondPerAddress: 1_000_000,
    },
    ...(workers > 1 && { workers: { count: workers } }),
    namespaces: [
      {
        name: 'localhost',
        authorizationRules: [
          { name: 'listen', rights: ['Listen'], primaryKey: KEY, secondaryKey: KEY },
          { name: 'send', rights: ['Send'], primaryKey: KEY, secondaryKey: KEY },
        ],
        hybridConnections: namesFor(count).map((name) => ({ name, authorizationRules: [] })),
      },
    ],
  };
  const file = join(folder, 'relay.json');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const relay = await HybridgeProcess.start('relay', ['--config', file, '--log-level', 'error']);
  const { url, admin } = relay.ready as { readonly url: string; readonly admin: string };
  return {
    url,
    async pids() {
      if (workers === 1) return [relay.pid];
      const answer = await fetch(`${admin}/api/status`, { headers: { Authorization: `Bearer ${token}` } });
      const status = (await answer.json()) as { readonly workers: readonly { readonly pid: number }[] };
      return [relay.pid, ...status.workers.map(({ pid }) => pid)];
    },
    stop: () => relay.end('SIGKILL'),
  };
}

/** Of all processes together. Source: proc(5). */
function usage(pids: readonly number[]): Usage {
  let rss = 0;
  let cpuSeconds = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    rss += residentBytes(pid);
    // In hundredths of a second, as Linux tells every program.
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return { rss, cpuSeconds };
}

function mebibytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
