/**
 * Who may come to a namespace by their addresses, as Microsoft.Relay has it: anybody.
 *
 * Who may not is up to the firewall before the relay. Clients that look are told so; those that want something else are
 * refused, since a rule that does nothing is worse than none. The lists of what Azure has beside it are empty.
 * @module
 */
import { z } from 'zod';
import { namespaceOf } from '../find.js';
import { namespaceId } from '../resource-id.js';
import { notSupported } from '../rest-error.js';
import { type Call, json, type Route, route } from '../route.js';
import { resourceBody } from './body.js';
import { NAMESPACE } from './namespaces.js';
import { RELAY_VERSIONS } from './versions.js';

const common = { kind: 'arm', tag: 'Namespaces', versions: RELAY_VERSIONS } as const;

const networkRules = z.strictObject({
  defaultAction: z.enum(['Allow', 'Deny']).nullish(),
  publicNetworkAccess: z.enum(['Enabled', 'Disabled', 'SecuredByPerimeter']).nullish(),
  trustedServiceAccessEnabled: z.boolean().nullish(),
  ipRules: z.array(z.unknown()).nullish(),
});

/** Their routes. */
export const networkRuleRoutes: readonly Route[] = networkRoutes();

function networkRoutes(): Route[] {
  const path = `${NAMESPACE}/networkRuleSets/default`;
  const shape = (call: Call): object => {
    const namespace = namespaceOf(call, call.relay.model);
    return {
      id: `${namespaceId(namespace)}/networkRuleSets/default`,
      name: 'default',
      type: 'Microsoft.Relay/Namespaces/NetworkRuleSets',
      properties: { defaultAction: 'Allow', publicNetworkAccess: 'Enabled', ipRules: [] },
    };
  };
  const emptyList = (name: string, id: string, summary: string): Route =>
    route({
      ...common,
      method: 'GET',
      path: `${NAMESPACE}/${name}`,
      role: 'reader',
      id,
      summary,
      answers: { 200: 'An empty list' },
      handle: (call) => {
        namespaceOf(call, call.relay.model);
        return json({ value: [] });
      },
    });
  return [
    route({
      ...common,
      method: 'GET',
      path,
      role: 'reader',
      id: 'getNetworkRules',
      summary: 'Reads the network rules, which let anybody in',
      answers: { 200: 'The rules' },
      handle: (call) => json(shape(call)),
    }),
    route({
      ...common,
      method: 'PUT',
      path,
      role: 'owner',
      id: 'putNetworkRules',
      summary: 'Takes the rules that are there already, and refuses others',
      body: resourceBody(networkRules, {}),
      answers: { 200: 'The rules, as they were' },
      handle: (call) => {
        const { defaultAction, publicNetworkAccess, ipRules } = call.body.properties;
        if (defaultAction === 'Deny') throw notSupported('Denying by default', 'properties.defaultAction');
        if ((publicNetworkAccess ?? 'Enabled') !== 'Enabled') {
          throw notSupported('Closing the public address', 'properties.publicNetworkAccess');
        }
        if ((ipRules ?? []).length > 0) throw notSupported('A rule for an address', 'properties.ipRules');
        return json(shape(call));
      },
    }),
    emptyList('networkRuleSets', 'listNetworkRules', 'Lists no sets of network rules beside the default'),
    emptyList('privateEndpointConnections', 'listPrivateEndpoints', 'Lists no private endpoints'),
    emptyList('privateLinkResources', 'listPrivateLinks', 'Lists no private links'),
    emptyList('wcfRelays', 'listWcfRelays', 'Lists no WCF relays: there are only hybrid connections'),
  ];
}
