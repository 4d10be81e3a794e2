/**
 * What the administrator's policy did not let happen, as a record and as an error.
 * @module
 */
import type { Denial } from '../policy/policy.js';
import type { PolicyViolation } from '../status/connection-status.js';
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

/** A violation of now. @param address - what the target's name led to, if it is about that */
export function violationOf(
  denial: Denial,
  during: PolicyViolation['during'],
  target?: Target,
  address?: string,
): PolicyViolation {
  return {
    ...{ at: new Date(), during, ...denial },
    ...(target !== undefined && { target: formatTarget(target) }),
    ...(address !== undefined && { address }),
  };
}
