/**
 * What the pages make of a manager that is gone, full, hostile or slow; and of being used without a mouse.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import {
  idOf,
  plantAnswers,
  plantConnection,
  plantEvents,
  plantLogin,
  plantStatus,
} from '../../src/portal/manager-answers.js';
import { PortalPage } from '../../src/portal/portal-page.js';
import { addressOf, startPretendManager } from '../../src/portal/pretend-manager.js';
import { Events, type PretendServer, Refusal } from '../../src/portal/pretend-server.js';

const found = findChromium();
const HOSTILE = `<script>window.ran = 1</script><img src=x onerror="window.ran = 2">`;
const ORDERS = `#/connections/${encodeURIComponent(idOf('orders-db'))}`;
const API = `/api/connections/${encodeURIComponent(idOf('orders-db'))}`;

describe.skipIf(found.missing)('the pages of a manager', () => {
  let chromium: Chromium | undefined;
  let manager: PretendServer;
  let page: PortalPage;

  beforeAll(async () => {
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(() => chromium?.stop());
  beforeEach(async () => {
    manager = await startPretendManager(plantAnswers());
    manager.greeting = plantEvents();
    page = await PortalPage.open(chromium!, addressOf(manager));
    await page.sees('Live', '.live-mark');
  });
  afterEach(async () => {
    expect(page.errors).toEqual([]);
    expect(page.strangers).toEqual([]);
    expect(await page.page.evaluate('window.ran')).toBeUndefined();
    await page.close();
    manager.close();
  });

  describe('when the manager is gone', () => {
    it('say so, and since when, and go on by themselves when it is back', async () => {
      await page.sees('7 hybrid connections, 2 connected');
      manager.refusal = { status: 503 };
      manager.breakStreams();
      await page.sees('The manager has not answered since', '[role=alert]');
      await page.holds("/just now|\\d+ s ago/.test(document.querySelector('[role=alert]').innerText)");
      await page.sees('Not live', '.live-mark');
      await page.sees('orders-db', 'tbody');
      manager.greeting = plantEvents(plantStatus({ connections: [plantConnection(0)] }));
      manager.refusal = undefined;
      await page.sees('Live', '.live-mark.live');
      await page.sees('1 hybrid connection, 1 connected');
      await page.seesNoMore('The manager has not answered since');
    });

    it('say of what was asked for that there was no answer', async () => {
      await page.goTo(ORDERS);
      await page.sees('Properties');
      manager.close();
      await page.click('button', 'Restart');
      await page.sees('The server does not answer.', '.toasts');
      await page.click('button', 'Remove');
      await page.sees('Remove orders-db?', 'dialog');
      await page.click('button', 'Remove');
      await page.sees('The server does not answer.', 'dialog');
      await page.press('Escape');
      await page.goTo(`${ORDERS}/test`);
      await page.sees('The test could not be finished');
    });

    it('say that it does not answer if it is gone from the beginning, and try again', async () => {
      manager.refusal = { status: 503 };
      await page.page.call('Page.reload');
      await page.sees('The manager does not answer', 'h1');
      await page.sees('hybridge manager list');
      manager.refusal = undefined;
      await page.click('button', 'Try again');
      await page.sees('Hybrid connections', 'h1');
    });
  });

  it('say that nothing is allowed, what is wrong with the file, and what else should be looked at', async () => {
    const unusable =
      'The policy /etc/hybridge/policy.yaml cannot be used, and so nothing is allowed: line 3.';
    manager.tell(
      'status',
      plantStatus({
        policy: { path: '/etc/hybridge/policy.yaml', unusable, ui: true, updates: true },
        configFile: {
          path: '/etc/hybridge/manager.yaml',
          isWritable: false,
          reason: 'it is read-only',
          problem: 'line 7',
        },
        warnings: [unusable, 'others can read /etc/hybridge/manager.yaml'],
      }),
    );
    await page.sees('Nothing is allowed', '[role=alert]');
    await page.sees('line 3', '[role=alert]');
    await page.sees('Line 7.', '[role=alert]');
    await page.sees('Others can read', '[role=alert]');
    expect((await page.text()).split('and so nothing is allowed')).toHaveLength(2);
    await page.sees('cannot be added or removed here: it is read-only.');
    await page.goTo(ORDERS);
    await page.sees('Properties');
    const buttons = await page.page.evaluate(
      "[...document.querySelectorAll('button')].map((each) => each.innerText)",
    );
    expect(buttons).not.toContain('Remove');
  });

  it('draw what is in sight of five hundred', async () => {
    const connections = Array.from({ length: 500 }, (_, index) =>
      plantConnection(index % 7, { id: `contoso.example/site-${index}`, name: `site-${index}` }),
    );
    manager.tell('status', plantStatus({ connections }));
    await page.sees('500 hybrid connections');
    expect(await page.page.evaluate("document.querySelectorAll('tbody tr').length")).toBeLessThan(80);
    await page.page.evaluate("document.querySelector('.table-box').scrollTop = 1e9");
    await page.sees('site-499', 'tbody');
  });

  it('show markup as the text that it is, wherever it comes from', async () => {
    const because = { code: HOSTILE, message: HOSTILE, advice: HOSTILE };
    const hostile = plantConnection(1, {
      id: HOSTILE.toLowerCase(),
      name: HOSTILE,
      namespace: HOSTILE,
      hybridConnection: HOSTILE,
      serviceEndpoint: HOSTILE,
      target: HOSTILE,
      state: { name: 'blocked', since: new Date().toISOString(), rule: HOSTILE, because },
      targetFailure: { at: new Date().toISOString(), ...because },
    });
    const update = {
      current: HOSTILE,
      latest: HOSTILE,
      checkedAt: HOSTILE,
      isNewer: true,
      url: 'javascript:window.ran=3',
    };
    manager.tell(
      'status',
      plantStatus({ host: HOSTILE, connections: [hostile], warnings: [HOSTILE], update }),
    );
    manager.tell('log', {
      number: 99,
      at: new Date().toISOString(),
      level: 'warn',
      message: HOSTILE,
      facts: { [HOSTILE]: HOSTILE },
    });
    const step = {
      name: HOSTILE,
      outcome: 'failed',
      durationMs: 1,
      message: HOSTILE,
      advice: HOSTILE,
      detail: { [HOSTILE]: HOSTILE },
    };
    manager.answers = {
      ...manager.answers,
      [`POST /api/connections/${encodeURIComponent(HOSTILE.toLowerCase())}/test`]: new Events([
        { event: 'step', data: step },
      ]),
      '/api/login': { value: [{ id: 'login-1', url: HOSTILE, expiresAt: HOSTILE }] },
      '/api/login/login-1': {
        id: 'login-1',
        url: HOSTILE,
        expiresAt: HOSTILE,
        namespaces: [
          {
            name: HOSTILE,
            hybridConnections: [
              {
                name: HOSTILE,
                endpoint: HOSTILE,
                requiresClientAuthorization: true,
                listeners: 0,
                isConfigured: false,
                reason: HOSTILE,
              },
            ],
          },
        ],
      },
    };
    const place = `#/connections/${encodeURIComponent(HOSTILE.toLowerCase())}`;
    for (const [hash, where] of [
      ['#/', 'tbody'],
      [place, '.facts'],
      [`${place}/test`, '.step'],
      ['#/log', '.log-line'],
      ['#/about', '.facts'],
      ['#/configure', 'tbody'],
    ] as const) {
      await page.goTo(hash);
      await page.sees(HOSTILE, where);
      const links =
        "[...document.querySelectorAll('a')].filter(({ href }) => !href.startsWith(location.origin)).length";
      expect(await page.page.evaluate(links), hash).toBe(0);
      expect(
        await page.page.evaluate("document.querySelectorAll('#portal script, #portal img').length"),
        hash,
      ).toBe(0);
    }
  });

  describe('when hybrid connections are chosen', () => {
    const signIn = async () => {
      await page.goTo('#/configure');
      await page.fill("Address of the relay's admin port", 'https://relay.example:8081');
      await page.fill('Token', 'secret');
      await page.click('button', 'Sign in');
    };

    it('say what the relay has against the token, at the token', async () => {
      const error = { code: 'RelayDenied', message: 'The relay does not know the token.', target: 'token' };
      manager.answers = { ...manager.answers, 'POST /api/login': new Refusal(502, error) };
      await signIn();
      await page.sees('The relay does not know the token.', '.problem');
      expect(await page.page.evaluate("document.querySelector('[aria-invalid]').name")).toBe('token');
    });

    it('save what can be saved, and say what could not', async () => {
      const error = { code: 'Conflict', message: 'There is no policy with the right to listen.' };
      let count = 0;
      manager.answers = {
        ...manager.answers,
        'POST /api/connections': () => {
          count += 1;
          return count === 1 ? new Refusal(409, error) : plantConnection(0);
        },
      };
      await signIn();
      await page.check('hr-portal');
      await page.check('payroll');
      await page.click('button', 'Save 2 hybrid connections');
      await page.sees('Not everything could be configured', '[role=alert]');
      await page.sees('payroll: There is no policy', '[role=alert]');
      await page.sees('Configured 1 hybrid connection');
      expect(
        manager.changes.filter(({ what }) => what === 'POST /api/connections').map(({ body }) => body),
      ).toEqual([
        { login: 'login-1', namespace: 'contoso.example', hybridConnection: 'payroll' },
        { login: 'login-1', namespace: 'contoso.example', hybridConnection: 'hr-portal' },
      ]);
    });

    it('are filtered by namespace and text', async () => {
      await signIn();
      await page.sees('site/printer', 'tbody');
      await page.choose('Namespace', 'fabrikam.example');
      await page.holds("document.querySelectorAll('tbody tr').length === 1");
      await page.fill('Filter by name or endpoint', 'nothing like it');
      await page.sees('Nothing matches');
    });

    it('ask to sign in again when the time at the relay is over', async () => {
      await signIn();
      await page.sees('payroll', 'tbody');
      const { '/api/login/login-1': _, ...others } = manager.answers;
      manager.answers = others;
      await page.click('button', 'Reload');
      await page.sees('The time at the relay is over. Sign in again.');
    });

    it('warn when the token goes to the relay without TLS', async () => {
      const warning = 'the token goes to relay.example:8081 without TLS';
      manager.answers = { ...manager.answers, 'POST /api/login': { ...plantLogin(), warning } };
      await signIn();
      await page.sees('The token goes to relay.example:8081 without TLS.', '.notice.warn');
    });
  });

  it('show the steps of a test as they come, and that it broke off', async () => {
    const step = { name: 'dns', outcome: 'ok', durationMs: 2, message: 'it has an address', detail: {} };
    manager.answers = {
      ...manager.answers,
      [`POST ${API}/test`]: new Events([{ event: 'step', data: step }]),
    };
    await page.goTo(`${ORDERS}/test`);
    await page.sees('It has an address.', '.step');
    await page.sees('The test could not be finished: the manager went away.');
    const failure = { event: 'error', data: { code: 'ERR_INTERNAL', message: 'there is no memory' } };
    manager.answers = { ...manager.answers, [`POST ${API}/test`]: new Events([failure]) };
    await page.click('button', 'Test again');
    await page.sees('The test could not be finished: there is no memory');
  });

  it('work below any path', async () => {
    const below = await startPretendManager(plantAnswers(), '/tools/manager/');
    below.greeting = plantEvents();
    try {
      const other = await PortalPage.open(chromium!, addressOf(below));
      await other.sees('Live', '.live-mark');
      await other.click('a', 'orders-db');
      await other.sees('orders-db', 'h1');
      await other.click('a', 'Test');
      await other.sees('It does not work.');
      expect([...other.errors, ...other.strangers]).toEqual([]);
      await other.close();
    } finally {
      below.close();
    }
  });

  describe('without a mouse', () => {
    it('go from the list to a test and back', async () => {
      await page.press('Tab');
      expect(await page.focused()).toBe('Skip to the content');
      await page.press('Enter');
      await page.holds("document.activeElement.id === 'main'");
      await page.page.evaluate("findNamed('a', 'orders-db').focus()");
      await page.press('Enter');
      await page.sees('orders-db', 'h1');
      await page.holds("document.activeElement.id === 'main'");
      await page.holds("document.title === 'orders-db – Manager'");
      await page.press('Tab');
      expect(await page.focused()).toBe('Hybrid connections');
      await page.press('Tab');
      expect(await page.focused()).toBe('Test');
      expect(await page.page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
      await page.press('Enter');
      await page.sees('It does not work.');
    });

    it('keep the focus in the dialog, and give it back', async () => {
      await page.page.evaluate("findNamed('button', 'Enter manually').focus()");
      await page.press('Enter');
      await page.sees('Enter a hybrid connection', 'dialog');
      expect(await page.focused()).toBe('Connection string');
      expect(await page.tabsLeaveDialog(10)).toBe(false);
      await page.press('Escape');
      await page.holds("document.activeElement === findNamed('button', 'Enter manually')");
    });
  });
});
