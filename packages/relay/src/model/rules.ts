/**
 * Changes of shared access policies and their keys.
 *
 * Source: docs/protocol.md, sections 5.3 (rights, two keys a policy) and 9.1 (12 policies a level).
 * @module
 */
import { MAX_AUTHORIZATION_RULES } from '@hybridge/protocol';
import type { AuthorizationRuleOptions, Right } from '../config/options.js';
import type { ChangeContext } from './apply-change.js';
import type { Change, RulePlace } from './change.js';
import { checked, key, rights as rightsGrammar, ruleName } from './grammar.js';
import { ManagementError } from './management-error.js';
import type { Model, RuleModel } from './model.js';
import { named, placeOf, ruleOf, withItem, without } from './names.js';

type Of<Type extends Change['type']> = Extract<Change, { readonly type: Type }>;

/** Makes a policy, or changes one. */
export function putRule(model: Model, change: Of<'put-rule'>, context: ChangeContext): Model {
  return withRules(model, change, (rules) => {
    const before = named(rules, change.name);
    if (before === undefined && rules.length >= MAX_AUTHORIZATION_RULES) {
      const message = `There are ${MAX_AUTHORIZATION_RULES} policies already, which is as many as there may be`;
      throw new ManagementError('ERR_RELAY_QUOTA', message);
    }
    return withItem(rules, before, ruleFrom(change, before, context));
  });
}

/** Takes a policy away, and with it both of its keys. */
export function deleteRule(model: Model, change: Of<'delete-rule'>): Model {
  const { namespace, hybridConnection } = placeOf(model, change);
  const gone = ruleOf(hybridConnection ?? namespace, change.name);
  return withRules(model, change, (rules) => without(rules, gone));
}

/** Puts other keys in place of those of a policy. */
export function setKeys(model: Model, change: Of<'set-keys'>, { now }: ChangeContext): Model {
  const { namespace, hybridConnection } = placeOf(model, change);
  const before = ruleOf(hybridConnection ?? namespace, change.name);
  return withRules(model, change, (rules) => withItem(rules, before, withKeys(before, change, now)));
}

/** A policy as it is wanted: with new keys where there are none. */
export function ruleFrom(
  wanted: AuthorizationRuleOptions,
  before: RuleModel | undefined,
  { now, newKey }: ChangeContext,
): RuleModel {
  const rights = allRights(checked(rightsGrammar, wanted.rights, 'properties.rights'));
  if (before !== undefined) {
    const isSame = before.rights.join() === rights.join();
    return withKeys(isSame ? before : { ...before, rights }, wanted, now);
  }
  return {
    name: checked(ruleName, wanted.name, 'name'),
    rights,
    primaryKey: keyIn(wanted, 'primaryKey') ?? newKey(),
    secondaryKey: keyIn(wanted, 'secondaryKey') ?? newKey(),
    primaryKeyChangedAt: now,
    secondaryKeyChangedAt: now,
  };
}

/** Each once, in one order, and what `Manage` includes: Azure lists all three. */
function allRights(rights: readonly Right[]): readonly Right[] {
  const all: readonly Right[] = ['Manage', 'Send', 'Listen'];
  return rights.includes('Manage') ? all : all.filter((right) => rights.includes(right));
}

function withKeys(
  before: RuleModel,
  wanted: { readonly primaryKey?: string; readonly secondaryKey?: string },
  now: string,
): RuleModel {
  const primaryKey = keyIn(wanted, 'primaryKey') ?? before.primaryKey;
  const secondaryKey = keyIn(wanted, 'secondaryKey') ?? before.secondaryKey;
  if (primaryKey === before.primaryKey && secondaryKey === before.secondaryKey) return before;
  return {
    ...before,
    ...(primaryKey !== before.primaryKey && { primaryKey, primaryKeyChangedAt: now }),
    ...(secondaryKey !== before.secondaryKey && { secondaryKey, secondaryKeyChangedAt: now }),
  };
}

function keyIn(
  wanted: { readonly primaryKey?: string; readonly secondaryKey?: string },
  slot: 'primaryKey' | 'secondaryKey',
): string | undefined {
  return wanted[slot] === undefined ? undefined : checked(key, wanted[slot], `properties.${slot}`);
}

/** The model with other policies in one place. */
function withRules(
  model: Model,
  place: RulePlace,
  change: (rules: readonly RuleModel[]) => readonly RuleModel[],
): Model {
  const { namespace, hybridConnection } = placeOf(model, place);
  const rules = (hybridConnection ?? namespace).authorizationRules;
  const authorizationRules = change(rules);
  if (authorizationRules === rules) return model;
  const next =
    hybridConnection === undefined
      ? { ...namespace, authorizationRules }
      : {
          ...namespace,
          hybridConnections: withItem(namespace.hybridConnections, hybridConnection, {
            ...hybridConnection,
            authorizationRules,
          }),
        };
  return { ...model, namespaces: withItem(model.namespaces, namespace, next) };
}
