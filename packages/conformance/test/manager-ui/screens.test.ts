/**
 * Every screen of the manager's pages, in light and dark and on a phone: nothing that axe finds wrong, nothing in the console,
 * nothing asked of another host.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import { idOf, plantAnswers, plantEvents, plantStatus } from '../../src/portal/manager-answers.js';
import { type Look, PortalPage } from '../../src/portal/portal-page.js';
import { addressOf, startPretendManager } from '../../src/portal/pretend-manager.js';
import type { PretendServer } from '../../src/portal/pretend-server.js';

const found = findChromium();

const LOOKS: readonly (Look & { readonly name: string })[] = [
  { name: 'light', scheme: 'light' },
  { name: 'dark', scheme: 'dark' },
  { name: 'on a phone', width: 360, height: 740 },
];

const of = (name: string, part = '') =>
  `#/connections/${encodeURIComponent(idOf(name))}${part === '' ? '' : `/${part}`}`;
const SCREENS: readonly (readonly [hash: string, sees: string, button?: string])[] = [
  ['#/', 'orders-db'],
  ['#/', 'orders-db', 'Enter manually'],
  [of('orders-db'), 'Traffic, the last hour'],
  [of('orders-db'), 'Traffic, the last hour', 'Remove'],
  [of('invoices'), 'It took no connection'],
  [of('warehouse-api'), 'refused the connection'],
  [of('badge-readers'), 'Copy the gateway connection string anew'],
  [of('legacy-mail'), 'has been retired'],
  [of('ssh-jump'), 'deny: "*:22"'],
  [of('print-server'), 'Connecting'],
  [of('orders-db', 'test'), 'Look for a firewall'],
  [of('orders-db', 'log'), 'Connected'],
  ['#/log', 'The manager started'],
  ['#/audit', 'was led to'],
  [of('orders-db', 'audit'), 'was led to'],
  ['#/test', 'Host and port'],
  ['#/about', '4711'],
  ['#/configure', 'Sign in'],
  ['#/nowhere', 'There is no such screen'],
  [of('gone'), 'There is no such hybrid connection'],
];

describe.skipIf(found.missing)('the pages of a manager', () => {
  let chromium: Chromium | undefined;
  let manager: PretendServer;

  beforeAll(async () => {
    manager = await startPretendManager(plantAnswers());
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(async () => {
    await chromium?.stop();
    manager?.close();
  });

  it.each(LOOKS)('have nothing wrong with them: $name', { timeout: 120_000 }, async (look) => {
    const wrong: string[] = [];
    const check = async (page: PortalPage, where: string) => {
      for (const violation of await page.violations()) wrong.push(`${where}: ${violation}`);
      if ((await page.overflow()) > 0) wrong.push(`${where}: wider than the window`);
    };
    const stranger = await PortalPage.open(chromium!, manager.url, look);
    await stranger.sees('The address is not complete');
    await check(stranger, 'no token');
    expect([...stranger.errors, ...stranger.strangers]).toEqual([]);
    await stranger.close();

    manager.greeting = plantEvents(
      plantStatus({
        policy: {
          path: '/etc/hybridge/policy.json',
          ui: true,
          updates: true,
          unusable: 'Line 3 is no JSON.',
        },
        update: { current: '1.0.0', latest: '1.1.0', checkedAt: new Date().toISOString(), isNewer: true },
        warnings: ['Others can read the configuration file.'],
      }),
    );
    const page = await PortalPage.open(chromium!, addressOf(manager), look);
    await page.sees('Version 1.1.0 is available');
    await check(page, 'notices');
    manager.greeting = plantEvents();
    manager.tell('status', plantStatus());
    await page.seesNoMore('Version 1.1.0');
    for (const [hash, sees, button] of SCREENS) {
      await page.goTo(hash);
      await page.sees(sees);
      if (button !== undefined) await page.click('button', button);
      await check(page, `${hash} ${button ?? ''}`);
      if (button !== undefined) await page.press('Escape');
    }

    await page.goTo('#/configure');
    await page.fill("Address of the relay's admin port", 'https://relay.example:8081');
    await page.fill('Token', 'secret');
    await page.click('button', 'Sign in');
    await page.sees('Cannot be chosen');
    await check(page, 'choose');

    await page.goTo('#/test');
    await page.fill('Host and port', 'db01:1433');
    await page.click('button', 'Test');
    await page.sees('Look for a firewall');
    await check(page, 'test of an endpoint');

    manager.tell('status', plantStatus({ connections: [] }));
    await page.goTo('#/');
    await page.sees('No hybrid connection is configured yet');
    await check(page, 'nothing configured');
    expect(wrong).toEqual([]);
    expect(page.errors).toEqual([]);
    expect(page.strangers).toEqual([]);
    await page.close();
  });
});
