/**
 * Takes the pictures of docs/portal.md: `npm run screenshots`, which needs a build and Chromium.
 *
 * By hand only, since a picture is never quite the same twice.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chromium } from '../browser/chromium.js';
import { findChromium } from '../browser/find-chromium.js';
import { type Look, PortalPage } from './portal-page.js';
import { shopAnswers, shopOverview } from './pretend-answers.js';
import { PretendRelay, TOKEN } from './pretend-relay.js';

const LOOKS: Readonly<Record<string, Look>> = {
  light: { scheme: 'light' },
  dark: { scheme: 'dark' },
  narrow: { width: 360, height: 740 },
};

/** What is pictured, and what is pressed before. */
const SCENES: readonly {
  readonly name: string;
  readonly hash: string;
  readonly sees: string;
  readonly click?: string;
}[] = [
  { name: 'overview', hash: '#/', sees: 'Connections' },
  { name: 'list', hash: '#/hybrid-connections', sees: 'orders-db' },
  { name: 'create', hash: '#/hybrid-connections', sees: 'orders-db', click: 'Create' },
  {
    name: 'properties',
    hash: '#/hybrid-connections/contoso/orders-db',
    sees: 'SharedAccessKeyName=defaultListener',
  },
  { name: 'keys', hash: '#/hybrid-connections/contoso/orders-db/keys', sees: 'defaultSender' },
  {
    name: 'regenerate',
    hash: '#/hybrid-connections/contoso/orders-db/keys',
    sees: 'defaultSender',
    click: 'Regenerate primary key of defaultSender',
  },
  { name: 'apps-of', hash: '#/hybrid-connections/contoso/orders-db/apps', sees: 'reports' },
  {
    name: 'connections',
    hash: '#/hybrid-connections/contoso/orders-db/connections',
    sees: 'both ends closed',
  },
  { name: 'monitor', hash: '#/hybrid-connections/contoso/orders-db/monitor', sees: 'max' },
  { name: 'scale', hash: '#/hybrid-connections/contoso/orders-db/scale', sees: 'Policies' },
  { name: 'namespaces', hash: '#/namespaces', sees: 'contoso' },
  { name: 'namespace', hash: '#/namespaces/contoso', sees: 'RootManage' },
  { name: 'plans', hash: '#/apps', sees: 'back-office' },
  { name: 'audit', hash: '#/audit', sees: 'New listener registered.' },
  { name: 'tokens', hash: '#/tokens', sees: 'grafana' },
];

const [, , folder = fileURLToPath(new URL('../../../../docs/assets/portal/', import.meta.url)), only = ''] =
  process.argv;
const found = findChromium();
if (found.programs === undefined) process.exit(1);
mkdirSync(folder, { recursive: true });
const relay = await PretendRelay.start(shopAnswers());
relay.greeting = [1, 2].map((step) => ({ event: 'overview', data: shopOverview(step) }));
const chromium = await Chromium.start(found.programs.chromium);
try {
  for (const [look, options] of Object.entries(LOOKS)) {
    const portal = await PortalPage.open(chromium, relay.url, options);
    const save = async (name: string) => {
      await new Promise((resolve) => setTimeout(resolve, 300)); // charts are drawn a moment after their data is there
      const png = await portal.screenshot();
      writeFileSync(join(folder, `${name}-${look}.png`), png);
      console.log(
        `${name}-${look}.png ${(png.length / 1_000).toFixed(0)} kB, ${await portal.overflow()} px too wide`,
      );
    };
    await portal.sees('Sign in');
    if (`sign-in`.startsWith(only)) await save('sign-in');
    await portal.signIn(TOKEN);
    for (const { name, hash, sees, click } of SCENES.filter((scene) => scene.name.startsWith(only))) {
      await portal.goTo(hash);
      await portal.sees(sees);
      if (click !== undefined) await portal.click('button', click);
      await save(name);
      if (click !== undefined) await portal.click('button', 'Cancel');
    }
    console.log([...portal.errors, ...portal.strangers].join('\n'));
  }
} finally {
  await chromium.stop();
  relay.close();
}
