/**
 * The pages of `hybridge manager run --ui` as it is started by a person: how one gets there, and what they say when the process is
 * frozen, goes on, is killed and started again.
 *
 * Silence is noticed after 20 s, which is waited for.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRelay } from '@hybridge/relay';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import { hybridge } from '../../src/command.js';
import { PortalPage } from '../../src/portal/portal-page.js';
import { HybridgeProcess, requireBuild } from '../../src/processes.js';

requireBuild();

const found = findChromium();
/** No more than the page may take to notice a silence of 20 s, on a busy machine. */
const SILENCE_MS = 45_000;

describe.skipIf(found.missing)('the pages of a manager that was started by its command', () => {
  let chromium: Chromium | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-ui-'));
  const config = join(folder, 'manager.yaml');
  const socket = join(folder, 'manager.sock');

  beforeAll(async () => {
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(async () => {
    await chromium?.stop();
    rmSync(folder, { recursive: true });
  });

  const start = async (port: number) => {
    const args = ['run', '--config', config, '--socket', socket, '--ui', String(port), '--data-dir', folder];
    const manager = await HybridgeProcess.start('manager', args);
    onTestFinished(() => void manager.end('SIGKILL'));
    const { stdout, stderr } = await hybridge(['manager', 'ui', '--socket', socket]);
    expect(stdout, stderr).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}\n$/);
    return { manager, address: stdout.trim() };
  };

  it('are reached by the address that the command prints, and say when the manager hangs, is back, is another', {
    timeout: 150_000,
  }, async () => {
    const relay = await startRelay({ hybridConnections: [{ name: 'orders', endpoint: '127.0.0.1:1' }] });
    onTestFinished(() => relay.close({ graceMs: 0 }));
    const string = relay.connectionString('orders', 'defaultListener');
    writeFileSync(config, `connections:\n  - connectionString: ${string}\n`, { mode: 0o600 });
    const { manager, address } = await start(0);
    const page = await PortalPage.open(chromium!, address);
    await page.sees('1 hybrid connection, 1 connected');
    await page.goTo('#/log');
    await page.sees('online orders', '.log-line');

    process.kill(manager.pid, 'SIGSTOP');
    await page.sees('The manager has not answered since', '[role=alert]', SILENCE_MS);
    await page.sees('online orders', '.log-line');
    process.kill(manager.pid, 'SIGCONT');
    await page.sees('Live', '.live-mark.live', SILENCE_MS);
    await page.seesNoMore('The manager has not answered since');

    await manager.end('SIGKILL');
    await page.sees('The manager has not answered since', '[role=alert]');
    const next = await start(Number(new URL(address).port));
    await page.sees('The manager was started again', 'h1', SILENCE_MS);
    await page.sees('hybridge manager ui');
    await page.page.evaluate(`location.hash = ${JSON.stringify(new URL(next.address).hash)}`);
    await page.sees('1 hybrid connection, 1 connected');
    expect([...page.errors, ...page.strangers]).toEqual([]);
    await page.close();
  });
});
