/**
 * What people do in the portal, done to a real relay: each flow ends with what the relay then has.
 */
import { once } from 'node:events';
import { HybridConnectionListener } from '@hybridge/listener';
import { RelayServer } from '@hybridge/relay';
import { connect } from '@hybridge/sender';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chromium } from '../../src/browser/chromium.js';
import { findChromium } from '../../src/browser/find-chromium.js';
import { PortalPage } from '../../src/portal/portal-page.js';

const found = findChromium();
const HOSTILE = `<script>window.ran = 1</script><img src=x onerror="window.ran = 2">`;

describe.skipIf(found.missing)('in the portal of a real relay', { timeout: 60_000 }, () => {
  let chromium: Chromium | undefined;
  let relay: RelayServer;
  /** Address of the admin port. */
  let admin: string;
  let portal: PortalPage;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    chromium = await Chromium.start(found.programs!.chromium);
  });
  afterAll(() => chromium?.stop());

  beforeEach(async () => {
    relay = new RelayServer({
      listen: { port: 0 },
      admin: { port: 0 },
      timeouts: { drainMs: 0 },
      namespaces: [
        {
          name: 'contoso',
          limits: { listenersPerHybridConnection: 3 },
          hybridConnections: [
            { name: 'orders', endpoint: 'db01.corp.local:1433' },
            { name: 'open', requiresClientAuthorization: false, endpoint: 'web:80' },
            { name: 'hostile', userMetadata: HOSTILE },
          ],
        },
      ],
    });
    admin = (await relay.listen()).admin!;
    portal = await PortalPage.open(chromium!, `${admin}/portal/`);
    await portal.signIn(relay.adminToken!);
  });
  afterEach(async () => {
    expect(portal.errors).toEqual([]);
    expect(portal.strangers).toEqual([]);
    await portal.close();
    for (const end of ends.splice(0)) await end();
    await relay.close();
  });

  const connectionOf = (name: string) =>
    relay.managed.model.namespaces
      .flatMap(({ hybridConnections }) => hybridConnections)
      .find((each) => each.name === name);

  /** An echo behind `orders`. */
  const listen = async (key?: 'primary' | 'secondary') => {
    const string = relay.connectionString('orders', { policy: 'defaultListener', ...(key && { key }) });
    const listener = new HybridConnectionListener(string);
    listener.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    });
    listener.on('error', () => {});
    await listener.listen();
    ends.push(() => listener.close());
    return listener;
  };
  const send = async () => {
    const socket = connect(relay.connectionString('orders', 'defaultSender'));
    socket.on('error', () => {});
    await once(socket, 'connect');
    ends.push(() => socket.destroy());
    return socket;
  };

  it('a namespace is made, and deleted', async () => {
    await portal.goTo('#/namespaces');
    await portal.sees('contoso');
    await portal.click('button', 'Create');
    await portal.fill('Name', 'not a name');
    await portal.sees('A DNS name', 'dialog');
    await portal.fill('Name', 'fabrikam');
    await portal.click('button', 'Create');
    await portal.sees('fabrikam', 'h1');
    expect(relay.managed.model.namespaces.map(({ name }) => name)).toEqual(['contoso', 'fabrikam']);
    await portal.click('button', 'Delete');
    await portal.sees('Delete fabrikam?', 'dialog');
    await portal.click('button', 'Delete');
    await portal.sees('Namespaces', 'h1');
    expect(relay.managed.model.namespaces.map(({ name }) => name)).toEqual(['contoso']);
  });

  it('a hybrid connection is made, changed and deleted', async () => {
    await portal.goTo('#/hybrid-connections');
    await portal.sees('orders');
    await portal.click('button', 'Create');
    await portal.fill('Name', 'site 1');
    await portal.sees('Letters, digits', 'dialog');
    await portal.fill('Name', 'ORDERS');
    await portal.sees('contoso has one of this name already.', 'dialog');
    await portal.fill('Endpoint port', '70000');
    await portal.sees('From 1 to 65535.', 'dialog');
    await portal.click('button', 'Create');
    await portal.sees('Which host does it lead to?', 'dialog');
    await portal.fill('Name', 'site/printer');
    await portal.fill('Endpoint host', 'print01');
    await portal.fill('Endpoint port', '631');
    await portal.click('button', 'Create');
    await portal.sees('site/printer', 'h1');
    expect(connectionOf('site/printer')).toMatchObject({
      endpoint: 'print01:631',
      requiresClientAuthorization: true,
    });

    await portal.click('button', 'Change endpoint');
    await portal.fill('Endpoint port', '9100');
    await portal.click('button', 'Change');
    await portal.sees('print01:9100', '.page-head');
    expect(connectionOf('site/printer')?.endpoint).toBe('print01:9100');

    await portal.click('button', 'Delete');
    await portal.sees('Delete site/printer?', 'dialog');
    await portal.click('button', 'Delete');
    await portal.sees('Hybrid connections', 'h1');
    expect(connectionOf('site/printer')).toBeUndefined();
  });

  it('the status is live: Connected while there is a listener', async () => {
    await portal.goTo('#/hybrid-connections/contoso/orders');
    await portal.sees('Not connected', '.page-head');
    const listener = await listen();
    await portal.sees('Connected', '.page-head .good');
    await listener.close();
    await portal.sees('Not connected', '.page-head');
  });

  it('both connection strings are masked, shown, copied, and open what they should', async () => {
    await portal.goTo('#/hybrid-connections/contoso/orders');
    await portal.sees('SharedAccessKeyName=defaultListener');
    const primary = relay.connectionString('orders', 'defaultSender');
    expect(await portal.text()).not.toContain(primary);
    await portal.click('button', 'Show Application connection string');
    await portal.sees(primary);
    await portal.click('button', 'Secondary');
    await portal.click('button', 'Show On-premises connection string');
    await portal.sees(relay.connectionString('orders', { policy: 'defaultListener', key: 'secondary' }));

    await portal.page.evaluate(
      "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } })",
    );
    await portal.click('button', 'Copy Application connection string');
    await portal.sees('Copied: Application connection string');
    const copied = await portal.page.evaluate('window.copied');
    expect(copied).toBe(relay.connectionString('orders', { policy: 'defaultSender', key: 'secondary' }));
  });

  it('a key is regenerated after a word about who uses it', async () => {
    await listen();
    const before = relay.connectionString('orders', { policy: 'defaultListener', key: 'secondary' });
    await portal.goTo('#/hybrid-connections/contoso/orders/keys');
    await portal.sees('1 listener');
    await portal.click('button', 'Regenerate primary key of defaultListener');
    await portal.sees('1 connected listener (127.0.0.1', 'dialog');
    await portal.press('Escape');
    await portal.seesNoMore('1 connected listener');
    await portal.click('button', 'Regenerate secondary key of defaultListener');
    await portal.sees('Nobody is known to use this key now.', 'dialog');
    await portal.click('button', 'Regenerate');
    await portal.sees('Regenerated the secondary key of defaultListener');
    expect(relay.connectionString('orders', { policy: 'defaultListener', key: 'secondary' })).not.toBe(
      before,
    );
  });

  it('a key of a namespace is regenerated', async () => {
    const before = relay.managed.model.namespaces[0]?.authorizationRules[0]?.primaryKey;
    await portal.goTo('#/namespaces/contoso');
    await portal.click('button', 'Regenerate primary key of RootManageSharedAccessKey');
    await portal.click('button', 'Regenerate');
    await portal.sees('Regenerated the primary key of RootManageSharedAccessKey');
    expect(relay.managed.model.namespaces[0]?.authorizationRules[0]?.primaryKey).not.toBe(before);
  });

  it('a new app in a new plan is attached, gets a new key by sync, and is disconnected', async () => {
    await portal.goTo('#/hybrid-connections/contoso/orders/apps');
    await portal.sees('Not attached to any app');
    await portal.click('button', 'Attach to an app');
    await portal.fill('Name of the new app', 'shop');
    await portal.fill('Name of the new plan', 'small');
    await portal.choose('Tier', 'Basic');
    await portal.click('button', 'Attach');
    await portal.sees('In sync');
    expect(relay.managed.model.plans).toMatchObject([{ name: 'small', tier: 'Basic' }]);
    expect(relay.managed.model.apps).toMatchObject([
      {
        name: 'shop',
        plan: 'small',
        attachments: [{ hybridConnection: 'orders', hostname: 'db01.corp.local', port: 1433 }],
      },
    ]);

    await relay.regenerateKey({ policy: 'defaultSender', hybridConnection: 'orders' }, 'primary');
    await portal.goTo('#/hybrid-connections/contoso/orders/keys');
    await portal.sees('1 app still has a key that is gone: shop.');
    await portal.click('button', 'Sync keys');
    await portal.sees('All apps that have orders attached', 'dialog');
    await portal.click('button', 'Sync keys');
    await portal.seesNoMore('1 app still has a key that is gone');
    const rule = connectionOf('orders')?.authorizationRules.find(({ name }) => name === 'defaultSender');
    expect(relay.managed.model.apps[0]?.attachments[0]?.sendKeyValue).toBe(rule?.primaryKey);

    await portal.goTo('#/hybrid-connections/contoso/orders/apps');
    await portal.click('button', 'Disconnect from shop');
    await portal.click('button', 'Disconnect');
    await portal.sees('Not attached to any app');
    expect(relay.managed.model.apps[0]?.attachments).toEqual([]);
  });

  it.each([
    ['hostile', 'has no endpoint'],
    ['open', 'needs no token'],
  ])('%s is not attached, and why is said', async (name, reason) => {
    await portal.goTo(`#/hybrid-connections/contoso/${name}/apps`);
    await portal.click('button', 'Attach to an app');
    await portal.sees(reason, 'dialog');
    await portal.fill('Name of the new app', 'shop');
    await portal.fill('Name of the new plan', 'small');
    await portal.click('button', 'Attach');
    await portal.holds("document.querySelector('dialog [role=alert]')?.innerText.length > 10");
    expect(relay.managed.model.apps.flatMap(({ attachments }) => attachments)).toEqual([]);
  });

  it('a plan that is full says so', async () => {
    const labels = { subscription: '00000000-0000-0000-0000-000000000000', resourceGroup: 'hybridge' };
    await relay.managed.change({ type: 'put-plan', name: 'small', tier: 'Basic', labels });
    await relay.managed.change({ type: 'put-app', name: 'shop', plan: 'small', labels });
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await relay.managed.change({
        type: 'put-hybrid-connection',
        namespace: 'contoso',
        name,
        endpoint: 'host:1',
      });
      await relay.managed.change({
        type: 'attach',
        subscription: labels.subscription,
        app: 'shop',
        namespace: 'contoso',
        hybridConnection: name,
      });
    }
    await portal.goTo('#/apps');
    await portal.sees('5 of 5');
    await portal.goTo('#/hybrid-connections/contoso/orders/apps');
    await portal.click('button', 'Attach to an app');
    await portal.sees('5 of 5', 'dialog');
    await portal.click('button', 'Attach');
    await portal.holds("document.querySelector('dialog [role=alert]')?.innerText.includes('5')");
  });

  it('an open connection is listed with both ends and its bytes, and cut', async () => {
    await listen();
    const socket = await send();
    socket.write('x'.repeat(5_000));
    await portal.goTo('#/hybrid-connections/contoso/orders/connections');
    await portal.sees('5.00 kB');
    await portal.sees('defaultListener (primary key)');
    const tunnel = (await relay.managed.status()).namespaces[0]?.hybridConnections[0]?.tunnels[0];
    await portal.sees(tunnel!.senderAddress);
    const cut = new Promise((resolve) => socket.once('error', resolve));
    await portal.click('button', `Cut the connection from ${tunnel!.senderAddress}`);
    await portal.click('button', 'Cut');
    expect(await cut).toMatchObject({ code: 'ECONNRESET' });
    await portal.sees('No connection is open');
    await portal.sees(tunnel!.senderAddress);
  });

  it('charts and limits are drawn', async () => {
    await listen();
    await portal.goTo('#/hybrid-connections/contoso/orders/monitor');
    await portal.sees('Traffic');
    await portal.click('button', '10 min');
    await portal.holds("document.querySelectorAll('.chart-box canvas').length === 4");
    await portal.goTo('#/hybrid-connections/contoso/orders/scale');
    await portal.sees('1 of 3');
    await portal.sees('Listener hours');
    await portal.sees('Counted since');
  });

  it('the audit log is filtered and paged', async () => {
    await listen();
    await portal.goTo('#/audit');
    await portal.sees('New listener registered.');
    await portal.fill('Any text', 'no record has this');
    await portal.click('button', 'Filter');
    await portal.sees('No record matches');
    await portal.click('a', 'Clear');
    await portal.sees('New listener registered.');
  });

  it('a token is made, shown once, used and revoked', async () => {
    await portal.goTo('#/tokens');
    await portal.sees('No tokens but the first one');
    await portal.click('button', 'Create');
    await portal.fill('Name', HOSTILE.slice(0, 40));
    await portal.choose('Role', 'Reader: sees everything but keys');
    await portal.click('button', 'Create');
    await portal.sees('This is the only time that it is shown.', 'dialog');
    const token = String(await portal.page.evaluate("document.querySelector('dialog code').innerText"));
    await portal.click('button', 'Close');
    const other = await PortalPage.open(chromium!, `${admin}/portal/`);
    await other.signIn(token);
    await other.sees('reader');
    await portal.click('button', `Revoke ${HOSTILE.slice(0, 40)}`);
    await portal.click('button', 'Revoke');
    await portal.sees('No tokens but the first one');
    await other.goTo('#/audit');
    await other.sees('The token is no longer valid.');
    await other.close();
    expect(await portal.page.evaluate('window.ran')).toBeUndefined();
  });

  it('markup in what others wrote is text', async () => {
    await portal.goTo('#/hybrid-connections/contoso/hostile');
    await portal.sees(HOSTILE);
    expect(await portal.page.evaluate('window.ran')).toBeUndefined();
    expect(
      await portal.page.evaluate("document.querySelectorAll('#portal script, #portal img').length"),
    ).toBe(0);
  });
});
