/**
 * What is written down of a relay's traffic, by processes as they are deployed: killed at any moment, and several at once.
 */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridConnectionListener } from '@hybridge/listener';
import { RelayWorkers, type RelayWorkersAddresses } from '@hybridge/relay';
import { connect } from '@hybridge/sender';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../src/deadline.js';
import { requireBuild, ThreeProcesses } from '../src/processes.js';
import { TargetServer } from '../src/target-server.js';

requireBuild();

const WAIT_MS = 20_000;
/** Processes are started, killed and started again. */
const TEST_MS = 90_000;

/** One line of the log, as far as it matters here. */
interface Line {
  readonly operationName: string;
  readonly ActivityId: string;
  readonly properties: { readonly worker?: number; readonly tunnelId?: string };
}

/** All lines of a folder. Each but the last must be whole. */
function linesIn(folder: string): Line[] {
  const files = readdirSync(folder).sort();
  return files.flatMap((file) => {
    const texts = readFileSync(join(folder, file), 'utf8').split('\n');
    // What stands after the last line end is what a kill has cut.
    texts.pop();
    return texts.map((text) => JSON.parse(text) as Line);
  });
}

const countOf = (lines: readonly Line[], word: string) =>
  lines.filter(({ operationName }) => operationName.endsWith(`/${word}`)).length;

describe('the audit log of a relay that is killed', () => {
  let target: TargetServer;
  let three: ThreeProcesses;

  beforeEach(async () => {
    target = await TargetServer.start();
    target.serve = (socket) => socket.pipe(socket);
    three = await ThreeProcesses.start(target);
  });

  afterEach(async () => {
    await three.stop();
    target.stop();
  });

  it('has all that was done, in whole lines, and goes on after', { timeout: TEST_MS }, async () => {
    const KILLS = 2;
    const VISITS = 10;
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await until(() => three.relay.output !== '' && visit(), WAIT_MS, 'the manager to be back');
      for (let n = 1; n < VISITS; n += 1) expect(await visit()).toBe(true);
      await until(() => countOf(lines(), 'SenderConnectionClosed') >= kill * VISITS, WAIT_MS, 'the records');
      // Some more, that are under way when it happens.
      const last = Promise.allSettled([visit(), visit(), visit()]);
      await three.relay.end('SIGKILL');
      await last;
      expect(countOf(lines(), 'NewSenderRegistering')).toBeGreaterThanOrEqual(kill * VISITS);
      await three.startRelay();
    }
    await until(visit, WAIT_MS, 'the manager to be back');
    const before = countOf(lines(), 'SenderListenerConnectionEstablished');
    expect(before).toBeGreaterThanOrEqual(KILLS * VISITS);
  });

  const lines = () => linesIn(join(three.dataDir, 'audit'));

  /** @returns whether the target sent back what it was sent */
  async function visit(): Promise<boolean> {
    const socket = connect(three.connectionStrings.db);
    socket.end('hello');
    try {
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      return text === 'hello';
    } catch {
      return false;
    }
  }
});

describe('a relay of several workers', () => {
  const WORKERS = 2;
  let dataDir: string;
  let relay: RelayWorkers;
  let addresses: RelayWorkersAddresses;
  let listener: HybridConnectionListener;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'hybridge-audit-'));
    relay = new RelayWorkers({
      dataDir,
      workers: { count: WORKERS },
      listen: { port: 0 },
      admin: { port: 0 },
      namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'sql' }] }],
    });
    addresses = await relay.listen();
    listener = new HybridConnectionListener(relay.connectionString('sql', 'defaultListener'));
    listener.on('connection', (socket) => socket.on('error', () => undefined).pipe(socket));
    await listener.listen();
  });

  afterEach(async () => {
    await listener.close();
    await relay.close({ graceMs: 0 });
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function visit(): Promise<void> {
    const socket = connect(relay.connectionString('sql', 'defaultSender'));
    socket.on('error', () => undefined);
    socket.end('hello');
    socket.resume();
    await once(socket, 'close');
  }

  async function metric(start: string): Promise<number> {
    const headers = { Authorization: `Bearer ${relay.adminToken}` };
    const text = await (await fetch(`${addresses.admin}/metrics`, { headers })).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(start))
        ?.split(' ')
        .at(-1),
    );
  }

  it('has one audit log and one set of metrics, which a worker that dies does not set back', {
    timeout: TEST_MS,
  }, async () => {
    const SENDERS = 40;
    await Promise.all(Array.from({ length: SENDERS }, visit));
    const lines = () => linesIn(join(dataDir, 'audit'));
    await until(() => countOf(lines(), 'SenderConnectionClosed') === SENDERS, WAIT_MS, 'all records');
    const closed = lines().filter(({ operationName }) => operationName.endsWith('/SenderConnectionClosed'));
    expect(new Set(closed.map(({ properties }) => properties.worker)).size).toBe(WORKERS);
    expect(new Set(closed.map(({ properties }) => properties.tunnelId)).size).toBe(SENDERS);

    const success = () => metric('hybridge_sender_connections_success_total{namespace="localhost"');
    await until(async () => (await success()) === SENDERS, WAIT_MS, 'all figures');
    const bytes =
      'hybridge_bytes_transferred_total{namespace="localhost",hybrid_connection="sql",direction="from_sender"}';
    expect(await metric(bytes)).toBe(5 * SENDERS);

    const { workers } = await relay.status();
    const started = once(relay.events, 'worker-started');
    process.kill(workers[0]!.pid!, 'SIGKILL');
    await started;
    expect(await success()).toBe(SENDERS);
    await until(
      async () => (await metric('hybridge_alarm{id="workers"}')) === 0,
      WAIT_MS,
      'the alarm to be over',
    );
    await until(
      async () => (await metric('hybridge_active_listeners{namespace="localhost"')) === 1,
      WAIT_MS,
      'the listener',
    );
    await visit();
    await until(async () => (await success()) === SENDERS + 1, WAIT_MS, 'one more');
  });
});
