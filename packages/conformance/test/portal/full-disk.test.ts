/**
 * The disk of a real relay fills up: the portal says so, with what to do, and that it is over once there is room.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HybridConnectionListener } from '@hybridge/listener';
import { RelayServer } from '@hybridge/relay';
import { connect } from '@hybridge/sender';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SmallDisk } from '../../../relay/test/small-disk.js';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import { PortalPage } from '../../src/portal/portal-page.js';

const DISK_BYTES = 1_048_576;
const VISITS_EVERY_MS = 20;

const found = findChromium();
async function healthText(admin: string | undefined): Promise<string> {
  return (await fetch(`${admin}/healthz`)).text();
}

/** Why no small disk can be had, or `undefined`. */
const { obstacle } = SmallDisk;
if (obstacle !== undefined) console.warn(`Skipped: a relay whose disk fills up, in the portal (${obstacle})`);

describe.skipIf(found.missing || obstacle !== undefined)('the portal of a relay whose disk fills up', () => {
  let chromium: Chromium | undefined;

  beforeAll(async () => {
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(() => chromium?.stop());

  it('shows the alarm with its advice, and its end', { timeout: 60_000 }, async () => {
    const disk = SmallDisk.mount(DISK_BYTES);
    onTestFinished(() => disk.unmount());
    const relay = new RelayServer({
      listen: { port: 0 },
      admin: { port: 0 },
      dataDir: disk.path,
      timeouts: { drainMs: 0 },
      namespaces: [{ name: 'contoso', hybridConnections: [{ name: 'orders', endpoint: 'db01:1433' }] }],
    });
    onTestFinished(() => relay.close({ graceMs: 0 }));
    const { admin } = await relay.listen();
    const listener = new HybridConnectionListener(relay.connectionString('orders', 'defaultListener'));
    listener.on('connection', (socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end(),
    );
    await listener.listen();
    onTestFinished(() => listener.close());
    const portal = await PortalPage.open(chromium!, `${admin}/portal/`);
    await portal.signIn(relay.adminToken!);
    await portal.sees('Live', '.live-mark');

    await disk.fill();
    // Each connection is a few records, and what is left of the last page of the file takes some yet. Not more of them than
    // are needed: the disk must have room for all that wait once it is empty.
    while (!(await healthText(admin)).includes('audit-disk')) {
      const sender = connect(relay.connectionString('orders', 'defaultSender'));
      sender
        .on('error', () => {})
        .resume()
        .end();
      await new Promise((resolve) => sender.once('close', resolve));
      await sleep(VISITS_EVERY_MS);
    }
    await portal.sees('audit', '[role=alert]');
    await portal.holds("document.querySelectorAll('[role=alert] .notice.bad p').length >= 2");
    await portal.goTo('#/hybrid-connections');
    await portal.sees('Connected', 'tbody');

    disk.empty();
    await portal.holds("document.querySelectorAll('[role=alert] .notice').length === 0");
    expect([...portal.errors, ...portal.strangers]).toEqual([]);
    await portal.close();
  });
});
