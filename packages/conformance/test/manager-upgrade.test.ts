/**
 * A manager is replaced while connections are under way: none of them is cut within its time, and where the successor is started at
 * once, nobody who comes meanwhile is turned away.
 *
 * Source: docs/decisions/0080.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { HybridConnectionSender, type HybridConnectionSocket } from '@hybridge/sender';
import { auditFiles } from '@hybridge/service';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { until, within } from '../src/deadline.js';
import { HybridgeProcess, requireBuild } from '../src/processes.js';
import { TargetServer } from '../src/target-server.js';

requireBuild();

const TUNNELS = 20;
const WAIT_MS = 30_000;
/** What open connections are given: more than this test takes. */
const GRACE_MS = 60_000;

let relay: RelayServer;
let sender: HybridConnectionSender;
let folder: string;
let args: readonly string[];

beforeEach(async () => {
  const target = await TargetServer.start();
  target.serve = (socket) => socket.pipe(socket);
  relay = await startRelay({ hybridConnections: ['db'] });
  sender = new HybridConnectionSender({ connectionString: relay.connectionString('db', 'defaultSender') });
  folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  const config = join(folder, 'manager.json');
  const connectionString = relay.connectionString('db', 'defaultListener');
  const connections = [{ connectionString, endpoint: `127.0.0.1:${target.port}` }];
  writeFileSync(config, JSON.stringify({ connections, updates: { check: false } }), { mode: 0o600 });
  args = ['--config', config, '--data-dir', join(folder, 'state'), '--grace-ms', String(GRACE_MS)];
  onTestFinished(() => target.stop());
});

afterEach(async () => {
  await relay.close({ graceMs: 0 });
  rmSync(folder, { recursive: true });
});

async function manager(): Promise<HybridgeProcess> {
  const started = await HybridgeProcess.start('manager', args);
  onTestFinished(() => void started.end('SIGKILL'));
  return started;
}

/** A connection over which data goes back and forth until it is told to end. */
class Tunnel {
  /** Messages that came back as they were sent. */
  turns = 0;
  failure: Error | undefined;
  #isOver = false;
  readonly #done: Promise<void>;

  constructor(socket: HybridConnectionSocket) {
    this.#done = this.#talk(socket).catch((error: Error) => {
      this.failure = error;
    });
  }

  static async open(): Promise<Tunnel> {
    const socket = sender.connect();
    await within(once(socket, 'connect'), WAIT_MS, 'a tunnel to open');
    return new Tunnel(socket);
  }

  /** Ends it in good order. */
  async finish(): Promise<void> {
    this.#isOver = true;
    await within(this.#done, WAIT_MS, 'a tunnel to end');
  }

  async #talk(socket: HybridConnectionSocket): Promise<void> {
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    while (!this.#isOver) {
      const sent = randomBytes(4_096);
      socket.write(sent);
      let back = Buffer.alloc(0);
      while (back.length < sent.length) {
        const { value, done } = await chunks.next();
        if (done === true) throw new Error('It ended before it was told to');
        back = Buffer.concat([back, value]);
      }
      if (!back.equals(sent)) throw new Error('Other bytes came back than were sent');
      this.turns += 1;
      await sleep(20);
    }
    socket.end();
    const { done } = await chunks.next();
    if (done !== true) throw new Error('Bytes came that nobody sent');
  }
}

async function tunnels(): Promise<Tunnel[]> {
  const open = await Promise.all(Array.from({ length: TUNNELS }, () => Tunnel.open()));
  await allGoOn(open);
  return open;
}

/** Data goes over every one of them, from now on. */
async function allGoOn(all: readonly Tunnel[]): Promise<void> {
  const before = all.map(({ turns }) => turns);
  await until(
    () => all.every(({ turns, failure }, index) => failure !== undefined || turns >= before[index]! + 3),
    WAIT_MS,
    'data to go over every tunnel',
  );
  expect(all.flatMap(({ failure }) => failure ?? [])).toEqual([]);
}

async function finish(all: readonly Tunnel[]): Promise<void> {
  await Promise.all(all.map((tunnel) => tunnel.finish()));
  expect(all.flatMap(({ failure }) => failure ?? [])).toEqual([]);
}

const listeners = () => relay.status().namespaces[0]!.hybridConnections[0]!.listeners;

/** What both have written down, in all files. */
async function records(): Promise<{ operation: string; reason?: string; pid?: number }[]> {
  const files = await auditFiles(join(folder, 'state', 'audit'));
  const lines = files.flatMap(({ path }) => readFileSync(path, 'utf8').split('\n').slice(0, -1));
  return lines.map((line) => JSON.parse(line));
}

describe('a manager that is replaced while data goes over twenty connections', () => {
  it('lets them finish, and its successor take its place at once', { timeout: 120_000 }, async () => {
    const former = await manager();
    const open = await tunnels();
    process.kill(former.pid, 'SIGTERM');
    await until(() => former.output.includes('SIGTERM: stopping'), WAIT_MS, 'the former one to stop');
    const successor = await manager();
    expect(successor.output).not.toContain('in use');
    expect(successor.ready).toMatchObject({ connections: [{ state: 'online' }] });
    const visitor = await Tunnel.open();
    await allGoOn([...open, visitor]);
    await finish(open);
    await until(() => !isRunning(former.pid), WAIT_MS, 'the former one to end');
    expect(await former.end()).toBe(0);
    await allGoOn([visitor]);
    await finish([visitor]);
    expect(await successor.end()).toBe(0);
    const written = await records();
    const count = (operation: string) => written.filter((record) => record.operation === operation).length;
    expect(written.filter(({ reason }) => reason === 'finished')).toHaveLength(TUNNELS + 1);
    expect([count('tunnel-opened'), count('tunnel-ended')]).toEqual([TUNNELS + 1, TUNNELS + 1]);
    expect([count('manager-started'), count('manager-stopped')]).toEqual([2, 2]);
  });

  it('lets them finish before it is started again, as by systemctl restart', {
    timeout: 120_000,
  }, async () => {
    const former = await manager();
    const open = await tunnels();
    process.kill(former.pid, 'SIGTERM');
    await until(() => listeners().length === 0, WAIT_MS, 'the relay to have let it go');
    await allGoOn(open);
    await finish(open);
    await until(() => !isRunning(former.pid), WAIT_MS, 'the former one to end');
    expect(await former.end()).toBe(0);
    const next = await manager();
    const visitor = await Tunnel.open();
    await allGoOn([visitor]);
    await finish([visitor]);
    expect(await next.end()).toBe(0);
    const reasons = (await records()).flatMap(({ operation, reason }) =>
      operation === 'tunnel-ended' ? [reason] : [],
    );
    expect(reasons).toEqual(Array.from({ length: TUNNELS + 1 }, () => 'finished'));
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
