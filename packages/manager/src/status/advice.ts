/**
 * What to do about whatever a status tells, in one line.
 *
 * The words are those of the steps of `hybridge test`, of `@hybridge/diagnosis`; here are only those for what nobody but a manager
 * meets: its policy, and a hybrid connection without an endpoint.
 * @module
 */
import { explain } from '@hybridge/diagnosis';
import { parseConnectionString } from '@hybridge/sas';
import { ManagerConfigError } from '../config/config-error.js';
import type { ConnectionConfig } from '../config/manager-config.js';
import { UNUSABLE_RULE } from '../policy/policy.js';
import { PolicyViolationError } from '../target/policy-violation.js';
import type { Target } from '../target/target.js';

const ON_POLICY =
  'The policy of this machine decides that: have its administrator allow it in the policy file, or use something else';
const ON_UNUSABLE_POLICY =
  'Have the administrator of this machine mend the policy file, or take it away: nothing is allowed until then';
const ON_ENDPOINT =
  "Give the hybrid connection an endpoint (host:port) at the relay, or set `endpoint` in this manager's configuration";

/** About what keeps a hybrid connection from being held at its relay. */
export function relayAdvice(because: Error, config: ConnectionConfig): string {
  if (because instanceof PolicyViolationError) return policyAdvice(because);
  if (because instanceof ManagerConfigError) return ON_ENDPOINT;
  const { namespace: host, hybridConnection: path } = config;
  return explain(because, { to: 'relay', right: 'listen', host, path, ...credentialOf(config) }).advice;
}

/** About a target that could not be reached. */
export function targetAdvice(error: Error, target: Target): string {
  if (error instanceof PolicyViolationError) return policyAdvice(error);
  return explain(error, { to: 'target', ...target }).advice;
}

function policyAdvice({ violation }: PolicyViolationError): string {
  return violation.rule === UNUSABLE_RULE ? ON_UNUSABLE_POLICY : ON_POLICY;
}

/** What is said of a credential to people; never the key. */
function credentialOf({ connectionString }: ConnectionConfig) {
  try {
    const { sharedAccessKeyName: policy, sharedAccessSignature } = parseConnectionString(connectionString);
    return { policy, isReadyMade: sharedAccessSignature !== undefined };
  } catch {
    return {};
  }
}
