/**
 * What people do in the pages of a manager, done to a real manager, a real relay and a real target: each flow ends with what is
 * then true.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { RelayServer } from '@hybridge/relay';
import { connect, type HybridConnectionSocket } from '@hybridge/sender';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import { until } from '../../src/deadline.js';
import { BrowsedManager, type BrowsedManagerOptions } from '../../src/portal/browsed-manager.js';
import { PortalPage } from '../../src/portal/portal-page.js';
import { TargetServer } from '../../src/target-server.js';

const found = findChromium();
const HOSTILE = `<script>window.ran = 1</script><img src=x onerror="window.ran = 2">`;
const WAIT_MS = 15_000;

describe.skipIf(found.missing)('in the pages of a real manager', { timeout: 60_000 }, () => {
  let chromium: Chromium | undefined;
  let relay: RelayServer;
  /** Address of the relay's admin port. */
  let admin: string;
  let target: TargetServer;
  let manager: BrowsedManager;
  let page: PortalPage;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(() => chromium?.stop());

  beforeEach(async () => {
    target = await TargetServer.start();
    target.serve = (socket) => socket.pipe(socket);
    const endpoint = `127.0.0.1:${target.port}`;
    relay = new RelayServer({
      listen: { port: 0 },
      admin: { port: 0 },
      timeouts: { drainMs: 0 },
      namespaces: [
        {
          name: 'contoso',
          hybridConnections: [
            { name: 'orders', endpoint },
            { name: 'payroll', endpoint },
            { name: 'no-endpoint' },
            { name: 'open', endpoint, requiresClientAuthorization: false },
          ],
        },
      ],
    });
    admin = (await relay.listen()).admin!;
  });
  afterEach(async () => {
    expect(page.errors).toEqual([]);
    expect(page.strangers).toEqual([]);
    expect(await page.page.evaluate('window.ran')).toBeUndefined();
    await page.close();
    for (const end of ends.splice(0)) await end();
    await manager.stop();
    await relay.close();
    target.stop();
  });

  const gateway = (name: string) => relay.connectionString(name, 'defaultListener');
  const configured = (...names: string[]) =>
    `connections:\n${names.map((name) => `  - connectionString: ${gateway(name)}\n`).join('')}`;
  const open = async (options: BrowsedManagerOptions = {}) => {
    manager = await BrowsedManager.start(options);
    page = await PortalPage.open(chromium!, manager.address);
    await page.sees('Hybrid connections', 'h1');
  };
  const idOf = (name: string) => manager.service.connections().find((each) => each.name === name)!.id;
  const placeOf = (name: string, part = '') =>
    `#/connections/${encodeURIComponent(idOf(name))}${part === '' ? '' : `/${part}`}`;
  const send = async (name: string): Promise<HybridConnectionSocket> => {
    const socket = connect(relay.connectionString(name, 'defaultSender'));
    socket.on('error', () => {});
    await once(socket, 'connect');
    ends.push(() => socket.destroy());
    return socket;
  };

  it('the first hybrid connection is entered by its connection string', async () => {
    await open();
    await page.sees('No hybrid connection is configured yet');
    await page.click('button', 'Enter manually');
    await page.click('button', 'Save');
    await page.sees('Paste the connection string', 'dialog');

    const string = gateway('orders');
    const [, key = ''] = /SharedAccessKey=([^;]+)/.exec(string) ?? [];
    await page.fill('Connection string', string.replace(/;EntityPath=.*/, ''));
    await page.sees('It is that of a whole namespace.', 'dialog');
    await page.fill('Connection string', `${string};${key}`);
    await page.click('button', 'Save');
    await page.holds("document.querySelector('dialog .problem') !== null");
    expect(await page.text()).not.toContain(key);

    await page.fill('Connection string', string);
    await page.sees('orders at 127.0.0.1', 'dialog');
    await page.sees('by the policy defaultListener', 'dialog');
    await page.fill('Endpoint', 'db01:99999');
    await page.sees('The port is a number from 1 to 65535.', 'dialog');
    await page.fill('Endpoint', '');
    expect(await page.text()).not.toContain(key);
    await page.click('button', 'Save');

    await page.sees('orders', 'h1');
    await page.sees('Connected', '.page-head');
    await page.sees(`127.0.0.1:${target.port}`, '.page-head');
    await page.sees('as the relay says');
    expect(manager.config).toContain('EntityPath=orders');
    const socket = await send('orders');
    socket.write('ping');
    expect(String((await once(socket, 'data'))[0])).toBe('ping');
  });

  it('one without an endpoint at the relay is given one by hand, and a name', async () => {
    await open({ config: configured('orders') });
    await page.click('button', 'Enter manually');
    await page.fill('Connection string', gateway('no-endpoint'));
    await page.fill('Endpoint', `127.0.0.1:${target.port}`);
    await page.fill('Name', 'orders');
    await page.click('button', 'Save');
    await page.sees('is taken', 'dialog .problem');
    await page.fill('Name', HOSTILE);
    await page.click('button', 'Save');
    await page.sees(HOSTILE, 'h1');
    await page.sees('as configured here');
    await page.sees('Connected', '.page-head');
    await page.goTo('#/');
    await page.sees(HOSTILE, 'tbody');
    await page.sees('2 hybrid connections, 2 connected');
    await page.goTo('#/log');
    await page.sees(HOSTILE, '.log-line');
    expect(await page.page.evaluate("document.querySelectorAll('#portal script, #portal img').length")).toBe(
      0,
    );
  });

  it('others are chosen from what a relay has, after signing in there', async () => {
    await open({ config: configured('orders') });
    await page.sees('orders', 'tbody');
    await page.click('a', 'Configure another');
    await page.sees('Step 1 of 2');
    await page.click('button', 'Sign in');
    await page.sees('A token of the role operator or owner.');
    await page.fill("Address of the relay's admin port", admin);
    await page.fill('Token', 'a guess');
    await page.click('button', 'Sign in');
    await page.sees('token', '.problem');
    await page.fill('Token', relay.adminToken!);
    await page.click('button', 'Sign in');

    await page.sees('Step 2 of 2');
    await page.sees('Configured', 'tbody');
    await page.sees('It has no endpoint', 'tbody');
    await page.sees('without a token', 'tbody');
    expect(await page.page.evaluate("[...document.querySelectorAll('tbody input:disabled')].length")).toBe(3);
    await page.check('payroll');
    await page.click('button', 'Save 1 hybrid connection');
    await page.sees('Hybrid connections', 'h1');
    await page.sees('2 hybrid connections, 2 connected');
    expect(manager.config).toContain('EntityPath=payroll');
    // The token is in the manager's memory, and nowhere in the browser.
    const kept = await page.page.evaluate('JSON.stringify([{ ...sessionStorage }, { ...localStorage }])');
    expect(kept).not.toContain(relay.adminToken!);
    expect(manager.config).not.toContain(relay.adminToken!);

    await page.click('a', 'Configure another');
    await page.sees('Step 2 of 2');
    await page.click('button', 'Sign out');
    await page.sees('Step 1 of 2');
    expect(manager.service.logins.list()).toEqual([]);
  });

  it('what goes over a hybrid connection is seen while it goes', async () => {
    await open({ config: configured('orders') });
    await page.sees('Connected', 'tbody');
    await page.click('a', 'orders');
    await page.sees('Properties');
    await page.sees('Status since');
    await page.sees(new URL(relay.connectionString('orders').split(/[=;]/)[1]!).host);
    const socket = await send('orders');
    socket.resume().write(Buffer.alloc(50_000));
    await page.sees('Open connections 1', '.tiles');
    await page.holds("document.querySelectorAll('.chart-box canvas').length === 2");
    await page.sees('max 50.0 kB', '.chart-legend');
    await page.sees('Listeners 1', '.tiles');
    socket.destroy();
    await page.sees('Open connections 0', '.tiles');
  });

  it('a test shows its steps, and what to do about the one that failed', async () => {
    await open({ config: configured('orders') });
    await page.sees('Connected', 'tbody');
    await page.goTo(placeOf('orders'));
    await page.click('a', 'Test');
    await page.sees('Everything works.');
    await page.sees('ms', '.step.ok');
    await page.holds("document.querySelectorAll('.step.ok').length >= 5");
    target.stop();
    await page.click('button', 'Test again');
    await page.sees('It does not work.');
    await page.holds("document.querySelector('.step.failed .advice')?.innerText.length > 10");

    await page.goTo('#/test');
    await page.fill('Host and port', 'nonsense');
    await page.click('button', 'Test');
    await page.sees('As host:port');
    await page.fill('Host and port', '127.0.0.1:1');
    await page.click('button', 'Test');
    await page.sees('It does not work.');
  });

  it('a target that fails is told, and that it works again', async () => {
    await open({ config: configured('orders') });
    await page.sees('Connected', 'tbody');
    const { port } = target;
    target.stop();
    const refused = connect(relay.connectionString('orders', 'defaultSender'));
    await once(refused, 'error');
    await page.sees('Endpoint fails', 'tbody');
    await page.goTo(placeOf('orders'));
    await page.sees('It took no connection');
    await page.sees('ECONNREFUSED');
    await page.sees(`127.0.0.1:${port}`);
    const again = net
      .createServer((socket) => socket.on('error', () => {}).pipe(socket))
      .listen(port, '127.0.0.1');
    await once(again, 'listening');
    ends.push(() => again.close());
    await send('orders');
    await page.sees('Connected', '.page-head');
    await page.seesNoMore('It took no connection');
  });

  it('it is restarted, and goes on', async () => {
    await open({ config: configured('orders') });
    await page.sees('Connected', 'tbody');
    const socket = await send('orders');
    await page.goTo(placeOf('orders'));
    await page.click('button', 'Restart');
    await page.sees('orders is restarted');
    await page.sees('Connected', '.page-head');
    await page.click('a', 'Log');
    await page.sees('restarted by hand', '.log-line');
    socket.write('still here');
    expect(String((await once(socket, 'data'))[0])).toBe('still here');
  });

  it('it is removed after a word about what is open', async () => {
    await open({ config: configured('orders', 'payroll') });
    await page.sees('2 connected');
    const socket = await send('orders');
    await page.goTo(placeOf('orders'));
    await page.sees('Open connections 1', '.tiles');
    await page.click('button', 'Remove');
    await page.sees('1 connection is open through it', 'dialog');
    await page.click('button', 'Cancel');
    await page.seesNoMore('1 connection is open through it');
    await page.click('button', 'Remove');
    await page.sees('Remove orders?', 'dialog');
    await page.click('button', 'Remove');
    await page.sees('Removed orders');
    await page.sees('1 hybrid connection, 1 connected');
    expect(manager.config).not.toContain('EntityPath=orders');
    socket.write('time to finish');
    expect(String((await once(socket, 'data'))[0])).toBe('time to finish');
  });

  it('the log is filtered, and followed as it is written', async () => {
    await open({ config: configured('orders', 'payroll') });
    await page.sees('2 connected');
    await page.goTo('#/log');
    await page.sees('orders', '.log-line');
    await page.sees('payroll', '.log-line');
    await page.choose('Hybrid connection', 'payroll');
    await page.holds(
      "[...document.querySelectorAll('.log-line')].every((each) => !each.innerText.includes('orders'))",
    );
    manager.log.add('warn', 'something happened', { connection: 'payroll', code: 'ETEST' });
    manager.log.add('warn', 'something else', { connection: 'orders' });
    await page.sees('something happened payroll code=ETEST', '.log-line');
    expect(await page.text()).not.toContain('something else');
    for (let line = 1; line <= 200; line += 1)
      manager.log.add('info', `line ${line}`, { connection: 'payroll' });
    await page.sees('line 200', '.log-line');
    await page.holds(
      "(({ scrollTop, scrollHeight, clientHeight }) => scrollHeight > clientHeight && scrollHeight - scrollTop - clientHeight < 2)(document.querySelector('.log-box'))",
    );
    await page.choose('Least level', 'error and worse');
    await page.sees('Nothing matches');
    await page.choose('Least level', 'warn and worse');
    await page.fill('Any text', 'ETEST');
    await page.holds("document.querySelectorAll('.log-line').length === 1");
  });

  it('the audit log says who came, how much went over and how it ended', async () => {
    await open({ config: configured('orders', 'payroll') });
    await page.sees('2 connected');
    const socket = await send('orders');
    socket.end(Buffer.alloc(2_000));
    socket.resume();
    await once(socket, 'close');
    await page.goTo('#/audit');
    await page.sees('was led to 127.0.0.1', 'tbody');
    const isOver = async () => {
      await page.click('button', 'Reload');
      return /finished after .*: 2\.00 kB there, 2\.00 kB back\./.test(await page.text());
    };
    await until(isOver, WAIT_MS, 'the end of the connection');
    await page.goTo(placeOf('payroll', 'audit'));
    await page.sees('The relay hands out connections to this manager.', 'tbody');
    expect(await page.text()).not.toContain('was led to');
  });

  it('a hybrid connection that the relay does not know says why, and what to do', async () => {
    const string = gateway('orders').replace('EntityPath=orders', 'EntityPath=gone');
    await open({ config: `connections:\n  - connectionString: ${string}\n    endpoint: 127.0.0.1:1\n` });
    await page.sees('Refused', 'tbody');
    await page.sees('next try', 'tbody');
    await page.goTo(placeOf('gone'));
    await page.sees('Refused since', '.notice');
    await page.holds("document.querySelectorAll('.notice.bad p').length >= 3");
    await page.sees('Next try in', '.notice');
  });

  it('a namespace that is retired says so', async () => {
    const retired = createServer((_request, response) => response.writeHead(410).end('gone'));
    retired.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n'));
    retired.listen(0, '127.0.0.1');
    await once(retired, 'listening');
    ends.push(() => retired.close());
    const { port } = retired.address() as AddressInfo;
    const string = gateway('orders').replace(/Endpoint=[^;]+/, `Endpoint=ws://127.0.0.1:${port}/`);
    await open({ config: `connections:\n  - connectionString: ${string}\n    endpoint: 127.0.0.1:1\n` });
    await page.sees('Discontinued', 'tbody');
    await page.sees('is discontinued', 'tbody');
    await page.goTo(placeOf('orders'));
    await page.sees('The relay says that', '.notice');
    await page.sees('ask whoever ran the namespace', '.notice');
  });

  it('what the policy forbids says which rule, until it is allowed', async () => {
    await open({ config: configured('orders'), policy: 'deny: ["127.0.0.0/8:*"]\n' });
    await page.sees('Blocked by policy', 'tbody');
    await page.goTo(placeOf('orders'));
    await page.sees('127.0.0.0/8:*', '.notice code');
    await page.goTo('#/about');
    await page.sees(manager.policyPath);
    await page.sees('Looks for newer versions Allowed');
    manager.writePolicy('updates: denied\n');
    await page.sees('Looks for newer versions Not allowed');
    await page.goTo('#/');
    await page.sees('Connected', 'tbody');
  });

  it('a test of what the policy forbids is not made', async () => {
    await open({ config: configured('orders'), policy: 'deny: ["*:22"]\n' });
    await page.goTo('#/test');
    await page.fill('Host and port', '127.0.0.1:22');
    await page.click('button', 'Test');
    await page.sees('forbids 127.0.0.1:22', '.step.failed');
    await page.sees('It does not work.');
  });

  it.each([
    ['forbids pages', 'ui: denied\n'],
    ['cannot be used', 'allow: ['],
  ])('a policy that %s takes them away', async (_, policy) => {
    await open({ config: configured('orders') });
    await page.sees('Live', '.live-mark');
    manager.writePolicy(policy);
    await page.sees('Not live', '.live-mark');
    await page.sees('The manager has not answered since', '[role=alert]');
    await page.sees('the policy of the administrator no longer allows these pages', '[role=alert]');
  });

  it('a newer version is told, until it was seen', async () => {
    const update = { current: '1.0.0', latest: '1.1.0', checkedAt: new Date().toISOString(), isNewer: true };
    await open({ update });
    await page.sees('Version 1.1.0 is available.');
    await page.goTo('#/about');
    await page.sees('1.1.0 is available');
    await page.click('button', 'Not now');
    await page.seesNoMore('Version 1.1.0 is available.');
  });

  it('a file that somebody else spoils is told, and what ran goes on', async () => {
    await open({ config: configured('orders') });
    await page.sees('Connected', 'tbody');
    const { config } = manager;
    writeFileSync(manager.configPath, 'connections: {');
    await page.sees('The configuration file cannot be used', '[role=alert]');
    await page.sees('Connected', 'tbody');
    writeFileSync(manager.configPath, config);
    await page.seesNoMore('The configuration file cannot be used');
  });

  describe('the token', () => {
    it('is taken out of the address, and kept for this tab only', async () => {
      await open();
      const token = new URL(manager.address).hash.replace('#token=', '');
      expect(await page.page.evaluate('location.href')).not.toContain(token);
      expect(await page.page.evaluate('Object.values(localStorage).join()')).not.toContain(token);
      await page.page.call('Page.reload');
      await page.sees('Hybrid connections', 'h1');
      const { entries, currentIndex } = (await page.page.call('Page.getNavigationHistory')) as {
        entries: { url: string }[];
        currentIndex: number;
      };
      expect(entries[currentIndex]?.url).not.toContain(token);
    });

    it('that is missing or wrong leads to how to get the address', async () => {
      manager = await BrowsedManager.start();
      page = await PortalPage.open(chromium!, manager.address.replace(/#.*/, ''));
      await page.sees('The address is not complete', 'h1');
      await page.sees('hybridge manager ui');
      await page.page.evaluate("location.hash = '#token=' + 'x'.repeat(43)");
      await page.sees('The token does not fit', 'h1');
      await page.page.evaluate(`location.hash = ${JSON.stringify(new URL(manager.address).hash)}`);
      await page.sees('Hybrid connections', 'h1');
    });

    it('of a manager that was started again is asked for anew', async () => {
      await open();
      const port = Number(new URL(manager.address).port);
      await manager.service.serveUi(undefined);
      await page.sees('The manager has not answered since', '[role=alert]');
      await manager.service.serveUi({ port });
      await page.sees('The manager was started again', 'h1');
      await page.page.evaluate(`location.hash = ${JSON.stringify(new URL(manager.address).hash)}`);
      await page.sees('Hybrid connections', 'h1');
    });
  });

  it('everything is asked of the manager by its own page, and of nobody by anybody else', async () => {
    await open({ config: configured('orders') });
    await page.sees('Connected', 'tbody');
    const policy = await page.page.evaluate(
      "fetch(location.pathname).then((answer) => answer.headers.get('content-security-policy'))",
    );
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    // A script that gets into the page all the same does not run.
    await page.page.evaluate(
      "(() => { const script = document.createElement('script'); script.textContent = 'window.inlined = 1'; document.body.append(script); })()",
    );
    expect(await page.page.evaluate('window.inlined')).toBeUndefined();
    await until(() => page.errors.some((error) => error.includes('script-src')), WAIT_MS, 'the violation');
    page.errors.length = 0;
  });
});
