/**
 * Apps, as Microsoft.Web has them: `sites`.
 *
 * An app here is who may use which hybrid connections, and which plan that counts for; nothing of it runs here.
 * @module
 */
import { badRequest } from '@hybridge/service';
import { z } from 'zod';
import type { AppModel } from '../../model/model.js';
import { isSameName } from '../../model/names.js';
import { ignoring, resourceBody, said, TRACKED } from '../arm/body.js';
import { WEB_VERSIONS } from '../arm/versions.js';
import { appNameIn, appOf, isAt, labelsOf } from '../find.js';
import { pageOf, pageQuery } from '../paging.js';
import { parsePlanId } from '../resource-id.js';
import { type Call, json, nothing, param, type Route, route } from '../route.js';
import { siteShape } from './shapes.js';

const GROUP_SITES =
  '/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Web/sites';
/** Where an app is. */
export const SITE = `${GROUP_SITES}/{app}`;
/** Where a slot of an app is, which is an app like any other, with the name `app/slot`. */
export const SLOT = `${SITE}/slots/{slot}`;

const common = { kind: 'arm', tag: 'Apps', versions: WEB_VERSIONS } as const;

const properties = z.strictObject({
  serverFarmId: z
    .string()
    .nullish()
    .meta({ description: 'The id of its plan, or the name; needed when the app is new.' }),
  ...ignoring(
    ...['name', 'state', 'enabled', 'availabilityState', 'resourceGroup', 'lastModifiedTimeUtc', 'hostNames'],
    ...[
      'enabledHostNames',
      'hostNameSslStates',
      'defaultHostName',
      'repositorySiteName',
      'usageState',
      'siteConfig',
    ],
    ...[
      'reserved',
      'isXenon',
      'hyperV',
      'scmSiteAlsoStopped',
      'httpsOnly',
      'clientAffinityEnabled',
      'keyVaultReferenceIdentity',
    ],
    ...['clientCertEnabled', 'clientCertMode', 'containerSize', 'dailyMemoryTimeQuota', 'redundancyMode'],
    ...['virtualNetworkSubnetId', 'vnetRouteAllEnabled', 'vnetImagePullEnabled', 'vnetContentShareEnabled'],
    ...[
      'publicNetworkAccess',
      'hostNamesDisabled',
      'customDomainVerificationId',
      'hostingEnvironmentProfile',
    ],
  ),
});

const body = resourceBody(properties.nullish(), {
  ...TRACKED,
  ...ignoring('kind', 'identity', 'extendedLocation'),
});

/** All routes of apps. */
export const siteRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/subscriptions/{subscription}/providers/Microsoft.Web/sites',
    role: 'reader',
    id: 'listApps',
    summary: 'Lists the apps of a subscription',
    query: pageQuery,
    answers: { 200: 'A page of apps' },
    handle: (call) => list(call, ({ subscription }) => isSameName(subscription, param(call, 'subscription'))),
  }),
  route({
    ...common,
    method: 'GET',
    path: GROUP_SITES,
    role: 'reader',
    id: 'listAppsOfGroup',
    summary: 'Lists the apps of a resource group',
    query: pageQuery,
    answers: { 200: 'A page of apps' },
    handle: (call) => list(call, (app) => isAt(app, labelsOf(call))),
  }),
  route({
    ...common,
    method: 'GET',
    path: `${SITE}/slots`,
    role: 'reader',
    id: 'listSlots',
    summary: 'Lists the slots of an app',
    query: pageQuery,
    answers: { 200: 'A page of slots' },
    handle: (call) => {
      const { name } = appOf(call, call.relay.model);
      const isSlot = (app: AppModel) =>
        isAt(app, labelsOf(call)) && app.name.toLowerCase().startsWith(`${name}/`.toLowerCase());
      return list(call, isSlot);
    },
  }),
  ...routesAt(SITE, 'App', 'an app'),
  ...routesAt(SLOT, 'Slot', 'a slot of an app'),
];

function routesAt(path: string, word: string, what: string): Route[] {
  return [
    route({
      ...common,
      method: 'GET',
      path,
      role: 'reader',
      id: `get${word}`,
      summary: `Reads ${what}`,
      answers: { 200: 'The app' },
      handle: (call) => {
        const { model } = call.relay;
        return json(siteShape(appOf(call, model), model));
      },
    }),
    route({
      ...common,
      method: 'PUT',
      path,
      role: 'operator',
      id: `put${word}`,
      summary: `Creates or updates ${what}`,
      body,
      answers: { 200: 'The app, created or updated' },
      handle: (call) => put(call),
    }),
    route({
      ...common,
      method: 'PATCH',
      path,
      role: 'operator',
      id: `patch${word}`,
      summary: `Updates ${what}`,
      body,
      answers: { 200: 'The app' },
      handle: (call) => {
        appOf(call, call.relay.model);
        return put(call);
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path,
      role: 'operator',
      id: `delete${word}`,
      summary: `Deletes ${what}, and what it has attached with it`,
      answers: { 200: 'It is deleted', 204: 'There was none' },
      handle: async (call) => {
        const { relay } = call;
        const labels = labelsOf(call);
        const app = relay.model.apps.find(
          (each) => isSameName(each.name, appNameIn(call)) && isAt(each, labels),
        );
        if (app === undefined) return nothing();
        await relay.change({ type: 'delete-app', subscription: app.subscription, name: app.name });
        return nothing(200);
      },
    }),
  ];
}

function list(call: Call<unknown, z.output<typeof pageQuery>>, wanted: (app: AppModel) => boolean) {
  const { model } = call.relay;
  const { value, ...rest } = pageOf(model.apps.filter(wanted), ({ name }) => name, call);
  return json({ value: value.map((app) => siteShape(app, model)), ...rest });
}

async function put(call: Call<z.output<typeof body>>) {
  const { location, tags } = call.body;
  const plan = planIn(call, call.body.properties?.serverFarmId ?? undefined);
  const model = await call.relay.change({
    type: 'put-app',
    name: appNameIn(call),
    labels: labelsOf(call),
    ...said({ location, tags, plan }),
  });
  return json(siteShape(appOf(call, model), model));
}

/** The name of the plan, which is in the app's own subscription. */
function planIn(call: Call, serverFarmId: string | undefined): string | undefined {
  const subscription = param(call, 'subscription');
  const { apps, plans } = call.relay.model;
  const target = 'properties.serverFarmId';
  if (serverFarmId === undefined) {
    const isThere = apps.some(
      (app) => isSameName(app.name, appNameIn(call)) && isSameName(app.subscription, subscription),
    );
    if (isThere) return undefined;
    throw badRequest('An app that is new needs an application plan.', target);
  }
  const plan = parsePlanId(serverFarmId);
  if (plan === undefined)
    throw badRequest('This is neither the id of an application plan nor a name.', target);
  if (plan.subscription !== undefined && !isSameName(plan.subscription, subscription)) {
    throw badRequest('The plan must be in the subscription of the app.', target);
  }
  if (
    !plans.some((each) => isSameName(each.name, plan.name) && isSameName(each.subscription, subscription))
  ) {
    throw badRequest(`There is no application plan ${plan.name} in the subscription.`, target);
  }
  return plan.name;
}
