/**
 * Name resolution that answers with nothing but what the policy allows.
 *
 * A name is resolved once for a dial. Whoever dials gets the addresses that were looked at, so that nothing can move between the
 * look and the dial.
 * @module
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Policy } from '../policy/policy.js';
import type { PolicyViolation } from '../status/connection-status.js';
import { PolicyViolationError, violationOf } from './policy-violation.js';
import type { Target } from './target.js';

/** The system's resolver. */
export const LOOKUP = systemLookup as LookupFunction;

/**
 * A resolver for one target.
 * @param policy - the one of the moment in which the resolver answers
 */
export function guardedLookup(target: Target, policy: () => Policy, lookup: LookupFunction): LookupFunction {
  return (name, options, answer) => {
    lookup(name, { ...options, all: true }, (error, found, family) => {
      if (error) return answer(error, []);
      const all: LookupAddress[] =
        typeof found === 'string' ? [{ address: found, family: family ?? 4 }] : found;
      const judged = all.map((each) => ({ each, denial: policy().address(target, each.address) }));
      const allowed = judged.filter(({ denial }) => denial === undefined).map(({ each }) => each);
      const refused = judged.find(({ denial }) => denial !== undefined);
      if (allowed.length === 0 && refused !== undefined) {
        const violation = violationOf(refused.denial!, 'dial', target, refused.each.address);
        answer(new PolicyViolationError(violation), []);
      } else if (options.all) answer(null, allowed);
      else answer(null, allowed[0]?.address ?? '', allowed[0]?.family);
    });
  };
}

/** What came of looking at a target's name. */
export interface Look {
  /** What stands against everything that it leads to. */
  readonly violation?: PolicyViolation;
  /** Why it leads nowhere; no matter of a policy. */
  readonly failure?: Error;
}

/** Resolves a target's name, without a dial. */
export async function lookAt(target: Target, policy: Policy, lookup: LookupFunction): Promise<Look> {
  const guarded = guardedLookup(target, () => policy, lookup);
  return new Promise((resolve) => {
    guarded(target.host, { all: true }, (error) => {
      if (error instanceof PolicyViolationError)
        resolve({ violation: { ...error.violation, during: 'registration' } });
      else resolve(error ? { failure: error } : {});
    });
  });
}
