/**
 * A policy as it is written, in YAML or JSON.
 * @module
 */
import { z } from 'zod';
import { at, ManagerConfigError } from '../config/config-error.js';
import { placeOf } from '../config/issue-place.js';
import { parseYaml } from '../config/yaml-text.js';
import { parseRelayPattern, parseTargetPattern } from './pattern.js';
import { NO_POLICY, type PolicyRules } from './policy.js';

const switched = z.enum(['allowed', 'denied']).optional();

const policySettings = z.strictObject({
  hybridConnections: switched,
  allow: z.array(z.string()).optional(),
  deny: z.array(z.string()).optional(),
  relays: z.array(z.string()).optional(),
  ui: switched,
  updates: switched,
});

/**
 * Reads a policy. What it does not say is allowed; what it says and nobody understands is an error, never passed over.
 * @throws ManagerConfigError in one line, with the place.
 */
export function parsePolicy(text: string): PolicyRules {
  const result = policySettings.safeParse(parseYaml(text));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new ManagerConfigError(`${placeOf(issue?.path ?? [])}${issue?.message}`);
  }
  const { hybridConnections, allow, deny, relays, ui, updates } = result.data;
  const targets = (name: string, list: readonly string[] | undefined) =>
    list?.map((each, index) => at(`${name}[${index}]`, () => parseTargetPattern(each)));
  return {
    hybridConnections: hybridConnections !== 'denied',
    allow: targets('allow', allow),
    deny: targets('deny', deny) ?? NO_POLICY.deny,
    relays: relays?.map((each, index) => at(`relays[${index}]`, () => parseRelayPattern(each))),
    ui: ui !== 'denied',
    updates: updates !== 'denied',
  };
}
