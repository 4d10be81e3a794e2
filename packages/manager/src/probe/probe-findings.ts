/**
 * What a sender that diagnoses is told of this side: the steps to the target, without what is not its business.
 *
 * Kinds of failures, codes and times are told to whoever may send. Names, addresses and the policy's reasons only where the
 * configuration says `diagnosis: full`.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0077.
 * @module
 */
import type { Fact, Step, TargetStepName } from '@hybridge/diagnosis';
import type { ProbeFinding, ProbeSubject } from '@hybridge/protocol';
import type { Policy } from '../policy/policy.js';
import { formatTarget, type Target } from '../target/target.js';

/** How much senders are told: everything, the kinds of failures, or nothing at all. */
export type DiagnosisDetail = 'full' | 'kinds' | 'off';

/** What a policy says of each address of a target, for `diagnoseTarget()`. @returns why not; `undefined` when it may be reached */
export function policyCheck(policy: () => Policy) {
  return (host: string, address: string, port: number): string | undefined => {
    const target = { host, port };
    return (policy().target(target) ?? policy().address(target, address))?.message;
  };
}

const SUBJECTS: Readonly<Record<TargetStepName, ProbeSubject>> = {
  'target-dns': 'dns',
  'target-policy': 'policy',
  'target-tcp': 'tcp',
};

/** Makes of a step what is told of it. */
export function findingOf(
  { name, outcome, durationMs, detail, message }: Step<TargetStepName>,
  target: Target,
  tell: DiagnosisDetail,
): ProbeFinding {
  const { code, addresses } = detail;
  const isCode = typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code);
  const told: ProbeFinding = {
    type: 'finding',
    subject: SUBJECTS[name],
    outcome,
    durationMs,
    ...(isCode ? { code: code.slice(0, 40) } : {}),
    ...(Array.isArray(addresses) ? { count: addresses.length } : {}),
  };
  if (tell !== 'full') return told;
  const isRefused = name === 'target-policy' && outcome !== 'ok';
  return { ...told, places: placesIn(name, detail, target), ...(isRefused ? { reason: message } : {}) };
}

function placesIn(name: TargetStepName, detail: Step['detail'], target: Target): string[] {
  const { address, addresses } = detail;
  if (name === 'target-tcp' && typeof address === 'string')
    return [formatTarget({ host: address, port: target.port })];
  const found: readonly Fact[] = Array.isArray(addresses) ? addresses : [];
  return [formatTarget(target), ...found.map(String)];
}
