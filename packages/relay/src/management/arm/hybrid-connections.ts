/**
 * Hybrid connections, as Microsoft.Relay has them.
 * @module
 */
import { z } from 'zod';
import {
  hybridConnectionNamed,
  hybridConnectionOf,
  isAt,
  labelsOf,
  namespaceNamed,
  namespaceOf,
} from '../find.js';
import { countsIn } from '../live-counts.js';
import { pageOf, pageQuery } from '../paging.js';
import { hybridConnectionNameIn } from '../resource-id.js';
import { type Call, json, nothing, param, type Route, route } from '../route.js';
import { ignoring, resourceBody, said } from './body.js';
import { NAMESPACE } from './namespaces.js';
import { hybridConnectionShape } from './shapes.js';
import { RELAY_VERSIONS } from './versions.js';

/** Where a hybrid connection is. */
export const HYBRID_CONNECTION = `${NAMESPACE}/hybridConnections/{hybridConnection}`;

const common = { kind: 'arm', tag: 'Hybrid connections', versions: RELAY_VERSIONS } as const;

const body = resourceBody(
  z
    .strictObject({
      requiresClientAuthorization: z.boolean().nullish(),
      userMetadata: z.string().nullish().meta({
        description: 'A note, with the target in an item `endpoint`: docs/protocol.md, section 6.1.',
      }),
      ...ignoring('createdAt', 'updatedAt', 'listenerCount', 'provisioningState'),
    })
    .nullish(),
  {},
);

/** All routes of hybrid connections. */
export const hybridConnectionRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: `${NAMESPACE}/hybridConnections`,
    role: 'reader',
    id: 'listHybridConnections',
    summary: 'Lists the hybrid connections of a namespace',
    query: pageQuery,
    answers: { 200: 'A page of hybrid connections' },
    handle: async (call) => {
      const { relay } = call;
      const namespace = namespaceOf(call, relay.model);
      const { value, ...rest } = pageOf(namespace.hybridConnections, ({ name }) => name, call);
      const counts = countsIn(await relay.status());
      return json({ value: value.map((each) => hybridConnectionShape(namespace, each, counts)), ...rest });
    },
  }),
  route({
    ...common,
    method: 'GET',
    path: HYBRID_CONNECTION,
    role: 'reader',
    id: 'getHybridConnection',
    summary: 'Reads a hybrid connection',
    answers: { 200: 'The hybrid connection' },
    handle: async (call) => json(await shape(call, call.relay.model)),
  }),
  route({
    ...common,
    method: 'PUT',
    path: HYBRID_CONNECTION,
    role: 'operator',
    id: 'putHybridConnection',
    summary: 'Creates or updates a hybrid connection',
    body,
    bodyOptional: true,
    answers: { 200: 'The hybrid connection, created or updated' },
    handle: async (call) => json(await put(call)),
  }),
  route({
    ...common,
    method: 'PATCH',
    path: HYBRID_CONNECTION,
    role: 'operator',
    id: 'patchHybridConnection',
    summary: 'Updates a hybrid connection',
    body,
    answers: { 200: 'The hybrid connection' },
    handle: async (call) => {
      hybridConnectionOf(call, namespaceOf(call, call.relay.model));
      return json(await put(call));
    },
  }),
  route({
    ...common,
    method: 'DELETE',
    path: HYBRID_CONNECTION,
    role: 'operator',
    id: 'deleteHybridConnection',
    summary: 'Deletes a hybrid connection, and closes what is connected to it',
    answers: { 200: 'It is deleted', 204: 'There was none' },
    handle: async (call) => {
      const { relay } = call;
      const namespace = namespaceNamed(relay.model, param(call, 'namespace'));
      const name = hybridConnectionNameIn(param(call, 'hybridConnection'));
      const found = hybridConnectionNamed(namespace, name);
      if (namespace === undefined || found === undefined || !isAt(namespace, labelsOf(call)))
        return nothing();
      await relay.change({ type: 'delete-hybrid-connection', namespace: namespace.name, name: found.name });
      return nothing(200);
    },
  }),
];

async function put(call: Call<z.output<typeof body>>): Promise<object> {
  const { relay, body: sent } = call;
  const namespace = namespaceOf(call, relay.model);
  const { requiresClientAuthorization, userMetadata } = sent.properties ?? {};
  const model = await relay.change({
    type: 'put-hybrid-connection',
    namespace: namespace.name,
    name: hybridConnectionNameIn(param(call, 'hybridConnection')),
    ...said({ requiresClientAuthorization }),
    // An empty note is how clients take one away: they leave out what is null.
    ...(typeof userMetadata === 'string' && { userMetadata: userMetadata || null }),
  });
  return shape(call, model);
}

async function shape(call: Call, model: Call['relay']['model']): Promise<object> {
  const namespace = namespaceOf(call, model);
  const hybridConnection = hybridConnectionOf(call, namespace);
  return hybridConnectionShape(namespace, hybridConnection, countsIn(await call.relay.status()));
}
