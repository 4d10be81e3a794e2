/**
 * Subscriptions and resource groups: labels that resources have, and nothing beside them.
 *
 * A group is there while something is in it. Creating one is answered as scripts expect, and keeps nothing.
 * @module
 */
import { RestError } from '@hybridge/service';
import { z } from 'zod';
import type { Model, ResourceLabels } from '../../model/model.js';
import { isSameName } from '../../model/names.js';
import { pageOf, pageQuery } from '../paging.js';
import { groupId } from '../resource-id.js';
import { type Call, json, nothing, param, type Route, route } from '../route.js';
import { ignoring, resourceBody, TRACKED } from './body.js';
import { RESOURCES_VERSIONS } from './versions.js';

const GROUP = '/subscriptions/{subscription}/resourceGroups/{resourceGroup}';
const common = { kind: 'arm', tag: 'Subscriptions', versions: RESOURCES_VERSIONS } as const;

/** A subscription and its resource groups. */
export interface SubscriptionUse {
  readonly subscriptionId: string;
  readonly resourceGroups: readonly string[];
}

/** The labels that are in use, each in the case that came first, in the order of names. */
export function subscriptionsIn(model: Model): readonly SubscriptionUse[] {
  const found = new Map<string, { subscriptionId: string; groups: Map<string, string> }>();
  for (const { subscription, resourceGroup } of resourcesIn(model)) {
    const key = subscription.toLowerCase();
    const entry = found.get(key) ?? { subscriptionId: subscription, groups: new Map() };
    const group = resourceGroup.toLowerCase();
    if (!entry.groups.has(group)) entry.groups.set(group, resourceGroup);
    found.set(key, entry);
  }
  return [...found.values()]
    .map(({ subscriptionId, groups }) => ({ subscriptionId, resourceGroups: [...groups.values()].sort() }))
    .sort((one, other) => (one.subscriptionId < other.subscriptionId ? -1 : 1));
}

/** Their routes. */
export const subscriptionRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/subscriptions',
    role: 'reader',
    id: 'listSubscriptions',
    summary: 'Lists the subscriptions that resources are in',
    query: pageQuery,
    answers: { 200: 'A page of subscriptions' },
    handle: (call) => {
      const { value, ...rest } = pageOf(
        subscriptionsIn(call.relay.model),
        ({ subscriptionId }) => subscriptionId,
        call,
      );
      return json({ value: value.map(({ subscriptionId }) => subscriptionShape(subscriptionId)), ...rest });
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: '/subscriptions/{subscription}',
    role: 'reader',
    id: 'getSubscription',
    summary: 'Reads a subscription',
    answers: { 200: 'The subscription' },
    handle: (call) => {
      const id = param(call, 'subscription');
      if (groupsOf(call, id) === undefined) {
        throw new RestError(404, 'SubscriptionNotFound', `There is nothing in the subscription ${id}.`);
      }
      return json(subscriptionShape(id));
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: '/subscriptions/{subscription}/resourceGroups',
    role: 'reader',
    id: 'listResourceGroups',
    summary: 'Lists the resource groups that resources are in',
    query: pageQuery,
    answers: { 200: 'A page of resource groups' },
    handle: (call) => {
      const subscription = param(call, 'subscription');
      const { value, ...rest } = pageOf(groupsOf(call, subscription) ?? [], (name) => name, call);
      return json({
        value: value.map((resourceGroup) => groupShape({ subscription, resourceGroup })),
        ...rest,
      });
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: GROUP,
    role: 'reader',
    id: 'getResourceGroup',
    summary: 'Reads a resource group',
    answers: { 200: 'The resource group' },
    handle: (call) => {
      const labels = {
        subscription: param(call, 'subscription'),
        resourceGroup: param(call, 'resourceGroup'),
      };
      if (!isUsed(call, labels)) {
        throw new RestError(
          404,
          'ResourceGroupNotFound',
          `There is nothing in the resource group ${labels.resourceGroup}.`,
        );
      }
      return json(groupShape(labels));
    },
  }),
  route({
    ...common,
    method: 'PUT',
    path: GROUP,
    role: 'operator',
    id: 'putResourceGroup',
    summary: 'Answers as if a resource group were created: it is a label, and there once it is used',
    body: resourceBody(z.strictObject(ignoring('provisioningState')).nullish(), {
      ...TRACKED,
      ...ignoring('managedBy'),
    }),
    answers: { 200: 'It is used already', 201: 'It can be used' },
    handle: (call) => {
      const labels = {
        subscription: param(call, 'subscription'),
        resourceGroup: param(call, 'resourceGroup'),
      };
      if (!/^[\w().-]{1,90}$/u.test(labels.resourceGroup) || labels.resourceGroup.endsWith('.')) {
        throw new RestError(
          400,
          'InvalidResourceGroup',
          'The name of a resource group is up to 90 letters, digits and . _ - ( ), and does not end with a point.',
          { target: 'resourceGroup' },
        );
      }
      return json(groupShape(labels), isUsed(call, labels) ? 200 : 201);
    },
  }),
  route({
    ...common,
    method: 'DELETE',
    path: GROUP,
    role: 'owner',
    id: 'deleteResourceGroup',
    summary: 'Answers for a resource group that nothing is in; one that is used is not deleted as a whole',
    answers: { 204: 'There is nothing in it' },
    handle: (call) => {
      const labels = {
        subscription: param(call, 'subscription'),
        resourceGroup: param(call, 'resourceGroup'),
      };
      if (!isUsed(call, labels)) return nothing();
      throw new RestError(
        409,
        'Conflict',
        `There are resources in the resource group ${labels.resourceGroup}: delete them one by one.`,
      );
    },
  }),
];

function resourcesIn({ namespaces, plans, apps }: Model): readonly ResourceLabels[] {
  return [...namespaces, ...plans, ...apps];
}

function groupsOf({ relay }: Call, subscription: string): readonly string[] | undefined {
  const found = subscriptionsIn(relay.model).find((each) => isSameName(each.subscriptionId, subscription));
  return found?.resourceGroups;
}

function isUsed(call: Call, { subscription, resourceGroup }: ResourceLabels): boolean {
  return groupsOf(call, subscription)?.some((group) => isSameName(group, resourceGroup)) ?? false;
}

function subscriptionShape(subscriptionId: string): object {
  return {
    id: `/subscriptions/${subscriptionId}`,
    subscriptionId,
    displayName: subscriptionId,
    state: 'Enabled',
  };
}

function groupShape(labels: ResourceLabels): object {
  return {
    id: groupId(labels),
    name: labels.resourceGroup,
    type: 'Microsoft.Resources/resourceGroups',
    location: 'local',
    properties: { provisioningState: 'Succeeded' },
  };
}
