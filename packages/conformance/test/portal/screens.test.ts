/**
 * Every screen of the portal, in light and dark and on a phone: nothing that axe finds wrong, nothing in the console, nothing
 * asked of another host.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import { type Look, PortalPage } from '../../src/portal/portal-page.js';
import { shopAnswers, shopOverview } from '../../src/portal/pretend-answers.js';
import { startPretendRelay } from '../../src/portal/pretend-relay.js';
import { type PretendServer, TOKEN } from '../../src/portal/pretend-server.js';

const found = findChromium();

const LOOKS: readonly (Look & { readonly name: string })[] = [
  { name: 'light', scheme: 'light' },
  { name: 'dark', scheme: 'dark' },
  { name: 'on a phone', width: 360, height: 740 },
];

const HYCO = '#/hybrid-connections/contoso/orders-db';
const SCREENS: readonly (readonly [hash: string, sees: string, button?: string])[] = [
  ['#/', 'Recent activity'],
  ['#/namespaces', 'contoso'],
  ['#/namespaces', 'contoso', 'Create'],
  ['#/namespaces/contoso', 'RootManageSharedAccessKey'],
  ['#/hybrid-connections', 'orders-db'],
  ['#/hybrid-connections', 'orders-db', 'Create'],
  [HYCO, 'SharedAccessKeyName=defaultListener'],
  [HYCO, 'SharedAccessKeyName=defaultListener', 'Change endpoint'],
  [HYCO, 'SharedAccessKeyName=defaultListener', 'Delete'],
  [`${HYCO}/keys`, 'defaultSender'],
  [`${HYCO}/keys`, 'defaultSender', 'Regenerate primary key of defaultSender'],
  [`${HYCO}/keys`, 'defaultSender', 'Sync keys'],
  [`${HYCO}/apps`, 'reports'],
  [`${HYCO}/apps`, 'reports', 'Attach to an app'],
  [`${HYCO}/connections`, 'both ends closed'],
  [`${HYCO}/connections`, 'both ends closed', 'Cut the connection from 203.0.113.7:50100'],
  [`${HYCO}/monitor`, 'max'],
  [`${HYCO}/scale`, 'Policies'],
  ['#/apps', 'back-office'],
  ['#/apps', 'back-office', 'New plan'],
  ['#/audit', 'New listener registered.'],
  ['#/tokens', 'grafana'],
  ['#/tokens', 'grafana', 'Create'],
  ['#/nowhere', 'There is no such screen'],
];

describe.skipIf(found.missing)('the screens of the portal', () => {
  let chromium: Chromium | undefined;
  let relay: PretendServer | undefined;

  beforeAll(async () => {
    relay = await startPretendRelay(shopAnswers());
    const alarm = {
      id: 'audit-disk',
      since: new Date().toISOString(),
      message: 'The disk is full.',
      advice: 'Make room.',
    };
    relay.greeting = [1, 2].map((step) => ({ event: 'overview', data: shopOverview(step, [alarm]) }));
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(async () => {
    await chromium?.stop();
    relay?.close();
  });

  it.each(LOOKS)('have nothing wrong with them: $name', { timeout: 120_000 }, async (look) => {
    const portal = await PortalPage.open(chromium!, relay!.url, look);
    const wrong: string[] = [];
    const check = async (where: string) => {
      for (const violation of await portal.violations()) wrong.push(`${where}: ${violation}`);
      if ((await portal.overflow()) > 0) wrong.push(`${where}: wider than the window`);
    };
    await portal.sees('Sign in');
    await check('sign in');
    await portal.signIn(TOKEN);
    await portal.sees('The disk is full.');
    for (const [hash, sees, button] of SCREENS) {
      await portal.goTo(hash);
      await portal.sees(sees);
      if (button !== undefined) await portal.click('button', button);
      await check(`${hash} ${button ?? ''}`);
      if (button !== undefined) await portal.press('Escape');
    }
    expect(wrong).toEqual([]);
    expect(portal.errors).toEqual([]);
    expect(portal.strangers).toEqual([]);
  });
});
