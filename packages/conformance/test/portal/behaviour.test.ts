/**
 * What the portal makes of a relay that is far away, full, or gone; of little rights; and of being used without a mouse.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import { PortalPage } from '../../src/portal/portal-page.js';
import { manyHybridConnections, shopAnswers, shopOverview } from '../../src/portal/pretend-answers.js';
import { startPretendRelay } from '../../src/portal/pretend-relay.js';
import { type PretendServer, TOKEN } from '../../src/portal/pretend-server.js';

const found = findChromium();

describe.skipIf(found.missing)('the portal', () => {
  let chromium: Chromium | undefined;
  let relay: PretendServer;

  beforeAll(async () => {
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(() => chromium?.stop());
  beforeEach(async () => {
    relay = await startPretendRelay(shopAnswers());
    relay.greeting = [{ event: 'overview', data: shopOverview(1) }];
  });
  afterEach(() => relay.close());

  const open = () => PortalPage.open(chromium!, relay.url);
  const signedIn = async () => {
    const portal = await open();
    await portal.signIn(TOKEN);
    return portal;
  };

  describe('when somebody signs in', () => {
    it('says that a token is wrong, and takes the right one', async () => {
      const portal = await open();
      await portal.fill('Token', 'a guess');
      await portal.click('button', 'Sign in');
      await portal.sees('The relay does not know this token.');
      await portal.signIn(TOKEN);
    });

    it('says how long to wait after too many guesses', async () => {
      relay.refusal = { status: 429, headers: { 'Retry-After': '30' } };
      const portal = await open();
      await portal.fill('Token', TOKEN);
      await portal.click('button', 'Sign in');
      await portal.sees('Too many requests. Wait 30 s and try again.');
    });

    it('keeps the token over a reload, for this tab only, and forgets it at the end', async () => {
      const portal = await signedIn();
      await portal.page.call('Page.reload');
      await portal.sees('Overview', 'h1');
      expect(await portal.page.evaluate('Object.values(localStorage).join()')).not.toContain(TOKEN);
      await portal.click('button', 'Sign out');
      await portal.sees('Sign in', 'h1');
      expect(await portal.page.evaluate('sessionStorage.length')).toBe(0);
    });

    it('signs out when the relay no longer takes the token', async () => {
      const portal = await signedIn();
      relay.refusal = { status: 401 };
      await portal.goTo('#/audit');
      await portal.sees('The token is no longer valid.');
    });
  });

  describe('that is live', () => {
    it('shows what the relay tells, as it tells it', async () => {
      const portal = await signedIn();
      await portal.sees('Live', '.live-mark');
      await portal.goTo('#/hybrid-connections');
      await portal.sees('6 connected');
      relay.tell('overview', { ...shopOverview(2), hybridConnections: [] });
      await portal.sees('0 connected');
    });

    it('reads anew what was changed', async () => {
      const portal = await signedIn();
      await portal.goTo('#/hybrid-connections');
      await portal.sees('8 hybrid connections');
      relay.answers = { ...relay.answers, '/api/inventory': manyHybridConnections(12) };
      relay.tell('changed', { what: 'hybridConnection' });
      await portal.sees('12 hybrid connections');
    });

    it('says that it is not when the stream is gone, and takes it up again', async () => {
      const portal = await signedIn();
      await portal.sees('Live', '.live-mark');
      relay.refusal = { status: 503 };
      relay.breakStreams();
      await portal.sees('Not live', '.live-mark');
      relay.refusal = undefined;
      await portal.sees('Live', '.live-mark.live');
    });

    it('shows an alarm with its advice, and takes it away', async () => {
      const portal = await signedIn();
      const since = new Date().toISOString();
      relay.tell(
        'overview',
        shopOverview(2, [{ id: 'store', since, message: 'It is full.', advice: 'Make room.' }]),
      );
      await portal.sees('It is full.', '[role=alert]');
      await portal.sees('Make room.', '[role=alert]');
      relay.tell('overview', shopOverview(3));
      await portal.seesNoMore('Make room.');
    });
  });

  it('says why the inventory cannot be read, and tries again', async () => {
    const { '/api/inventory': inventory, ...others } = relay.answers;
    relay.answers = others;
    const portal = await signedIn();
    await portal.sees('What is here could not be read: The answer is NotFound.');
    relay.answers = { ...others, '/api/inventory': inventory };
    await portal.click('button', 'Try again');
    await portal.sees('6 connected');
  });

  it('puts older audit records below the newer ones', async () => {
    const { '/api/audit': audit } = relay.answers;
    const { records } = audit as { readonly records: readonly object[] };
    const older = { ...records[0], message: 'Long ago.' };
    relay.answers = {
      ...relay.answers,
      '/api/audit': (url: URL) => (url.searchParams.get('before') === 'older' ? { records: [older] } : audit),
    };
    const portal = await signedIn();
    await portal.goTo('#/audit');
    await portal.sees('New listener registered.');
    await portal.click('button', 'Older records');
    await portal.sees('Long ago.', 'tbody tr:last-child');
    await portal.seesNoMore('Older records');
    await portal.goTo('#/audit?hybridConnection=orders-db&from=2026-01-01T00:00');
    await portal.sees('More filters');
    expect(await portal.page.evaluate("document.querySelector('[name=hybridConnection]').value")).toBe(
      'orders-db',
    );
  });

  it('draws what is in sight of ten thousand, and finds the last of them', async () => {
    relay.answers = { ...relay.answers, '/api/inventory': manyHybridConnections(10_000) };
    const portal = await signedIn();
    await portal.goTo('#/hybrid-connections');
    await portal.sees('10,000 hybrid connections');
    expect(await portal.page.evaluate("document.querySelectorAll('tbody tr').length")).toBeLessThan(80);
    await portal.page.evaluate("document.querySelector('.table-box').scrollTop = 1e9");
    await portal.sees('site-10000', 'tbody');
    await portal.fill('Filter by name or endpoint', 'site-4711');
    await portal.sees('1 of 10,000');
    await portal.sees('site-4711', 'tbody');
  });

  it.each(['reader', 'operator'] as const)('shows a %s nothing to press that cannot work', async (role) => {
    relay.answers = shopAnswers(role);
    const portal = await signedIn();
    const missing =
      role === 'reader' ? ['Create', 'Delete', 'Regenerate', 'Attach', 'Cut', 'New app', 'Show'] : ['Tokens'];
    const place = '#/hybrid-connections/contoso/orders-db';
    for (const [hash, sees] of [
      ['#/hybrid-connections', 'orders-db'],
      [place, 'Connection strings'],
      [`${place}/keys`, 'defaultSender'],
      [`${place}/apps`, 'reports'],
      [`${place}/connections`, 'both ends closed'],
      ['#/apps', 'back-office'],
      ['#/namespaces/contoso', 'RootManage'],
    ] as const) {
      await portal.goTo(hash);
      await portal.sees(sees);
      const names = await portal.page.evaluate(
        "[...document.querySelectorAll('button, a')].map((each) => each.innerText.trim())",
      );
      // An operator deletes hybrid connections, but no namespaces.
      const none = hash === '#/namespaces/contoso' ? [...missing, 'Delete'] : missing;
      for (const name of none) expect(names, hash).not.toContain(name);
    }
    await portal.goTo('#/tokens');
    await portal.sees('There is no such screen');
  });

  it('works below any path', async () => {
    const below = await startPretendRelay(shopAnswers(), '/tools/relay/');
    try {
      const portal = await PortalPage.open(chromium!, below.url);
      await portal.signIn(TOKEN);
      await portal.click('a', 'Hybrid connections');
      await portal.click('a', 'hr/payroll-db');
      await portal.sees('hr/payroll-db', 'h1');
      expect(portal.errors).toEqual([]);
    } finally {
      below.close();
    }
  });

  describe('without a mouse', () => {
    it('keeps the focus in a dialog, closes it on Escape, and gives the focus back', async () => {
      const portal = await signedIn();
      await portal.goTo('#/hybrid-connections');
      await portal.sees('orders-db');
      await portal.holds("document.activeElement.id === 'main'"); // where a new screen puts it
      await portal.page.evaluate("findNamed('button', 'Create').focus()");
      await portal.press('Enter');
      await portal.sees('Create a hybrid connection', 'h2');
      expect(await portal.focused()).toBe('Name');
      expect(await portal.tabsLeaveDialog(12)).toBe(false);
      await portal.press('Escape');
      await portal.seesNoMore('Create a hybrid connection');
      await portal.holds("document.activeElement === findNamed('button', 'Create')");
    });

    it('gets from the top of the page to its content in one step', async () => {
      const portal = await signedIn();
      await portal.press('Tab');
      expect(await portal.focused()).toBe('Skip to the content');
      await portal.press('Enter');
      await portal.holds("document.activeElement.id === 'main'");
    });

    it('tells where the focus is', async () => {
      const portal = await signedIn();
      await portal.press('Tab');
      await portal.press('Tab');
      expect(await portal.page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe(
        'solid',
      );
    });

    it('is told of another screen', async () => {
      const portal = await signedIn();
      await portal.click('a', 'Audit log');
      await portal.sees('Audit log', 'h1');
      await portal.holds("document.activeElement.id === 'main'");
      await portal.holds("document.title === 'Audit log – Relay'");
    });
  });

  it('is dark or light as the system is, until somebody chooses', async () => {
    const portal = await signedIn();
    const background = () =>
      portal.page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await background();
    await portal.look({ scheme: 'dark' });
    expect(await background()).not.toBe(light);
    await portal.click('button', 'Colours: as the system');
    expect(await background()).toBe(light);
  });
});
