/**
 * Namespaces, hybrid connections and policies in the shapes of Microsoft.Relay.
 *
 * Source: docs/protocol.md, sections 6.1 and 6.2.
 * @module
 */
import { parseConnectionString } from '@hybridge/sas';
import type { ManagedRelay } from '../../model/managed-relay.js';
import { metadataFor } from '../../model/metadata.js';
import type { HybridConnectionModel, NamespaceModel, RuleModel } from '../../model/model.js';
import type { CountsOf } from '../live-counts.js';
import { hybridConnectionId, namespaceId } from '../resource-id.js';

/** A namespace. */
export function namespaceShape(namespace: NamespaceModel, relay: ManagedRelay): object {
  const { name, location, tags, createdAt, updatedAt, hosts, subscription } = namespace;
  return {
    id: namespaceId(namespace),
    name,
    type: 'Microsoft.Relay/Namespaces',
    location,
    tags,
    sku: { name: 'Standard', tier: 'Standard' },
    properties: {
      provisioningState: 'Succeeded',
      status: 'Active',
      metricId: `${subscription}:${name}`,
      createdAt,
      updatedAt,
      serviceBusEndpoint: serviceBusEndpoint(namespace, relay),
      publicNetworkAccess: 'Enabled',
      privateEndpointConnections: [],
      ...(hosts.length > 0 && { hosts }),
    },
  };
}

/** A hybrid connection. */
export function hybridConnectionShape(
  namespace: NamespaceModel,
  hybridConnection: HybridConnectionModel,
  counts: CountsOf,
): object {
  const { name, createdAt, updatedAt, requiresClientAuthorization } = hybridConnection;
  const userMetadata = userMetadataOf(hybridConnection);
  return {
    id: hybridConnectionId(namespace, name),
    name,
    type: 'Microsoft.Relay/Namespaces/HybridConnections',
    location: namespace.location,
    properties: {
      createdAt,
      updatedAt,
      listenerCount: counts(namespace.name, name).listeners,
      requiresClientAuthorization,
      ...(userMetadata !== undefined && { userMetadata }),
    },
  };
}

/** A policy, without its keys. */
export function ruleShape(owner: RuleOwner, { name, rights }: Pick<RuleModel, 'name' | 'rights'>): object {
  const level = owner.hybridConnection === undefined ? 'Namespaces' : 'Namespaces/HybridConnections';
  return {
    id: `${ownerId(owner)}/authorizationRules/${name.replaceAll('/', '%2F')}`,
    name,
    type: `Microsoft.Relay/${level}/AuthorizationRules`,
    location: owner.namespace.location,
    properties: { rights },
  };
}

/** Whose a policy is: the namespace's, unless there is a hybrid connection. */
export interface RuleOwner {
  readonly namespace: NamespaceModel;
  readonly hybridConnection?: HybridConnectionModel | undefined;
}

/** The note of a hybrid connection, which holds its endpoint in App Service's way. */
export function userMetadataOf({ userMetadata, endpoint }: HybridConnectionModel): string | undefined {
  if (userMetadata !== undefined) return userMetadata;
  return endpoint === undefined ? undefined : metadataFor(endpoint);
}

function ownerId({ namespace, hybridConnection }: RuleOwner): string {
  return hybridConnection === undefined
    ? namespaceId(namespace)
    : hybridConnectionId(namespace, hybridConnection.name);
}

/** The address that clients dial, which stands in any connection string of the namespace. */
function serviceBusEndpoint(
  { name, authorizationRules, hybridConnections }: NamespaceModel,
  relay: ManagedRelay,
) {
  const own = authorizationRules[0];
  const other = hybridConnections.find((each) => each.authorizationRules.length > 0);
  const policy = own ?? other?.authorizationRules[0];
  if (policy === undefined) return `https://${name}:443/`;
  const place = own === undefined ? { namespace: name, hybridConnection: other!.name } : { namespace: name };
  const { endpoint } = parseConnectionString(relay.connectionStringOf(place, policy.name, 'primary'));
  const secure = endpoint.protocol !== 'ws:' && endpoint.protocol !== 'http:';
  return `${secure ? 'https' : 'http'}://${endpoint.hostname}:${endpoint.port || (secure ? '443' : '80')}/`;
}
