/**
 * Hybrid connections that the apps of a plan have attached, as Microsoft.Web has them.
 *
 * Source: docs/protocol.md, section 6.2 (App Service side).
 * @module
 */

import { resourceNotFound } from '@hybridge/service';
import type { Model, PlanModel } from '../../model/model.js';
import { isSameName } from '../../model/names.js';
import { WEB_VERSIONS } from '../arm/versions.js';
import { appsOf, planOf } from '../find.js';
import { pageOf, pageQuery } from '../paging.js';
import { type UsedHybridConnection, usedBy } from '../plan-use.js';
import { hybridConnectionNameIn, planId } from '../resource-id.js';
import { type Call, json, nothing, param, type Route, route } from '../route.js';
import { PLAN } from './plans.js';
import { attachmentIn, planRelayShape, relayKeyShape, siteShape } from './shapes.js';

/** Where a hybrid connection of a plan is. */
const PLAN_RELAY = `${PLAN}/hybridConnectionNamespaces/{namespace}/relays/{hybridConnection}`;

const common = { kind: 'arm', tag: 'Attached hybrid connections', versions: WEB_VERSIONS } as const;

/** All routes of attached hybrid connections at plans. */
export const planRelayRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: `${PLAN}/hybridConnectionRelays`,
    role: 'reader',
    id: 'listPlanAttached',
    summary: 'Lists the hybrid connections that apps of a plan have attached',
    query: pageQuery,
    answers: { 200: 'A page of hybrid connections' },
    handle: (call) => {
      const { model } = call.relay;
      const plan = planOf(call, model);
      const { value, ...rest } = pageOf(
        usedBy(model, plan),
        (each) => `${each.namespace}/${each.name}`,
        call,
      );
      return json({ value: value.map((used) => planRelayShape(plan, used, model)), ...rest });
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: PLAN_RELAY,
    role: 'reader',
    id: 'getPlanAttached',
    summary: 'Reads a hybrid connection that apps of a plan have attached',
    answers: { 200: 'The hybrid connection' },
    handle: (call) => {
      const { model } = call.relay;
      const plan = planOf(call, model);
      return json(planRelayShape(plan, usedOf(call, model, plan), model));
    },
  }),
  route({
    ...common,
    method: 'DELETE',
    path: PLAN_RELAY,
    role: 'operator',
    id: 'detachFromPlan',
    summary: 'Detaches a hybrid connection from all apps of a plan',
    answers: { 200: 'It is detached', 204: 'It was not attached' },
    handle: async (call) => {
      const { relay } = call;
      const plan = planOf(call, relay.model);
      const used = usedNamed(call, relay.model, plan);
      if (used === undefined) return nothing();
      for (const app of used.apps) {
        await relay.change({
          type: 'detach',
          subscription: plan.subscription,
          ...{ app, namespace: used.namespace, hybridConnection: used.name },
        });
      }
      return nothing(200);
    },
  }),
  route({
    ...common,
    method: 'POST',
    path: `${PLAN_RELAY}/listKeys`,
    role: 'operator',
    id: 'listPlanAttachedKeys',
    summary: 'Reads the key that the apps of a plan have for a hybrid connection',
    answers: { 200: 'The key of the first app' },
    handle: (call) => {
      const { model } = call.relay;
      const plan = planOf(call, model);
      const used = usedOf(call, model, plan);
      const path = `hybridConnectionNamespaces/${used.namespace}/relays/${used.name.replaceAll('/', '~')}`;
      return json(
        relayKeyShape(
          `${planId(plan)}/${path}/key`,
          'Microsoft.Web/serverfarms/hybridConnectionNamespaces/relays/key',
          attachmentIn(model, plan, used)!,
        ),
      );
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: `${PLAN_RELAY}/sites`,
    role: 'reader',
    id: 'listPlanAttachedApps',
    summary: 'Lists the apps of a plan that have attached a hybrid connection',
    query: pageQuery,
    answers: { 200: 'A page of apps' },
    handle: (call) => {
      const { model } = call.relay;
      const plan = planOf(call, model);
      const { apps } = usedOf(call, model, plan);
      const sites = appsOf(model, plan).filter(({ name }) => apps.includes(name));
      const { value, ...rest } = pageOf(sites, ({ name }) => name, call);
      return json({ value: value.map((app) => siteShape(app, model)), ...rest });
    },
  }),
];

function usedNamed(call: Call, model: Model, plan: PlanModel): UsedHybridConnection | undefined {
  const namespace = param(call, 'namespace');
  const name = hybridConnectionNameIn(param(call, 'hybridConnection'));
  return usedBy(model, plan).find(
    (each) => isSameName(each.namespace, namespace) && isSameName(each.name, name),
  );
}

function usedOf(call: Call, model: Model, plan: PlanModel): UsedHybridConnection {
  const used = usedNamed(call, model, plan);
  if (used !== undefined) return used;
  throw resourceNotFound(
    `hybrid connection ${param(call, 'hybridConnection')} of ${param(call, 'namespace')} at the plan ${plan.name}`,
  );
}
