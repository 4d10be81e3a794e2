import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditFiles } from '@hybridge/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectUrl, Listener, open, roundTrip } from '../../test/clients.js';
import { SmallDisk } from '../../test/small-disk.js';
import { silentLogger } from '../logger.js';
import { Instruments } from '../metrics/instruments.js';
import { EMPTY_MODEL } from '../model/model.js';
import type { RelayServer } from '../relay-server.js';
import { startRelay } from '../start-relay.js';
import type { AuditRecord } from './audit-record.js';

const DISK_BYTES = 65_536;

let disk: SmallDisk;
let relay: RelayServer;
let instruments: Instruments;

/** Why no disk of 64 KiB can be had, or `undefined`. */
const { obstacle } = SmallDisk;
if (obstacle !== undefined) console.warn(`skipped: a disk that fills up (${obstacle})`);

async function visit(): Promise<void> {
  const sender = await open(connectUrl(relay, 'sql'));
  await roundTrip(sender, 'hello');
  sender.close();
  await once(sender, 'close');
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function records(): Promise<AuditRecord[]> {
  const files = await auditFiles(join(disk.path, 'audit'));
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
  const lines = texts.join('').split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as AuditRecord);
}

const alarms = () => instruments.alarms.current().map(({ id }) => id);
const metric = (name: string) =>
  Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (.*)$`, 'm').exec(instruments.text())?.[1]);

describe.skipIf(obstacle !== undefined)('a relay whose disk fills up', () => {
  beforeEach(async () => {
    disk = SmallDisk.mount(DISK_BYTES);
    await mkdir(join(disk.path, 'audit'));
    relay = await startRelay({ hybridConnections: ['sql'] });
    instruments = new Instruments({
      dataDir: disk.path,
      model: () => EMPTY_MODEL,
      status: () => relay.status(),
      figures: () => relay.figures(),
      version: '1',
      logger: silentLogger,
      now: Date.now,
    });
    await instruments.start(relay.events);
    await Listener.start(relay, 'sql');
  });

  afterEach(async () => {
    await relay.close({ graceMs: 0 });
    await instruments.close();
    disk.unmount();
  });

  it('goes on, says so, and comes back by itself when there is room', async () => {
    await visit();
    await until(async () => (await records()).length === 4);
    await disk.fill();
    // What is left of the last page of the file takes a few records yet.
    await until(async () => {
      await visit();
      return alarms().includes('audit-disk');
    });
    expect(metric('hybridge_alarm{id="audit-disk"}')).toBe(1);
    for (let n = 0; n < 20; n += 1) await visit();
    expect(alarms()).toEqual(['audit-disk']);
    await instruments.save();
    expect(alarms()).toEqual(['audit-disk', 'usage-disk']);

    disk.empty();
    await until(() => !alarms().includes('audit-disk'));
    await instruments.save();
    expect(alarms()).toEqual([]);
    expect(metric('hybridge_alarm{id="audit-disk"}')).toBe(0);
    await visit();
    const opened = metric(
      'hybridge_sender_connections_success_total{namespace="localhost",hybrid_connection="sql"}',
    );
    await until(async () => (await records()).length === 1 + 3 * opened);
    expect(metric('hybridge_audit_records_lost_total')).toBe(0);
  });

  it('counts what is lost when it lasts, and writes down how much', async () => {
    await disk.fill();
    await until(async () => {
      await visit();
      return alarms().includes('audit-disk');
    });
    // More than may wait in memory, but for its size as any event.
    for (let n = 0; n < 6; n += 1) {
      instruments.trail.administered({ action: 'big', path: 'x'.repeat(1_000_000) });
    }
    const lost = instruments.trail.lost;
    expect(lost).toBeGreaterThan(0);
    expect(metric('hybridge_audit_records_lost_total')).toBe(lost);
    await visit();
    // What waits is more than this disk will ever hold: it is given a bigger one.
    disk.resize(67_108_864);
    await until(() => !alarms().includes('audit-disk'));
    await visit();
    await until(async () =>
      (await records()).some(({ operationName }) => operationName.endsWith('RecordsLost')),
    );
    const gap = (await records()).find(({ operationName }) => operationName.endsWith('RecordsLost'));
    expect(gap).toMatchObject({ category: 'Administrative', properties: { lost: instruments.trail.lost } });
  });
});
