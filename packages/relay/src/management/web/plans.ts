/**
 * Application plans, as Microsoft.Web has them: `serverfarms`.
 * @module
 */
import { z } from 'zod';
import { isSameName } from '../../model/names.js';
import { ignoring, resourceBody, said, TRACKED } from '../arm/body.js';
import { WEB_VERSIONS } from '../arm/versions.js';
import { isAt, labelsOf, planOf, simpleName } from '../find.js';
import { pageOf, pageQuery } from '../paging.js';
import { type Call, json, nothing, param, type Route, route } from '../route.js';
import { tierOf } from './plan-tier.js';
import { planLimitShape, planShape } from './shapes.js';

/** Where the plans of a resource group are. */
const GROUP_PLANS =
  '/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Web/serverfarms';
/** Where a plan is. */
export const PLAN = `${GROUP_PLANS}/{plan}`;

const common = { kind: 'arm', tag: 'Application plans', versions: WEB_VERSIONS } as const;

const sku = z.strictObject({
  name: z.string().nullish(),
  tier: z.string().nullish(),
  ...ignoring('size', 'family', 'capacity', 'locations', 'skuCapacity', 'capabilities'),
});

const body = resourceBody(
  z
    .strictObject(
      ignoring(
        ...['name', 'status', 'subscription', 'resourceGroup', 'numberOfSites', 'maximumNumberOfWorkers'],
        ...['numberOfWorkers', 'provisioningState', 'geoRegion', 'reserved', 'isXenon', 'hyperV', 'isSpot'],
        ...['perSiteScaling', 'elasticScaleEnabled', 'maximumElasticWorkerCount', 'zoneRedundant'],
        ...['targetWorkerCount', 'targetWorkerSizeId', 'workerTierName', 'hostingEnvironmentProfile'],
        ...['asyncScalingEnabled', 'kubeEnvironmentProfile', 'spotExpirationTime', 'freeOfferExpirationTime'],
      ),
    )
    .nullish(),
  { ...TRACKED, ...ignoring('kind', 'extendedLocation', 'identity'), sku: sku.nullish() },
);

/** All routes of plans. */
export const planRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/subscriptions/{subscription}/providers/Microsoft.Web/serverfarms',
    role: 'reader',
    id: 'listPlans',
    summary: 'Lists the application plans of a subscription',
    query: pageQuery,
    answers: { 200: 'A page of plans' },
    handle: (call) => list(call, ({ subscription }) => isSameName(subscription, param(call, 'subscription'))),
  }),
  route({
    ...common,
    method: 'GET',
    path: GROUP_PLANS,
    role: 'reader',
    id: 'listPlansOfGroup',
    summary: 'Lists the application plans of a resource group',
    query: pageQuery,
    answers: { 200: 'A page of plans' },
    handle: (call) => list(call, (plan) => isAt(plan, labelsOf(call))),
  }),
  route({
    ...common,
    method: 'GET',
    path: PLAN,
    role: 'reader',
    id: 'getPlan',
    summary: 'Reads an application plan',
    answers: { 200: 'The plan' },
    handle: (call) => {
      const { model } = call.relay;
      return json(planShape(planOf(call, model), model));
    },
  }),
  route({
    ...common,
    method: 'PUT',
    path: PLAN,
    role: 'operator',
    id: 'putPlan',
    summary: 'Creates or updates an application plan',
    body,
    answers: { 200: 'The plan, created or updated' },
    handle: (call) => put(call),
  }),
  route({
    ...common,
    method: 'PATCH',
    path: PLAN,
    role: 'operator',
    id: 'patchPlan',
    summary: 'Updates an application plan',
    body,
    answers: { 200: 'The plan' },
    handle: (call) => {
      planOf(call, call.relay.model);
      return put(call);
    },
  }),
  route({
    ...common,
    method: 'DELETE',
    path: PLAN,
    role: 'operator',
    id: 'deletePlan',
    summary: 'Deletes an application plan that has no apps',
    answers: { 200: 'It is deleted', 204: 'There was none' },
    handle: async (call) => {
      const { relay } = call;
      const labels = labelsOf(call);
      const plan = relay.model.plans.find(
        (each) => isSameName(each.name, param(call, 'plan')) && isAt(each, labels),
      );
      if (plan === undefined) return nothing();
      await relay.change({ type: 'delete-plan', subscription: plan.subscription, name: plan.name });
      return nothing(200);
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: `${PLAN}/hybridConnectionPlanLimits/limit`,
    role: 'reader',
    id: 'getPlanLimit',
    summary: 'Says how many hybrid connections the apps of a plan use, and may',
    answers: { 200: 'Both numbers' },
    handle: (call) => {
      const { model } = call.relay;
      return json(planLimitShape(planOf(call, model), model));
    },
  }),
];

type PlanBody = z.output<typeof body>;

function list(
  call: Call<unknown, z.output<typeof pageQuery>>,
  wanted: (plan: Call['relay']['model']['plans'][number]) => boolean,
) {
  const { model } = call.relay;
  const { value, ...rest } = pageOf(model.plans.filter(wanted), ({ name }) => name, call);
  return json({ value: value.map((plan) => planShape(plan, model)), ...rest });
}

async function put(call: Call<PlanBody>) {
  const { location, tags } = call.body;
  const model = await call.relay.change({
    type: 'put-plan',
    name: simpleName(call, 'plan'),
    labels: labelsOf(call),
    ...said({ location, tags, tier: tierOf(call.body.sku) }),
  });
  return json(planShape(planOf(call, model), model));
}
