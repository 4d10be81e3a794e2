/**
 * Name resolution that answers with nothing but what the policy allows.
 *
 * A name is resolved once for a dial. Whoever dials gets the addresses that were looked at, so that nothing can move between the
 * look and the dial.
 * @module
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { PolicyViolation } from './connection-status.js';
import type { Policy } from './policy/policy.js';
import { formatTarget, type Target } from './target.js';

/** The policy did not let something happen. To the sender it looks as if the system had not: `EACCES`. */
export class PolicyViolationError extends Error {
  override readonly name = 'PolicyViolationError';
  readonly code = 'EACCES';
  readonly violation: PolicyViolation;

  constructor(violation: PolicyViolation) {
    super(violation.message);
    this.violation = violation;
  }
}

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
        const { address } = refused.each;
        const violation = { at: new Date(), during: 'dial' as const, ...refused.denial!, address };
        answer(new PolicyViolationError({ ...violation, target: formatTarget(target) }), []);
      } else if (options.all) answer(null, allowed);
      else answer(null, allowed[0]?.address ?? '', allowed[0]?.family);
    });
  };
}

/** Resolves a target's name, and says what stands against everything that it leads to. Names that lead nowhere are no matter of a policy. */
export async function violationOf(
  target: Target,
  policy: Policy,
  lookup: LookupFunction,
): Promise<PolicyViolation | undefined> {
  const guarded = guardedLookup(target, () => policy, lookup);
  return new Promise((resolve) => {
    guarded(target.host, { all: true }, (error) => {
      const isViolation = error instanceof PolicyViolationError;
      resolve(isViolation ? { ...error.violation, during: 'registration' } : undefined);
    });
  });
}
