/**
 * What is pictured in the manual, scene by scene.
 * @module
 */
import { idOf, plantAnswers, plantEvents, plantStatus } from './manager-answers.js';
import type { PortalPage } from './portal-page.js';
import { shopAnswers, shopOverview } from './pretend-answers.js';
import { addressOf, startPretendManager } from './pretend-manager.js';
import { startPretendRelay } from './pretend-relay.js';
import { type PretendServer, TOKEN } from './pretend-server.js';

/** One picture. */
export interface Scene {
  readonly name: string;
  /** Where it is. Absent: where the scene before was. */
  readonly hash?: string;
  readonly sees: string;
  /** What is done before. */
  readonly before?: (page: PortalPage, server: PretendServer) => unknown;
  /** What is pressed then; a dialog, which is cancelled afterwards. */
  readonly click?: string;
  /** Also in dark and on a phone. */
  readonly inAllLooks?: boolean;
  /** Without it there is no way to the others: it is done even when it is not pictured. */
  readonly isEntrance?: boolean;
}

/** The pictures of one kind of pages. */
export interface Album {
  /** Of the folder below docs/assets. */
  readonly name: string;
  readonly start: () => Promise<PretendServer>;
  readonly address: (server: PretendServer) => string;
  readonly scenes: readonly Scene[];
}

const HYCO = '#/hybrid-connections/contoso/orders-db';

/** The relay's portal. */
export const relayAlbum: Album = {
  name: 'portal',
  start: async () => {
    const relay = await startPretendRelay(shopAnswers());
    relay.greeting = [1, 2].map((step) => ({ event: 'overview', data: shopOverview(step) }));
    return relay;
  },
  address: ({ url }) => url,
  scenes: [
    { name: 'sign-in', sees: 'Sign in', inAllLooks: true },
    {
      name: 'overview',
      isEntrance: true,
      before: (page) => page.signIn(TOKEN),
      hash: '#/',
      sees: 'Connections',
      inAllLooks: true,
    },
    { name: 'list', inAllLooks: true, hash: '#/hybrid-connections', sees: 'orders-db' },
    { name: 'create', hash: '#/hybrid-connections', sees: 'orders-db', click: 'Create' },
    {
      name: 'properties',
      inAllLooks: true,
      hash: HYCO,
      sees: 'SharedAccessKeyName=defaultListener',
    },
    { name: 'keys', inAllLooks: true, hash: `${HYCO}/keys`, sees: 'defaultSender' },
    {
      name: 'regenerate',
      hash: `${HYCO}/keys`,
      sees: 'defaultSender',
      click: 'Regenerate primary key of defaultSender',
    },
    { name: 'apps-of', hash: `${HYCO}/apps`, sees: 'reports' },
    {
      name: 'connections',
      inAllLooks: true,
      hash: `${HYCO}/connections`,
      sees: 'both ends closed',
    },
    { name: 'monitor', hash: `${HYCO}/monitor`, sees: 'max' },
    { name: 'scale', hash: `${HYCO}/scale`, sees: 'Policies' },
    { name: 'namespaces', hash: '#/namespaces', sees: 'contoso' },
    { name: 'namespace', hash: '#/namespaces/contoso', sees: 'RootManage' },
    { name: 'plans', hash: '#/apps', sees: 'back-office' },
    { name: 'audit', hash: '#/audit', sees: 'New listener registered.' },
    { name: 'tokens', hash: '#/tokens', sees: 'grafana' },
  ],
};

const of = (name: string, part = '') =>
  `#/connections/${encodeURIComponent(idOf(name))}${part === '' ? '' : `/${part}`}`;

/** The manager's pages. */
export const managerAlbum: Album = {
  name: 'manager-ui',
  start: async () => {
    const manager = await startPretendManager(plantAnswers());
    manager.greeting = plantEvents();
    return manager;
  },
  address: addressOf,
  scenes: [
    { name: 'list', hash: '#/', sees: 'orders-db', inAllLooks: true },
    { name: 'manually', hash: '#/', sees: 'orders-db', click: 'Enter manually' },
    { name: 'details', hash: of('orders-db'), sees: 'Traffic, the last hour', inAllLooks: true },
    { name: 'remove', hash: of('orders-db'), sees: 'Traffic, the last hour', click: 'Remove' },
    { name: 'refused', hash: of('badge-readers'), sees: 'Copy the gateway connection string anew' },
    { name: 'discontinued', hash: of('legacy-mail'), sees: 'has been retired' },
    { name: 'blocked', hash: of('ssh-jump'), sees: 'deny: "*:22"' },
    { name: 'test', hash: of('orders-db', 'test'), sees: 'Look for a firewall', inAllLooks: true },
    { name: 'log', hash: '#/log', sees: 'The manager started', inAllLooks: true },
    { name: 'audit', hash: '#/audit', sees: 'was led to' },
    { name: 'about', hash: '#/about', sees: 'gateway-plant2' },
    { name: 'sign-in', hash: '#/configure', sees: 'Sign in' },
    {
      name: 'choose',
      before: async (page) => {
        await page.fill("Address of the relay's admin port", 'https://relay.example:8081');
        await page.fill('Token', 'secret');
        await page.click('button', 'Sign in');
      },
      sees: 'Cannot be chosen',
    },
    {
      name: 'empty',
      before: (_page, manager) => manager.tell('status', plantStatus({ connections: [] })),
      hash: '#/',
      sees: 'No hybrid connection is configured yet',
    },
    {
      name: 'no-token',
      before: async (page, { url }) => {
        await page.page.evaluate('sessionStorage.clear()');
        await page.page.call('Page.navigate', { url: `${url}?` });
      },
      sees: 'The address is not complete',
    },
  ],
};
