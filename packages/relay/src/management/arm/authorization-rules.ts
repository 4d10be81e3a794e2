/**
 * Shared access policies and their keys, of namespaces and of hybrid connections, as Microsoft.Relay has them.
 * @module
 */

import { generateKey } from '@hybridge/sas';
import { resourceNotFound } from '@hybridge/service';
import { z } from 'zod';
import type { RulePlace } from '../../model/change.js';
import type { Model, RuleModel } from '../../model/model.js';
import { named } from '../../model/names.js';
import { hybridConnectionOf, namespaceOf } from '../find.js';
import { pageOf, pageQuery } from '../paging.js';
import { type Answer, type Call, json, nothing, param, type Route, route } from '../route.js';
import { ignoring, resourceBody } from './body.js';
import { HYBRID_CONNECTION } from './hybrid-connections.js';
import { NAMESPACE } from './namespaces.js';
import { type RuleOwner, ruleShape } from './shapes.js';
import { RELAY_VERSIONS } from './versions.js';

const ruleBody = resourceBody(
  z.strictObject({
    rights: z.array(z.enum(['Manage', 'Send', 'Listen'])).min(1),
    ...ignoring('createdAt', 'updatedAt'),
  }),
  {},
);

const regenerateBody = z.strictObject({
  keyType: z.enum(['PrimaryKey', 'SecondaryKey']),
  key: z.string().min(1).nullish().meta({ description: 'The key; one is made unless it is given.' }),
});

/** All routes of policies. */
export const authorizationRuleRoutes: readonly Route[] = [
  ...routesAt(NAMESPACE, 'Namespace', 'a namespace'),
  ...routesAt(HYBRID_CONNECTION, 'HybridConnection', 'a hybrid connection'),
];

function routesAt(parent: string, word: string, whose: string): Route[] {
  const common = { kind: 'arm', tag: 'Shared access policies', versions: RELAY_VERSIONS } as const;
  const path = `${parent}/authorizationRules/{rule}`;
  return [
    route({
      ...common,
      method: 'GET',
      path: `${parent}/authorizationRules`,
      role: 'reader',
      id: `list${word}Rules`,
      summary: `Lists the policies of ${whose}`,
      query: pageQuery,
      answers: { 200: 'A page of policies' },
      handle: (call) => {
        const owner = ownerOf(call, call.relay.model);
        const { value, ...rest } = pageOf(rulesOf(owner), ({ name }) => name, call);
        return json({ value: value.map((rule) => ruleShape(owner, rule)), ...rest });
      },
    }),
    route({
      ...common,
      method: 'GET',
      path,
      role: 'reader',
      id: `get${word}Rule`,
      summary: `Reads a policy of ${whose}, without its keys`,
      answers: { 200: 'The policy' },
      handle: (call) => {
        const owner = ownerOf(call, call.relay.model);
        return json(ruleShape(owner, ruleOf(call, owner)));
      },
    }),
    route({
      ...common,
      method: 'PUT',
      path,
      role: 'operator',
      id: `put${word}Rule`,
      summary: `Creates or updates a policy of ${whose}`,
      body: ruleBody,
      answers: { 200: 'The policy' },
      handle: async (call) => {
        const before = ownerOf(call, call.relay.model);
        const name = named(rulesOf(before), param(call, 'rule'))?.name ?? param(call, 'rule');
        const rights = [...new Set(call.body.properties.rights)];
        const model = await call.relay.change({ type: 'put-rule', name, rights, ...placeOf(before) });
        const owner = ownerOf(call, model);
        const rule = ruleOf(call, owner);
        return { ...json(ruleShape(owner, rule)), noted: { rights: rule.rights.join(', ') } };
      },
    }),
    route({
      ...common,
      method: 'DELETE',
      path,
      role: 'operator',
      id: `delete${word}Rule`,
      summary: `Deletes a policy of ${whose}; whoever came by it is closed`,
      answers: { 200: 'It is deleted', 204: 'There was none' },
      handle: async (call) => {
        const owner = ownerOf(call, call.relay.model);
        const rule = named(rulesOf(owner), param(call, 'rule'));
        if (rule === undefined) return nothing();
        await call.relay.change({ type: 'delete-rule', name: rule.name, ...placeOf(owner) });
        return nothing(200);
      },
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/listKeys`,
      role: 'operator',
      id: `list${word}Keys`,
      summary: `Reads the keys and connection strings of a policy of ${whose}`,
      answers: { 200: 'The keys' },
      handle: (call) => keys(call, call.relay.model),
    }),
    route({
      ...common,
      method: 'POST',
      path: `${path}/regenerateKeys`,
      role: 'operator',
      id: `regenerate${word}Key`,
      summary: `Makes a new key for a policy of ${whose}; listeners that came by the old one are closed`,
      body: regenerateBody,
      answers: { 200: 'The keys' },
      handle: async (call) => {
        const owner = ownerOf(call, call.relay.model);
        const { name } = ruleOf(call, owner);
        const { keyType, key } = call.body;
        const made = key ?? generateKey();
        const model = await call.relay.change({
          type: 'set-keys',
          name,
          ...placeOf(owner),
          ...(keyType === 'PrimaryKey' ? { primaryKey: made } : { secondaryKey: made }),
        });
        const noted = { key: keyType === 'PrimaryKey' ? 'primary' : 'secondary' };
        return { ...keys(call, model), noted };
      },
    }),
  ];
}

function ownerOf(call: Call, model: Model): RuleOwner {
  const namespace = namespaceOf(call, model);
  if (call.params.hybridConnection === undefined) return { namespace };
  return { namespace, hybridConnection: hybridConnectionOf(call, namespace) };
}

function placeOf({ namespace, hybridConnection }: RuleOwner): RulePlace {
  return { namespace: namespace.name, ...(hybridConnection && { hybridConnection: hybridConnection.name }) };
}

function rulesOf({ namespace, hybridConnection }: RuleOwner): readonly RuleModel[] {
  return (hybridConnection ?? namespace).authorizationRules;
}

function ruleOf(call: Call, owner: RuleOwner): RuleModel {
  const name = param(call, 'rule');
  const rule = named(rulesOf(owner), name);
  if (rule === undefined) {
    throw resourceNotFound(`policy ${name} at ${(owner.hybridConnection ?? owner.namespace).name}`);
  }
  return rule;
}

function keys(call: Call, model: Model): Answer {
  const owner = ownerOf(call, model);
  const { name, primaryKey, secondaryKey } = ruleOf(call, owner);
  const place = placeOf(owner);
  return json({
    primaryConnectionString: call.relay.connectionStringOf(place, name, 'primary'),
    secondaryConnectionString: call.relay.connectionStringOf(place, name, 'secondary'),
    primaryKey,
    secondaryKey,
    keyName: name,
  });
}
