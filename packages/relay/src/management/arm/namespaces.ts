/**
 * Namespaces, as Microsoft.Relay has them.
 * @module
 */
import { RestError } from '@hybridge/service';
import { z } from 'zod';
import type { NamespaceModel } from '../../model/model.js';
import { isSameName } from '../../model/names.js';
import { isAt, labelsOf, namespaceNamed, namespaceOf } from '../find.js';
import { pageOf, pageQuery } from '../paging.js';
import { type Call, json, nothing, param, type Route, route } from '../route.js';
import { ignoring, resourceBody, said, TRACKED } from './body.js';
import { namespaceShape } from './shapes.js';
import { RELAY_VERSIONS } from './versions.js';

/** Where the namespaces of a resource group are. */
const GROUP_NAMESPACES =
  '/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Relay/namespaces';
/** Where a namespace is. */
export const NAMESPACE = `${GROUP_NAMESPACES}/{namespace}`;

const common = { kind: 'arm', tag: 'Namespaces', versions: RELAY_VERSIONS } as const;

const sku = z.strictObject({
  name: z.literal('Standard', { error: 'must be Standard: there is no other' }),
  tier: z.literal('Standard', { error: 'must be Standard: there is no other' }).nullish(),
  ...ignoring('capacity'),
});

const body = resourceBody(
  z
    .strictObject({
      hosts: z
        .array(z.string())
        .max(50)
        .nullish()
        .meta({ description: 'Other names that it answers to. This relay has it, Azure does not.' }),
      publicNetworkAccess: z
        .literal('Enabled', { error: 'must be Enabled: a firewall before the relay does the rest' })
        .nullish(),
      privateEndpointConnections: z.array(z.unknown()).max(0, { error: 'must be empty' }).nullish(),
      ...ignoring('provisioningState', 'status', 'metricId', 'createdAt', 'updatedAt', 'serviceBusEndpoint'),
    })
    .nullish(),
  { ...TRACKED, sku: sku.nullish() },
);

/** All routes of namespaces. */
export const namespaceRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/subscriptions/{subscription}/providers/Microsoft.Relay/namespaces',
    role: 'reader',
    id: 'listNamespaces',
    summary: 'Lists the namespaces of a subscription',
    query: pageQuery,
    answers: { 200: 'A page of namespaces' },
    handle: (call) => list(call, (each) => isSameName(each.subscription, param(call, 'subscription'))),
  }),
  route({
    ...common,
    method: 'GET',
    path: GROUP_NAMESPACES,
    role: 'reader',
    id: 'listNamespacesOfGroup',
    summary: 'Lists the namespaces of a resource group',
    query: pageQuery,
    answers: { 200: 'A page of namespaces' },
    handle: (call) => list(call, (each) => isAt(each, labelsOf(call))),
  }),
  route({
    ...common,
    method: 'GET',
    path: NAMESPACE,
    role: 'reader',
    id: 'getNamespace',
    summary: 'Reads a namespace',
    answers: { 200: 'The namespace' },
    handle: ({ relay, ...call }) => json(namespaceShape(namespaceOf(call, relay.model), relay)),
  }),
  route({
    ...common,
    method: 'PUT',
    path: NAMESPACE,
    role: 'owner',
    id: 'putNamespace',
    summary: 'Creates or updates a namespace',
    body,
    answers: { 200: 'It was there, and is updated', 201: 'It is created' },
    handle: async (call) => {
      const before = namespaceNamed(call.relay.model, param(call, 'namespace'));
      if (before !== undefined && !isAt(before, labelsOf(call))) throw elsewhere(before);
      return json(await put(call, call.body), before === undefined ? 201 : 200);
    },
  }),
  route({
    ...common,
    method: 'PATCH',
    path: NAMESPACE,
    role: 'owner',
    id: 'patchNamespace',
    summary: 'Updates a namespace',
    body,
    answers: { 200: 'The namespace' },
    handle: async (call) => {
      namespaceOf(call, call.relay.model);
      return json(await put(call, call.body));
    },
  }),
  route({
    ...common,
    method: 'DELETE',
    path: NAMESPACE,
    role: 'owner',
    id: 'deleteNamespace',
    summary: 'Deletes a namespace with all that it holds',
    answers: { 200: 'It is deleted', 204: 'There was none' },
    handle: async (call) => {
      const { relay } = call;
      const namespace = namespaceNamed(relay.model, param(call, 'namespace'));
      if (namespace === undefined || !isAt(namespace, labelsOf(call))) return nothing();
      await relay.change({ type: 'delete-namespace', name: namespace.name });
      return nothing(200);
    },
  }),
];

function list(
  call: Call<unknown, z.output<typeof pageQuery>>,
  wanted: (namespace: NamespaceModel) => boolean,
) {
  const { relay } = call;
  const { value, ...rest } = pageOf(relay.model.namespaces.filter(wanted), ({ name }) => name, call);
  return json({ value: value.map((each) => namespaceShape(each, relay)), ...rest });
}

async function put(call: Call, { location, tags, properties }: z.output<typeof body>): Promise<object> {
  const { relay } = call;
  const model = await relay.change({
    type: 'put-namespace',
    name: param(call, 'namespace'),
    labels: labelsOf(call),
    ...said({ location, tags, hosts: properties?.hosts }),
  });
  return namespaceShape(namespaceOf(call, model), relay);
}

function elsewhere({ name, resourceGroup, subscription }: NamespaceModel): RestError {
  return new RestError(
    409,
    'Conflict',
    `The namespace ${name} is in the resource group ${resourceGroup} of the subscription ${subscription}.`,
  );
}
