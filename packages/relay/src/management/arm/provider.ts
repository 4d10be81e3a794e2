/**
 * What Microsoft.Relay and Microsoft.Web say of themselves: whether a name is free, and what can be done.
 * @module
 */
import { z } from 'zod';
import { namespaceNamed } from '../find.js';
import { json, type Route, route } from '../route.js';
import { RELAY_VERSIONS, WEB_VERSIONS } from './versions.js';

/** A DNS name, as the configuration file takes it. */
const NAMESPACE_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;

const common = { kind: 'arm', tag: 'Providers' } as const;

/** What can be done, by resource. */
const OPERATIONS: readonly { readonly resource: string; readonly verbs: readonly string[] }[] = [
  { resource: 'Namespaces', verbs: ['read', 'write', 'delete'] },
  { resource: 'Namespaces/authorizationRules', verbs: ['read', 'write', 'delete'] },
  { resource: 'Namespaces/authorizationRules/listkeys', verbs: ['action'] },
  { resource: 'Namespaces/authorizationRules/regenerateKeys', verbs: ['action'] },
  { resource: 'Namespaces/HybridConnections', verbs: ['read', 'write', 'delete'] },
  { resource: 'Namespaces/HybridConnections/authorizationRules', verbs: ['read', 'write', 'delete'] },
  { resource: 'Namespaces/HybridConnections/authorizationRules/listkeys', verbs: ['action'] },
  { resource: 'Namespaces/HybridConnections/authorizationRules/regenerateKeys', verbs: ['action'] },
  { resource: 'checkNameAvailability', verbs: ['action'] },
];

/** Their routes. */
export const providerRoutes: readonly Route[] = [
  route({
    ...common,
    versions: RELAY_VERSIONS,
    method: 'POST',
    path: '/subscriptions/{subscription}/providers/Microsoft.Relay/checkNameAvailability',
    role: 'reader',
    id: 'checkNameAvailability',
    summary: 'Says whether a namespace of a name can be created',
    body: z.strictObject({ name: z.string() }),
    answers: { 200: 'Whether it can, and why not' },
    handle: ({ relay, body: { name } }) => json(availabilityOf(name, namespaceNamed(relay.model, name))),
  }),
  route({
    ...common,
    versions: RELAY_VERSIONS,
    method: 'GET',
    path: '/providers/Microsoft.Relay/operations',
    role: 'reader',
    id: 'listRelayOperations',
    summary: 'Lists what can be done with Microsoft.Relay',
    answers: { 200: 'The operations' },
    handle: () => json({ value: OPERATIONS.flatMap(operationsOf) }),
  }),
  ...['Microsoft.Relay', 'Microsoft.Web'].map((namespace) =>
    route({
      ...common,
      versions: namespace === 'Microsoft.Relay' ? RELAY_VERSIONS : WEB_VERSIONS,
      method: 'GET',
      path: `/subscriptions/{subscription}/providers/${namespace}`,
      role: 'reader',
      id: `get${namespace.slice('Microsoft.'.length)}Provider`,
      summary: `Says that ${namespace} is registered`,
      answers: { 200: 'The provider' },
      handle: ({ params }) =>
        json({
          id: `/subscriptions/${params.subscription}/providers/${namespace}`,
          namespace,
          registrationState: 'Registered',
          resourceTypes: [],
        }),
    }),
  ),
];

function availabilityOf(name: string, taken: object | undefined): object {
  if (!NAMESPACE_NAME.test(name)) {
    return {
      nameAvailable: false,
      reason: 'InvalidName',
      message: 'The name of a namespace is a DNS name: letters, digits, - and . between them.',
    };
  }
  if (taken === undefined) return { nameAvailable: true, reason: 'None', message: '' };
  return {
    nameAvailable: false,
    reason: 'NameInUse',
    message: 'There is a namespace of this name.',
  };
}

function operationsOf({ resource, verbs }: (typeof OPERATIONS)[number]): object[] {
  return verbs.map((operation) => ({
    name: `Microsoft.Relay/${resource}/${operation}`,
    display: { provider: 'Microsoft Azure Relay', resource, operation },
  }));
}
